"""The soft dongle: what it opens, and how wrong passphrases are counted."""

from pathlib import Path

import pytest

from shared import codec, crypto, limits
from shared.errors import BadSignature, Malformed, Refused, Unavailable
from site_server.dongle import keyfile

RIGHT, WRONG = "correct horse battery", "wrong horse battery"


def test_only_the_right_purpose_opens_and_nothing_after_close(tmp_path: Path) -> None:
    point = keyfile.create(tmp_path / "d", RIGHT).point
    dongle = keyfile.unlock(tmp_path / "d", RIGHT)
    sealed = crypto.wrap(point, b"data key", "purpose")
    assert dongle.unwrap(sealed, "purpose") == b"data key"
    with pytest.raises(BadSignature):
        dongle.unwrap(sealed, "another purpose")
    dongle.close()
    with pytest.raises(Unavailable):
        dongle.unwrap(sealed, "purpose")


def test_a_short_passphrase_and_a_second_dongle_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as short:
        keyfile.create(tmp_path / "d", "x" * (limits.PASSPHRASE_CHARS - 1))
    assert short.value.wire_code == "weak_passphrase"
    assert not (tmp_path / "d").exists()
    before = keyfile.create(tmp_path / "d", RIGHT).point
    with pytest.raises(Refused):
        keyfile.create(tmp_path / "d", RIGHT)
    assert keyfile.unlock(tmp_path / "d", RIGHT).point == before


def tries_in(path: Path) -> int:
    """The durable count of wrong passphrases."""
    return codec.decode(keyfile.KeyFile, path.read_bytes(), limits.DOCUMENT_BYTES).tries


def test_wrong_passphrases_are_counted_until_the_right_one(tmp_path: Path) -> None:
    keyfile.create(tmp_path / "d", RIGHT)
    for count in (1, 2):
        with pytest.raises(Refused) as wrong:
            keyfile.unlock(tmp_path / "d", WRONG)
        assert wrong.value.wire_code == "wrong_passphrase"
        assert tries_in(tmp_path / "d") == count
    keyfile.unlock(tmp_path / "d", RIGHT)
    assert tries_in(tmp_path / "d") == 0


def test_too_many_wrong_passphrases_lock_it_even_for_the_right_one(tmp_path: Path) -> None:
    keyfile.create(tmp_path / "d", RIGHT)
    for _ in range(limits.DONGLE_TRIES):
        with pytest.raises(Refused, match="does not open"):
            keyfile.unlock(tmp_path / "d", WRONG)
    with pytest.raises(Refused) as locked:
        keyfile.unlock(tmp_path / "d", RIGHT)
    assert locked.value.wire_code == "dongle_locked"


def test_other_files_are_no_dongle(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        keyfile.unlock(tmp_path / "none", RIGHT)
    (tmp_path / "d").write_bytes(b"not a dongle")
    with pytest.raises(Malformed):
        keyfile.unlock(tmp_path / "d", RIGHT)
