"""docs/protocol.md against the code: every message with its fields and tag, every command, every code."""

import re
from pathlib import Path

import msgspec
import pytest

from shared import commands, machines
from shared import messages as m
from shared.explanations import EXPLANATIONS
from shared.refusal import Refusal

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text("utf-8")
ELSEWHERE = {"PaperRef"}
"""Described in formats.md."""


def sections() -> dict[str, str]:
    """Name -> text of every part of the document below a heading of the fourth level."""
    parts = re.split(r"^(#+) (.+)$", TEXT, flags=re.MULTILINE)
    return {parts[at + 1]: parts[at + 2] for at in range(1, len(parts), 3) if parts[at] == "####"}


def structs() -> dict[str, type[msgspec.Struct]]:
    """Every message, and what only messages carry."""
    found = {n: c for n, c in vars(m).items() if isinstance(c, type) and issubclass(c, msgspec.Struct)}
    places = (m.__name__, machines.__name__)
    own = {n: c for n, c in found.items() if c.__module__ in places and n not in ELSEWHERE | {"Message"}}
    return own | {"Refusal": Refusal}


@pytest.mark.parametrize("name", sorted(structs()))
def test_every_message_is_described_field_by_field_in_order(name: str) -> None:
    struct, text = structs()[name], sections()[name]
    table = text.partition("|---|")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [f.name for f in msgspec.structs.fields(struct)]
    tag = struct.__struct_config__.tag
    assert tag is None or text.strip().startswith(f"`{tag}`")


def test_every_staff_command_is_described() -> None:
    table = sections()["OrderDone"].partition("| command |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \|([^|]*)\|", table, re.MULTILINE))
    for command in commands.StaffCommand.__args__:
        fields = [field.name for field in msgspec.structs.fields(command)]
        assert re.findall(r"`(\w+)`", rows.pop(command.__name__)) == fields
    assert rows == {}


def test_every_order_about_a_room_is_described() -> None:
    table = sections()["RoomOrder"].partition("| command |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \|([^|]*)\|", table, re.MULTILINE))
    for command in commands.RoomCommand.__args__:
        fields = [field.name for field in msgspec.structs.fields(command)]
        assert re.findall(r"`(\w+)`", rows.pop(command.__name__)) == fields
    assert rows == {}


def test_every_code_is_listed_once() -> None:
    listed = re.findall(r"^\| [^|`]+ \| `(\w+)` \|", TEXT.partition("## 10 Codes")[2], re.MULTILINE)
    assert sorted(listed) == sorted(EXPLANATIONS)


def test_the_version_is_the_codes() -> None:
    assert f"`version` in their first frame (now {m.PROTOCOL_VERSION})" in TEXT
