"""No face of staff and no message to one carries an answer, an item or a key."""

import types
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared import codec
from shared import commands as c
from shared import messages as m
from shared.ledger import Entry
from shared.model import Item, Option, Paper
from shared.records import Answered
from tests.proctor_console.room.test_orders import signed_in
from tests.support.fake_site import exam, id_number
from tests.support.papers import small_paper
from tests.support.room_day import RoomDay, room_day, until

NEVER = (Item, Option, Paper, Answered, Entry)
WORDS = {"answer", "answers", "letter", "letters", "stem", "options", "key", "id_number"}


def reached(kind: Any, seen: set[Any]) -> set[Any]:
    """Every type a message can hold, however deep."""
    if kind in seen:
        return seen
    seen.add(kind)
    if isinstance(kind, types.UnionType) or typing.get_origin(kind):
        for part in typing.get_args(kind):
            reached(part, seen)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for field in typing.get_type_hints(kind).values():
            reached(field, seen)
    return seen


@pytest.mark.parametrize("union", [m.RoomToConsole, m.RoomStatus, m.Alarm], ids=["console", "status", "alarm"])
def test_no_message_to_staff_can_hold_an_item_or_an_answer(union: Any) -> None:
    kinds = reached(union, set())
    assert not kinds & set(NEVER)
    structs = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
    assert len(structs) >= (1 if union is not m.RoomToConsole else 10)
    named = {(kind.__name__, field.name) for kind in structs for field in msgspec.structs.fields(kind)}
    assert {one for one in named if one[1] in WORDS} == set()


def listening(day: RoomDay) -> list[bytes]:
    """Fills with everything that is sent to consoles from now on."""
    heard: list[bytes] = []
    presence = day.room.hall.presence
    tell = presence.tell_consoles

    def told(message: m.Message) -> None:
        heard.append(codec.encode(message))
        tell(message)

    presence.tell_consoles = told  # type: ignore[method-assign]  # a listener between the room and its consoles
    return heard


async def test_a_console_sees_the_same_whatever_is_answered(tmp_path: Path) -> None:
    plan = exam(600)
    async with room_day(tmp_path, plan) as day:
        console = await day.armed()
        reader = await signed_in(day, "督导")
        heard = listening(day)
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        shown = []
        saved = 0
        for letters in (("A",), ("B", "C"), ("D",)):
            await until(plan.session.start)
            assert (await pc.answer(1, *letters)).verdict == "accepted"
            board = await reader.board(lambda one: one.rows[0].answered == 1 and one.rows[0].saved_at > saved)  # noqa: B023
            saved = board.rows[0].saved_at
            shown.append(codec.encode(msgspec.structs.replace(board.rows[0], saved_at=0, heard_at=0)))
        assert len(set(shown)) == 1, "one answered item, whatever it says and however often it changed"
        assert await console.order(c.RecordViolation("1001", "warning", "talking", "说话")) == ""
        await console.board(lambda board: board.rows[0].warnings == 1)
        await reader.board(lambda board: board.rows[0].warnings == 1)
        traffic = b"".join(heard)
        secrets = [item.stem for form in "AB" for item in small_paper("m1", form).items]
        secrets += [id_number("1001"), id_number("1002")]
        assert traffic and not any(text.encode() in traffic for text in secrets)
        keys = (*plan.keys.values(), plan.session_key, plan.sitting_key)
        assert not any(key in traffic for key in keys)
        await reader.close()
