"""The commands about saves, as a person runs them: init, save, the machine is gone, rebuild, restore."""

import json
import shutil
from pathlib import Path

import pytest

from site_server.cli import main
from site_server.folder import Folder
from tests.support.site_day import PASSPHRASE


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dongle's passphrase and two people's PINs, as the environment gives them."""
    monkeypatch.setenv("KAODIAN_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("KAODIAN_FIRST_PIN", "730164")
    monkeypatch.setenv("KAODIAN_SECOND_PIN", "518297")


def test_a_site_is_saved_lost_rebuilt_and_restored_by_its_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, disk, stick = tmp_path / "site", tmp_path / "disk", tmp_path / "stick" / "dongle.kdk"

    def run(*arguments: object) -> int:
        return main(["--data", str(data), *map(str, arguments)])

    made = ("init", "--site", "s1", "--name", "第一考点", "--dongle-path", stick, "--save-to", disk)
    assert run(*made) == 0 and Folder(data).settings().saves == str(disk)
    for name, variable in (("李主考", "KAODIAN_FIRST_PIN"), ("张主考", "KAODIAN_SECOND_PIN")):
        monkeypatch.setenv("KAODIAN_NEW_PIN", "730164" if variable.endswith("FIRST_PIN") else "518297")
        assert run("person", "--name", name, "--role", "chief", "--choose-pin") == 0
    capsys.readouterr()
    assert run("status") == 0 and "从未备份" in capsys.readouterr().out
    assert run("save") == 0
    said = capsys.readouterr().out
    assert str(disk) in said and "密钥文件" not in said, "the dongle has a stick of its own"
    assert run("status", "--json") == 0
    state = json.loads(capsys.readouterr().out)
    assert state["save"]["last_folder"] == state["save"]["folder"] == str(disk)
    shutil.rmtree(data)
    rebuild = ("rebuild", "--from", disk, "--dongle-path", stick)
    assert run(*rebuild) == 0
    assert "restore" in capsys.readouterr().out
    assert run(*rebuild) == 1, "once is enough"
    capsys.readouterr()
    assert run("sync-time") == 1
    assert "重建" in capsys.readouterr().err, "nothing works before two people have answered"
    assert run("restore", "--reason", "硬盘烧毁", "--first", "李主考", "--second", "张主考") == 0
    assert "rebuilt" in capsys.readouterr().out
    assert run("save", "--to", tmp_path / "other", "--always") == 0
    assert "自动" in capsys.readouterr().out and Folder(data).settings().saves == str(tmp_path / "other")


def test_where_the_dongle_is_never_comes_from_the_save(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A foreign stick could name a module of its own to be loaded."""
    with pytest.raises(SystemExit) as wrong:
        main(["--data", str(tmp_path), "rebuild", "--from", str(tmp_path), "--dongle", "pkcs11"])
    assert wrong.value.code == 2
    capsys.readouterr()
