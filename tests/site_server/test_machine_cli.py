"""The commands about machines in words."""

import argparse

from shared.machines import Kind
from site_server import machine_cli
from site_server import machine_verbs as v

FACTS = {
    "machines": [
        {"id": "a" * 16, "name": "pc-01-1", "address": "10.0.0.1", "revoked": ""},
        {"id": "b" * 16, "name": "pc-01-2", "address": "10.0.0.2", "revoked": "坏了"},
    ],
    "waiting": [{"room": "01", "number": 3, "address": "10.0.0.3", "id": "c" * 16, "conflict": "asked_twice"}],
    "windows": [{"kind": "pc", "room": "01", "code": "12345678", "left": 4}],
}


def parsed(*words: str) -> argparse.Namespace:
    """A command line."""
    parser = argparse.ArgumentParser()
    machine_cli.add(parser.add_subparsers(dest="verb"), lambda _args: 0)
    return parser.parse_args(words)


def test_each_command_makes_its_request() -> None:
    window = parsed("window", "--kind", "pc", "--room", "01", "--count", "44", "--minutes", "30")
    assert machine_cli.verb_of(window) == v.OpenWindow(30, 44, Kind.PC, "01")
    assert machine_cli.verb_of(parsed("window")) == v.OpenWindow()
    assert machine_cli.verb_of(parsed("confirm", "--room", "01")) == v.Confirm("01")
    one = parsed("confirm", "--room", "01", "--machine", "c", "--seat", "7")
    assert machine_cli.verb_of(one) == v.Confirm("01", ("c",), 7)
    assert machine_cli.verb_of(parsed("decline", "--room", "01", "--machine", "c")) == v.Decline("01", ("c",))
    gone = parsed("revoke", "--machine", "pc-01-1", "--reason", "坏了", "--by", "王")
    assert machine_cli.verb_of(gone) == v.Revoke("pc-01-1", "坏了", "王")
    assert machine_cli.verb_of(parsed("machines")) == v.ListMachines()


def test_the_list_says_what_counts_what_waits_and_why() -> None:
    said = machine_cli.say(parsed("machines"), FACTS).splitlines()
    assert len(said) == 4
    assert "pc-01-1" in said[0] and "坏了" in said[1]
    assert "c" * 16 in said[2] and machine_cli.CONFLICTS["asked_twice"] in said[2]
    assert "12345678" in said[3]
