"""The next step at every moment of the day, against the real core."""

from pathlib import Path

import pytest

from proctor_console.console import steps
from proctor_console.console.steps import Rung
from shared import commands as c
from shared import limits
from tests.support.console_room import START_AT, SimulatedRoom, open_paper

MINUTE = limits.MINUTE


@pytest.fixture
def room(tmp_path: Path) -> SimulatedRoom:
    """A fresh sitting; tests give the time themselves."""
    return SimulatedRoom(tmp_path, 0)


def said(room: SimulatedRoom, minutes: float) -> tuple[Rung, str]:
    now = START_AT + int(minutes * MINUTE)
    return steps.rung(room.board(), now), steps.next_step(room.board(), now)


def test_before_the_exam(room: SimulatedRoom) -> None:
    at, text = said(room, -61)
    assert at is Rung.PREPARE and "07:00" in text
    assert "F2" in said(room, -60)[1]
    room.do(c.AllowLogin(), START_AT - 60 * MINUTE)
    at, text = said(room, -41)
    assert at is Rung.LOGIN and "07:20" in text
    assert "F3" in said(room, -40)[1]
    room.do(c.AllowStart(), START_AT - 40 * MINUTE)
    at, text = said(room, -5)
    assert at is Rung.ARMED and "40" in text and "08:00" in text


def test_missing_keys_are_told_before_and_after_the_start(room: SimulatedRoom) -> None:
    room.do(c.AllowLogin(), START_AT - 60 * MINUTE)
    room.do(c.AllowStart(), START_AT - 40 * MINUTE)
    room.keys = False
    assert "Waiting for the paper keys" in said(room, -5)[1]
    assert "tell the site administrator" in said(room, 0)[1]


def test_during_the_exam(room: SimulatedRoom) -> None:
    open_paper(room, 38, 10)
    assert "08:30" in said(room, 29)[1]
    assert "F7" in said(room, 30)[1]
    for ticket in ("T0039", "T0040"):
        room.do(c.MarkAbsent(ticket), START_AT + 31 * MINUTE)
    assert "89 min" in said(room, 31)[1]
    room.hand_in("T0001")
    assert "press l" in said(room, 40)[1]
    assert "10:00" in said(room, 116)[1]
    room.do(c.RaiseHand("T0022"))
    assert "Seat 22" in said(room, 40)[1]
    room.log_in("T0003", 41, START_AT + 40 * MINUTE)
    assert "F4" in said(room, 40)[1]


def test_the_end(room: SimulatedRoom) -> None:
    open_paper(room, 40, 10)
    at, text = said(room, 121)
    assert at is Rung.CLOSING and "10:02" in text and "40" in text
    room.do(c.Tick(), START_AT + 122 * MINUTE)
    assert "F8" in said(room, 122)[1]
    room.do(c.EndSitting(), START_AT + 123 * MINUTE)
    room.site_behind = 7
    at, text = said(room, 123)
    assert at is Rung.ENDED and "7 records" in text
    room.site_behind = 0
    assert "closing code U5SL-K5J4-W589-VZSD" in said(room, 123)[1]


def test_the_countdown_turns_at_the_start_and_at_the_end(room: SimulatedRoom) -> None:
    open_paper(room, 40, 10)
    board = room.board()
    assert steps.countdown(board, START_AT - 1)[1] == "00:01"
    assert steps.countdown(board, START_AT)[1] == "2:00:00"
    assert steps.countdown(board, board.clock.end)[1] == "00:00"
