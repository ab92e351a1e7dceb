"""Seats, filters and counts from boards that a real sitting core made."""

from pathlib import Path

import msgspec
import pytest

from proctor_console.console import board as b
from proctor_console.console.marks import Mark
from shared import commands as c
from shared import limits
from shared import messages as m
from tests.support.console_room import SimulatedRoom, open_paper


@pytest.fixture
def room(tmp_path: Path) -> SimulatedRoom:
    """T+20 with 38 of 40 logged in."""
    made = SimulatedRoom(tmp_path, 20 * limits.MINUTE)
    open_paper(made, 38, 10)
    return made


def at(room: SimulatedRoom, number: int) -> b.Seat:
    return next(seat for seat in b.seats(room.room, room.board(), room.now()) if seat.number == number)


def test_every_seat_has_a_card_spares_last(room: SimulatedRoom) -> None:
    seats = b.seats(room.room, room.board(), room.now())
    assert [seat.number for seat in seats] == list(range(1, 45))
    assert [seat.number for seat in seats if seat.spare] == [41, 42, 43, 44]
    assert at(room, 1).mark is Mark.ANSWERING and at(room, 40).mark is Mark.MISSING and at(room, 41).mark is Mark.EMPTY


def test_a_moved_candidate_stands_at_the_new_seat_and_the_old_one_points_there(room: SimulatedRoom) -> None:
    room.offline.add("T0003")
    room.log_in("T0003", 41)
    assert at(room, 3).mark is Mark.WAITING and at(room, 41).mark is Mark.WAITING and at(room, 41).row is None
    assert room.do(c.ApproveResume("T0003")) is None
    room.offline.clear()
    assert at(room, 41).ticket == "T0003" and at(room, 41).mark is Mark.ANSWERING
    assert at(room, 3).row is None and at(room, 3).moved_to == 41


def test_an_unfinished_candidate_hides_a_finished_one_at_the_same_seat(room: SimulatedRoom) -> None:
    room.hand_in("T0005")
    room.log_in("T0006", 5)
    assert room.do(c.ApproveResume("T0006")) is None
    assert at(room, 5).ticket == "T0006"


def test_a_fault_of_an_empty_pc_is_seen_at_the_seat_of_whom_it_awaits(room: SimulatedRoom) -> None:
    room.pcs = [m.PcRow(40, "10.0.0.40", ("display",)), m.PcRow(42, "10.0.0.42", ())]
    assert at(room, 40).mark is Mark.FAULTY and at(room, 42).mark is Mark.PC_READY


def test_filters_choose(room: SimulatedRoom) -> None:
    room.offline.add("T0007")
    seats = b.seats(room.room, room.board(), room.now())
    assert b.chosen(seats, b.Filter.ALL) == seats
    assert [seat.number for seat in b.chosen(seats, b.Filter.NOT_IN)] == [39, 40]
    assert [seat.number for seat in b.chosen(seats, b.Filter.ATTENTION)] == [7, 39, 40]


def test_counts(room: SimulatedRoom) -> None:
    room.hand_in("T0001")
    room.do(c.RecordViolation("T0002", "warning", "talking", "x"))
    room.do(c.MarkAbsent("T0040"), at=room.now() + 20 * limits.MINUTE)
    found = b.counts(room.board())
    assert found == b.Counts(40, 38, 38, submitted=1, collected=0, absent=1, violations=1)


def test_unfinished_and_never_logged_in(room: SimulatedRoom) -> None:
    room.hand_in("T0001")
    assert len(b.unfinished(room.board())) == 39
    assert [row.ticket for row in b.not_logged_in(room.board())] == ["T0039", "T0040"]


def test_an_ended_board_shows_no_requests(room: SimulatedRoom) -> None:
    room.log_in("T0003", 41)
    ended = msgspec.structs.replace(room.board(), ended=True)
    assert next(s for s in b.seats(room.room, ended, room.now()) if s.number == 41).mark is Mark.EMPTY
