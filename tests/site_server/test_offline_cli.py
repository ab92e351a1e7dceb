"""`confirm-time` and `receipt` on the command line; PINs from the environment."""

import argparse

import pytest

from shared.errors import Refused
from site_server import offline_cli
from site_server.dongle_cli import FIRST_PIN, SECOND_PIN
from site_server.people import Credentials


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    offline_cli.add_verbs(parser.add_subparsers(dest="verb"))
    return parser.parse_args(words)


def test_both_pins_come_from_the_environment_and_the_clock_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    args = parsed("confirm-time", "--first", "王", "--second", "李")
    monkeypatch.setenv(FIRST_PIN, "111111")
    with pytest.raises(Refused):
        offline_cli.confirm_of(args)
    monkeypatch.setenv(SECOND_PIN, "222222")
    verb = offline_cli.confirm_of(args)
    assert (verb.first, verb.second) == (Credentials("王", "111111"), Credentials("李", "222222"))
    assert "20" in capsys.readouterr().err


def test_a_receipt_is_a_file() -> None:
    assert parsed("receipt", "receipt.kdd").file.name == "receipt.kdd"
    with pytest.raises(SystemExit):
        parsed("confirm-time", "--first", "王")
