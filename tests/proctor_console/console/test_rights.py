"""What a person may do, and proposals in words."""

from pathlib import Path

import pytest

from proctor_console.console import rights
from proctor_console.console.actions import ACTIONS, BY_ID, Scene, why_not
from shared import commands as c
from shared import confirming, limits
from shared.messages import ProposalRow
from shared.roles import Action, Role
from tests.support.console_room import CHIEF, SimulatedRoom, open_paper

PROCTOR = c.Actor("监考甲", Role.PROCTOR, "console-01-1", "127.0.0.1")
TECHNICIAN = c.Actor("技术员", Role.TECHNICIAN, "console-01-2", "127.0.0.1")


@pytest.fixture
def room(tmp_path: Path) -> SimulatedRoom:
    """T+50: a candidate waits at a spare PC."""
    room = SimulatedRoom(tmp_path, 50 * limits.MINUTE)
    open_paper(room, 38, 10)
    room.log_in("T0014", 41)
    return room


def scene(room: SimulatedRoom, role: Role, ticket: str = "T0001") -> Scene:
    board = room.board()
    row = next(row for row in board.rows if row.ticket == ticket)
    return Scene(board, row, room.now(), role, "某人")


def test_who_only_reads_is_told_so_for_every_order(room: SimulatedRoom) -> None:
    for action in ACTIONS:
        if action.does:
            assert "quality supervisor" in why_not(action, scene(room, Role.SUPERVISOR))


def test_a_role_sees_what_it_may_do(room: SimulatedRoom) -> None:
    able = {a.id for a in ACTIONS if not why_not(a, scene(room, Role.TECHNICIAN))}
    assert able == {"resume"}
    assert {"violation", "extend", "all_absent", "end_early"} <= {
        a.id for a in ACTIONS if not why_not(a, scene(room, Role.PROCTOR))
    }


@pytest.mark.parametrize(
    "command",
    [c.RecordViolation("T0001", "warning", "talking", "x"), c.RecordViolation("T0001", "void", "copying", "x"),
     c.ExtendTime("", 5 * limits.MINUTE, "x"), c.ExtendTime("T0001", 50 * limits.MINUTE, "x"),
     c.ApproveResume("T0014"), c.DenyResume("T0014"), c.EndEarly("x"), c.MarkAbsent("T0040")],
)  # fmt: skip
def test_the_row_shown_is_the_row_the_core_judges_by(room: SimulatedRoom, command: c.StaffCommand) -> None:
    board = room.board()
    action = rights.action_of(command, board)
    assert action is confirming.action_of(room.sitting, command, room.now())
    room.do(command, by=PROCTOR)
    assert bool(room.sitting.proposals) is rights.waits(command, board, Role.PROCTOR)


def proposed(room: SimulatedRoom, command: c.StaffCommand, by: c.Actor) -> ProposalRow:
    assert room.do(command, by=by) is None
    return room.board().proposals[-1]


def test_only_an_entitled_other_person_may_confirm(room: SimulatedRoom) -> None:
    move = proposed(room, c.ApproveResume("T0014"), TECHNICIAN)
    early = proposed(room, c.EndEarly("火警"), PROCTOR)
    board = room.board()
    assert rights.may_confirm(move, board, CHIEF.name, Role.CHIEF)
    assert not rights.may_confirm(move, board, PROCTOR.name, Role.PROCTOR)
    assert not rights.may_confirm(early, board, PROCTOR.name, Role.CHIEF), "the same person"
    assert not rights.may_confirm(early, board, "别人", Role.PROCTOR), "one of a pair leads"
    assert rights.may_confirm(early, board, CHIEF.name, Role.DEPUTY)


def test_a_proposal_says_who_what_why_and_until_when(room: SimulatedRoom) -> None:
    told = rights.told(proposed(room, c.ApproveResume("T0014"), TECHNICIAN), room.board())
    assert "seat 41" in told and "T0014" in told and "技术员 (technician)" in told and "09:05" in told
    told = rights.told(proposed(room, c.EndEarly("火警"), PROCTOR), room.board())
    assert "火警" in told and "early" in told


def test_held_answers_are_told_with_the_last_sign_of_the_pc(room: SimulatedRoom) -> None:
    room.hand_in("T0003")
    room.hold("T0003", 4)
    assert not why_not(BY_ID["held"], scene(room, Role.PROCTOR))
    command = c.DecideHeld(("T0003",), True, "断网")
    told = rights.told(proposed(room, command, PROCTOR), room.board())
    assert "Count the held answers of 1" in told and "T0003: 4 records, PC last heard 08:49" in told
    assert rights.action_of(command, room.board()) is Action.DECIDE_HELD
