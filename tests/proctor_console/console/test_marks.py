"""The super-state folds flags by strict priority."""

import unicodedata
from pathlib import Path

import msgspec
import pytest

from proctor_console.console.marks import LOOKS, Mark, mark_of
from shared import limits
from shared.messages import Board, SeatRow
from tests.support.console_room import START_AT, SimulatedRoom, open_paper

LATER = START_AT + 20 * limits.MINUTE


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """An opened sitting."""
    room = SimulatedRoom(tmp_path, 20 * limits.MINUTE)
    open_paper(room, 40, 10)
    return room.board()


def row(board: Board, **changes: object) -> SeatRow:
    made: SeatRow = msgspec.structs.replace(board.rows[0], saved_at=LATER - 1000, answered=5, **changes)
    return made


def test_what_is_more_urgent_hides_what_is_less(board: Board) -> None:
    everything = row(board, status="void", waiting_seat=41, hand_up=True, online=False)
    assert mark_of(everything, board, LATER) is Mark.VOID
    assert mark_of(row(board, waiting_seat=41, hand_up=True, online=False), board, LATER) is Mark.WAITING
    assert mark_of(row(board, hand_up=True, online=False), board, LATER) is Mark.HAND
    assert mark_of(row(board, online=False), board, LATER) is Mark.OFFLINE
    assert mark_of(row(board), board, LATER) is Mark.ANSWERING


def test_final_states(board: Board) -> None:
    found = [
        mark_of(row(board, status=status), board, LATER) for status in ("submitted", "collected", "absent", "cancelled")
    ]
    assert found == [Mark.SUBMITTED, Mark.COLLECTED, Mark.ABSENT, Mark.CANCELLED]
    assert mark_of(row(board, status="submitted", left=True), board, LATER) is Mark.LEFT


@pytest.mark.parametrize(("quiet", "mark"), [(5 * limits.MINUTE, Mark.ANSWERING), (5 * limits.MINUTE + 1, Mark.IDLE)])
def test_idle_begins_after_five_minutes(board: Board, quiet: int, mark: Mark) -> None:
    one = msgspec.structs.replace(row(board), saved_at=LATER - quiet)
    assert mark_of(one, board, LATER) is mark
    assert mark_of(msgspec.structs.replace(one, answered=board.items), board, LATER) is Mark.ANSWERING


def test_before_the_start(board: Board) -> None:
    closed, early = msgspec.structs.replace(board, opened=0), START_AT - limits.MINUTE
    assert mark_of(row(board, status="expected"), closed, early) is Mark.EXPECTED
    assert mark_of(row(board, paper=False), closed, early) is Mark.FETCHING
    assert mark_of(row(board, read=False), closed, early) is Mark.UNREAD
    assert mark_of(row(board), closed, early) is Mark.READY
    assert mark_of(row(board, status="expected"), board, START_AT) is Mark.MISSING


def test_every_symbol_is_one_cell_wide_everywhere() -> None:
    assert set(LOOKS) == set(Mark)
    assert {unicodedata.east_asian_width(look.symbol) for look in LOOKS.values()} <= {"N", "Na"}
    assert all(len(look.symbol) == 1 for look in LOOKS.values())
