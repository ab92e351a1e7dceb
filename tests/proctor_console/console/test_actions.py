"""The registry: when what is possible, and what it makes."""

from pathlib import Path

import pytest

from proctor_console.console.actions import ACTIONS, BY_ID, Scene, possible, question, why_not
from shared import commands as c
from shared import limits
from tests.support.console_room import START_AT, SimulatedRoom, open_paper


@pytest.fixture
def room(tmp_path: Path) -> SimulatedRoom:
    """A fresh sitting; tests give the time themselves."""
    return SimulatedRoom(tmp_path, 0)


def scene(room: SimulatedRoom, minutes: float, ticket: str = "") -> Scene:
    board = room.board()
    row = next((one for one in board.rows if one.ticket == ticket), None)
    return Scene(board, row, START_AT + int(minutes * limits.MINUTE))


def ids(found: Scene, selected: bool) -> set[str]:
    return {action.id for action in possible(found, selected)}


def test_keys_are_unique() -> None:
    keys = [action.key for action in ACTIONS]
    assert len(set(keys)) == len(keys)


def test_sitting_actions_follow_the_day(room: SimulatedRoom) -> None:
    assert ids(scene(room, -61), False) == set()
    assert ids(scene(room, -60), False) == {"allow_login"}
    room.do(c.AllowLogin(), START_AT - 60 * limits.MINUTE)
    assert ids(scene(room, -41), False) == set() and "07:20" in why_not(BY_ID["allow_start"], scene(room, -41))
    assert ids(scene(room, -40), False) == {"allow_start"}
    room.do(c.AllowStart(), START_AT - 40 * limits.MINUTE)
    assert ids(scene(room, -30), False) == set()


def test_during_the_exam(room: SimulatedRoom) -> None:
    open_paper(room, 38, 10)
    assert ids(scene(room, 29), False) == {"extend_all", "end", "pause", "end_early"}
    assert ids(scene(room, 30), False) == {"extend_all", "end", "pause", "end_early", "all_absent"}
    assert ids(scene(room, 30, "T0001"), True) == {"extend", "violation"}
    assert ids(scene(room, 30, "T0040"), True) == {"absent", "extend"}
    room.hand_in("T0001")
    assert ids(scene(room, 40, "T0001"), True) == {"leave", "violation", "reopen"}
    assert ids(scene(room, 117, "T0001"), True) == {"violation", "reopen"}
    assert ids(scene(room, 120, "T0001"), True) == {"leave", "violation"}


def test_what_is_possible_here_is_accepted_by_the_core(room: SimulatedRoom) -> None:
    open_paper(room, 38, 10)
    room.do(c.RaiseHand("T0002"))
    for ticket, action_id in (("T0002", "lower_hand"), ("T0040", "absent")):
        found = scene(room, 40, ticket)
        assert not why_not(BY_ID[action_id], found)
        for command in BY_ID[action_id].make(found):
            assert room.do(command, found.now) is None
    assert room.do(c.UndoAbsence("T0040", "x"), START_AT + 40 * limits.MINUTE) is None
    missing = BY_ID["all_absent"].make(scene(room, 40))
    assert missing == [c.MarkAbsent("T0039"), c.MarkAbsent("T0040")]


def test_reasons_are_told(room: SimulatedRoom) -> None:
    assert "Select" in why_not(BY_ID["leave"], scene(room, 10))
    open_paper(room, 40, 10)
    assert "not handed in" in why_not(BY_ID["leave"], scene(room, 40, "T0001"))
    room.do(c.Tick(), START_AT + 122 * limits.MINUTE)
    room.do(c.EndSitting())
    assert all("ended" in why_not(action, scene(room, 130, "T0001")) for action in ACTIONS if not action.after)


def test_questions_name_whom_it_concerns(room: SimulatedRoom) -> None:
    open_paper(room, 38, 10)
    text = question(BY_ID["all_absent"], scene(room, 40))
    assert "T0039" in text and "T0040" in text and "T0001" not in text
    assert "T0001" in question(BY_ID["leave"], scene(room, 40, "T0001"))
