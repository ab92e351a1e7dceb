"""Pauses around a move from room to room: who moves has the time that the own clock stood, and staff see what is lost.

The site folds what the candidate brings along from the copies of the room left; the pure core plays both rooms.
"""

from pathlib import Path

import msgspec
import pytest

from shared import commands as c
from shared import lost
from shared.refusal import Refusal
from shared.roles import Role
from shared.sitting import note
from site_server import folding
from tests.site_server.test_folding import told_of
from tests.support.moved_day import OTHER, MovedDay
from tests.support.small_day import MINUTE, ROOM, T

THIRD = "03"
SECOND = c.Actor("赵主考", Role.CHIEF, "console-02-1", "127.0.0.3")


@pytest.fixture
def day() -> MovedDay:
    """1001 writes something each minute until T+10 in room 01; the other rooms have opened as well."""
    return begun(OTHER, THIRD)


def begun(*rooms: str) -> MovedDay:
    """1001 works in room 01 until T+10; these rooms have opened with nobody in them."""
    made = MovedDay()
    made.open()
    made.log_in("1001")
    made.start()
    for room in rooms:
        made.enter(room)
        made.open()
        made.start()
    made.enter(ROOM)
    until(made, 10)
    return made


def until(day: MovedDay, minute: int) -> None:
    """1001 works until that minute."""
    while day.now < T + minute * MINUTE:
        day.now += MINUTE
        day.answer("1001", 1, "AB"[day.now // MINUTE % 2])


def at(day: MovedDay, room: str, minute: int, command: c.StaffCommand | None = None) -> None:
    """That minute, in that room, with an order of two people."""
    day.enter(room)
    day.now = T + minute * MINUTE
    if command is not None:
        proposed = day.state.proposed
        made = day.put(command)
        assert not isinstance(made, Refusal), made
        if day.state.proposed > proposed:
            assert not isinstance(day.put(c.Confirm(day.state.proposed), SECOND), Refusal)


def moves(day: MovedDay, folder: Path, room: str = OTHER) -> None:
    """The room left is dead; the site sends 1001 on by its copies of that room."""
    told = told_of(day, folder)
    guest = day.guest_of(day.grant_move("1001", room))
    guest = msgspec.structs.replace(guest, brought=folding.brought(told, "1001", day.now))
    day.enter(room)
    made = day.put(guest)
    assert not isinstance(made, Refusal), made
    for one in guest.history:
        note(day.state, "1001", one.header, one.digest)
    day.put(c.Tick())


def given(day: MovedDay) -> float:
    """Minutes by which the end of 1001 has moved."""
    return (day.state.times("1001").end - T) / MINUTE - 120


def owed(day: MovedDay) -> float:
    """Minutes that are proposed to be given back to 1001."""
    return lost.due(day.state, "1001", day.now) / MINUTE


def test_one_power_cut_in_both_rooms_is_given_once(day: MovedDay, tmp_path: Path) -> None:
    at(day, OTHER, 10, c.Pause("停电"))
    at(day, ROOM, 10, c.Pause("停电"))
    at(day, ROOM, 20)
    moves(day, tmp_path)
    at(day, OTHER, 30, c.GoOn("来电"))
    day.log_in("1001")
    assert (given(day), owed(day)) == (20, 0)


def test_a_pause_of_the_next_room_from_before_the_guest_came_is_not_the_guests(day: MovedDay, tmp_path: Path) -> None:
    at(day, OTHER, 10, c.Pause("停电"))
    day.enter(ROOM)
    until(day, 20)
    moves(day, tmp_path)
    at(day, OTHER, 30, c.GoOn("来电"))
    day.log_in("1001")
    assert (given(day), owed(day)) == (10, 0)


def test_what_a_guest_lost_before_coming_into_a_paused_room_is_proposed(day: MovedDay, tmp_path: Path) -> None:
    at(day, OTHER, 10, c.Pause("停电"))
    at(day, ROOM, 20)
    moves(day, tmp_path)
    at(day, OTHER, 25)
    day.log_in("1001")
    at(day, OTHER, 30, c.GoOn("来电"))
    assert (given(day), owed(day)) == (10, 10)


def test_a_pause_that_was_over_when_the_guest_came_hides_nothing_that_the_guest_lost(
    day: MovedDay, tmp_path: Path
) -> None:
    at(day, OTHER, 12, c.Pause("停电"))
    at(day, OTHER, 17, c.GoOn("来电"))
    at(day, ROOM, 20)
    moves(day, tmp_path)
    day.log_in("1001")
    assert (given(day), owed(day)) == (0, 10)


def test_what_a_long_pause_is_above_the_rule_is_proposed(day: MovedDay, tmp_path: Path) -> None:
    at(day, ROOM, 10, c.Pause("停电"))
    at(day, ROOM, 70)
    moves(day, tmp_path)
    day.log_in("1001")
    assert (given(day), owed(day)) == (45, 15)
    at(day, OTHER, 71, c.ExtendTime("1001", 15 * MINUTE, "停电"))
    assert given(day) == 60


def test_a_long_pause_in_both_rooms_is_all_given_by_two_people_there(day: MovedDay, tmp_path: Path) -> None:
    at(day, OTHER, 10, c.Pause("停电"))
    at(day, ROOM, 10, c.Pause("停电"))
    at(day, ROOM, 70)
    moves(day, tmp_path)
    at(day, OTHER, 75, c.GoOn("来电"))
    day.log_in("1001")
    assert (given(day), owed(day)) == (65, 0)


def test_a_guest_who_goes_on_once_more_has_the_same_time(day: MovedDay, tmp_path: Path) -> None:
    at(day, OTHER, 10, c.Pause("停电"))
    at(day, ROOM, 20)
    moves(day, tmp_path)
    at(day, OTHER, 30)
    moves(day, tmp_path, THIRD)
    day.log_in("1001")
    assert (given(day), owed(day)) == (10, 10), "paused from minute 20 to 30, lost from 10 to 20"


def test_a_room_that_opens_for_its_guest_proposes_only_what_the_guest_lost(tmp_path: Path) -> None:
    day = begun()
    day.now += 2 * MINUTE
    moves(day, tmp_path)
    assert day.state.opened_at == day.now
    assert owed(day) == 2
    day.log_in("1001")
    assert owed(day) == 2
