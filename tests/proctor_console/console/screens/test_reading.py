"""Help and details come from the registries."""

from pathlib import Path

import msgspec

from proctor_console.console import board as b
from proctor_console.console import state as s
from proctor_console.console.actions import ACTIONS, Scene
from proctor_console.console.marks import LOOKS, Mark
from proctor_console.console.screens.reading import alarm_text, help_text, seat_text, seat_title
from shared import limits
from shared import messages as m
from tests.support.console_room import START_AT, SimulatedRoom, open_paper


def test_help_names_every_action_and_every_symbol() -> None:
    text = help_text()
    assert all(action.help in text for action in ACTIONS)
    assert all(look.meaning in text for mark, look in LOOKS.items() if mark is not Mark.EMPTY)


def test_a_pc_without_a_candidate_shows_its_faults(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 0)
    room.pcs = [m.PcRow(41, "10.0.0.41", ("display",))]
    seat = b.seats(room.room, room.board(), START_AT)[40]
    text = seat_text(seat, Scene(room.board(), None, START_AT))
    assert "10.0.0.41" in text and "display" in text and "nobody" in seat_title(seat)


def test_held_records_and_reasons_are_told(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 20 * limits.MINUTE)
    open_paper(room, 40, 10)
    seat = b.seats(room.room, room.board(), room.now())[0]
    assert seat.row is not None
    seat = seat._replace(row=msgspec.structs.replace(seat.row, held=3))
    text = seat_text(seat, Scene(room.board(), seat.row, room.now()))
    assert "3 records held" in text and "The paper is not handed in." in text


def test_the_log_shows_the_codes_of_sitting_and_site(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 20 * limits.MINUTE)
    state = s.take(s.State(), room.board(), START_AT)
    text = alarm_text(state, START_AT, 0)
    assert text.index("U5SL-K5J4-W589-VZSD  this sitting, 1.7") < text.index("3PQA-7XKC-M2WD-HB9T  the site, 1.21")


def test_the_alarm_log_is_newest_first(tmp_path: Path) -> None:
    state = s.take(s.State(), m.Alarm("keys_unfit"), START_AT)
    state = s.take(state, m.Alarm("clock_jumped", value=9000), START_AT + 1000)
    text = alarm_text(state, START_AT, 0)
    assert text.index("08:00:01") < text.index("08:00:00")
    assert "none" in alarm_text(s.State(), 0, 0) and "nothing" in alarm_text(s.State(), 0, 0)
