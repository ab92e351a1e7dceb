"""The rehearsed site's dongle: a stick of its own, or a SoftHSM token, and a clear word when there is none."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared.errors import Refused
from site_server.dongle import pkcs11
from site_server.dongle.place import TokenPlace
from site_server.rehearsal import dongles
from site_server.rehearsal.programs import Programs
from tests.site_server.rehearsal.test_options import OPTIONS


async def test_the_key_file_lies_outside_the_site_s_folder(tmp_path: Path) -> None:
    options = replace(OPTIONS, out=tmp_path)
    words = await dongles.prepare(options, Programs(tmp_path / "logs", dongles.environment(options)))
    path = Path(words[words.index("--dongle-path") + 1])
    assert path.parent.is_dir()
    assert path.parent != tmp_path / "machines" / "site"
    assert set(dongles.environment(options)) == {"KAODIAN_PASSPHRASE"}


async def test_the_token_is_made_and_opens_with_its_pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = replace(OPTIONS, out=tmp_path, dongle="pkcs11", wrap="rsa2048-oaep-sha256")
    environment = dongles.environment(options)
    words = await dongles.prepare(options, Programs(tmp_path / "logs", environment))
    given = dict(zip(words[::2], words[1::2], strict=True))
    assert (given["--dongle"], given["--wrap"]) == ("pkcs11", "rsa2048-oaep-sha256")
    monkeypatch.setenv("SOFTHSM2_CONF", environment["SOFTHSM2_CONF"])
    place = TokenPlace(given["--module"], None, given["--label"])
    pkcs11.create(place, "s1", environment["KAODIAN_PIN"]).close()


def test_a_missing_module_is_said_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAODIAN_PKCS11_MODULE", str(tmp_path / "none.so"))
    with pytest.raises(Refused, match=r"softhsm2.*none\.so") as missing:
        dongles.find_module()
    assert missing.value.wire_code == "rehearsal_step"
