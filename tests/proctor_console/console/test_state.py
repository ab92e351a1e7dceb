"""Folding messages, choosing the sitting."""

from pathlib import Path

import msgspec
import pytest

from proctor_console.console import state as s
from shared import messages as m
from shared.roles import Role
from tests.support.console_room import START_AT, SimulatedRoom


@pytest.fixture
def board(tmp_path: Path) -> m.Board:
    """One sitting's board."""
    return SimulatedRoom(tmp_path, 0).board()


def later(board: m.Board, **changes: object) -> m.Board:
    session = msgspec.structs.replace(board.session, id="S2", start=board.session.start + 1)
    made: m.Board = msgspec.structs.replace(board, session=session, **changes)
    return made


def test_a_welcome_and_a_cut_change_the_link(board: m.Board, tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 0).room
    up = s.take(s.State(), m.ConsoleWelcome(room, "x", Role.PROCTOR), 0)
    down = s.cut(up, 5)
    assert (up.link, down.link, down.down_since) == (s.LinkState.UP, s.LinkState.DOWN, 5)
    assert s.cut(down, 9).down_since == 5, "a second cut does not restart the count"


def test_the_first_unended_sitting_is_shown_until_one_is_chosen(board: m.Board) -> None:
    state = s.take(s.take(s.State(), later(board), 0), board, 0)
    assert s.current(state) == board
    ended = s.take(state, msgspec.structs.replace(board, ended=True), 0)
    shown = s.current(ended)
    assert shown is not None and shown.session.id == "S2"
    back = s.current(s.switch(ended))
    assert back is not None and back.session.id == "S1"


def test_requests_of_the_other_sitting_are_noticed(board: m.Board) -> None:
    asking = msgspec.structs.replace(board.rows[0], waiting_seat=41)
    state = s.take(s.take(s.State(), board, 0), later(board, rows=(asking,)), 0)
    assert [one.session.id for one in s.elsewhere(state)] == ["S2"]


def test_alarms_are_kept_to_a_limit_and_seen_together() -> None:
    state = s.State()
    for number in range(s.ALARMS_KEPT + 3):
        state = s.take(state, m.Alarm("x", value=number), START_AT)
    assert len(state.alarms) == s.ALARMS_KEPT and state.alarms[0].alarm.value == 3
    assert not any(one.seen for one in state.alarms) and all(one.seen for one in s.seen(state).alarms)


def test_without_a_board_nothing_is_shown() -> None:
    assert s.current(s.State()) is None and s.switch(s.State()) == s.State() and s.elsewhere(s.State()) == ()
