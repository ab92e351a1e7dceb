"""The dongle on the command line: places, secrets and what must not be typed there."""

import argparse
import io
import sys

import pytest

from shared.errors import Refused
from site_server import dongle_cli
from site_server.dongle.place import KeyFilePlace, TokenPlace
from site_server.people import Credentials


def parsed(*arguments: str) -> argparse.Namespace:
    """The options of `init` that are about the dongle."""
    parser = argparse.ArgumentParser()
    dongle_cli.add_place(parser)
    parser.set_defaults(usage=parser.error)
    return parser.parse_args(arguments)


def test_options_say_where_the_dongle_is() -> None:
    assert dongle_cli.place_of(parsed()) == KeyFilePlace()
    assert dongle_cli.place_of(parsed("--dongle-path", "/media/stick/d.kdk")) == KeyFilePlace("/media/stick/d.kdk")
    token = parsed("--dongle", "pkcs11", "--module", "/x.so", "--slot", "3", "--label", "a", "--wrap", "hpke-p256")
    assert dongle_cli.place_of(token) == TokenPlace("/x.so", 3, "a", "hpke-p256")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--module", "/x.so"],
        ["--wrap", "rsa2048-oaep-sha256"],
        ["--dongle", "pkcs11"],
        ["--dongle", "pkcs11", "--module", "/x.so", "--dongle-path", "/y"],
        ["--dongle", "smartcard"],
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        dongle_cli.place_of(parsed(*wrong))
    assert ended.value.code == 2


def test_secrets_come_from_the_environment_or_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("typed\n"))
    for place, variable in ((KeyFilePlace(), "KAODIAN_PASSPHRASE"), (TokenPlace("/x.so"), "KAODIAN_PIN")):
        monkeypatch.delenv(variable, raising=False)
        with pytest.raises(Refused, match=variable) as none:
            dongle_cli.secret_of(place)
        assert none.value.wire_code == "no_passphrase"
        monkeypatch.setenv(variable, f"of {variable}")
        assert dongle_cli.secret_of(place, fresh=True) == f"of {variable}"
    assert dongle_cli.unlock_of(KeyFilePlace()).secret == "of KAODIAN_PASSPHRASE"


def test_both_people_of_an_override_give_a_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = argparse.ArgumentParser()
    dongle_cli.add_verbs(parser.add_subparsers())
    args = parser.parse_args(["restore", "--reason", "why", "--first", "甲", "--second", "乙"])
    monkeypatch.setenv("KAODIAN_FIRST_PIN", "246810")
    monkeypatch.setenv("KAODIAN_SECOND_PIN", "135791")
    asked = dongle_cli.restore_of(args)
    assert (asked.first, asked.second) == (Credentials("甲", "246810"), Credentials("乙", "135791"))
    with pytest.raises(SystemExit):
        parser.parse_args(["restore", "--first", "甲", "--second", "乙"])
