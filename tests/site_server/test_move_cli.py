"""`kaodian-site move` on the command line."""

import argparse

import pytest

from site_server import move_cli
from site_server.people import Credentials


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    move_cli.add_verb(parser.add_subparsers(dest="verb"))
    return parser.parse_args(["move", *words])


def test_one_candidate_or_a_whole_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(move_cli.PIN, "804716")
    common = ("--session", "m1", "--from", "01", "--to", "02", "--by", "赵主考")
    whole = move_cli.verb_of(parsed(*common))
    assert (whole.session, whole.origin, whole.room, whole.tickets) == ("m1", "01", "02", ())
    assert whole.head == Credentials("赵主考", "804716")
    one = move_cli.verb_of(parsed(*common, "--ticket", "1001", "--seat", "7"))
    assert (one.tickets, one.seat) == (("1001",), 7)


def test_who_goes_where_can_be_read_out() -> None:
    said = move_cli.say({"room": "02", "seats": {"1001": 7}})
    assert "1001" in said and "02" in said and "7" in said
