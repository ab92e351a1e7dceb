"""The commands about people, and where a PIN may come from."""

import io
import json
from pathlib import Path

import pytest

from site_server.cli import main


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A fresh site; the words that begin every command."""
    monkeypatch.setenv("KAODIAN_PASSPHRASE", "correct horse battery staple")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    words = ["--data", str(tmp_path / "site")]
    assert main([*words, "init", "--site", "s1", "--name", "一考点"]) == 0
    return words


def test_people_are_added_listed_replaced_and_removed(site: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*site, "staff", "--room", "01", "--name", "王监考", "--role", "proctor"]) == 0
    assert main([*site, "person", "--name", "张主考", "--role", "chief"]) == 0
    assert (
        main([*site, "staff", "replace", "--room", "01", "--name", "王监考", "--by", "李监考", "--role", "proctor"])
        == 0
    )
    capsys.readouterr()
    assert main([*site, "staff", "list", "--room", "01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["staff"] == [{"name": "李监考", "role": "proctor"}]
    assert main([*site, "person", "list"]) == 0
    assert "张主考 (chief)" in capsys.readouterr().out
    assert main([*site, "staff", "remove", "--room", "01", "--name", "李监考"]) == 0
    assert main([*site, "staff", "remove", "--room", "01", "--name", "李监考"]) == 1
    assert "[nobody]" not in capsys.readouterr().out


def test_a_chosen_pin_comes_from_the_environment_and_is_not_printed(
    site: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add = [*site, "person", "add", "--name", "张主考", "--role", "chief", "--choose-pin"]
    assert main(add) == 1, "no terminal to type it at"
    monkeypatch.setenv("KAODIAN_NEW_PIN", "123456")
    assert main(add) == 1
    capsys.readouterr()
    monkeypatch.setenv("KAODIAN_NEW_PIN", "835204")
    assert main(add) == 0
    assert "835204" not in capsys.readouterr().out


@pytest.mark.parametrize("words", [["staff", "--room", "01"], ["person", "--name", "x"], ["person", "replace"]])
def test_a_missing_word_is_wrong_usage(site: list[str], words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*site, *words])
    assert caught.value.code == 2
