"""Alarms and concerns in words."""

import ast
from pathlib import Path

import msgspec

from proctor_console.console import alarms, steps
from proctor_console.console import state as s
from proctor_console.console.alarms import Weight
from shared import limits
from shared import messages as m
from shared.roles import Role
from tests.support.console_room import SimulatedRoom, open_paper


def test_every_text_takes_its_facts() -> None:
    for code in alarms.WORDS:
        text = alarms.words(m.Alarm(code, "T0001", 7, 9000))
        assert "{" not in text
    assert "Seat 7 (T0001)" in alarms.words(m.Alarm("record_conflict", "T0001", 7))


def test_every_alarm_that_the_room_service_raises_has_words() -> None:
    room = Path(alarms.__file__).parents[1] / "room"
    calls = [
        node
        for path in room.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "alarm"
        and node.args
    ]
    codes = {leaf.value for call in calls for leaf in ast.walk(call.args[0]) if isinstance(leaf, ast.Constant)}
    assert codes and codes - set(alarms.WORDS) <= {"internal"}, "internal is explained by shared.explanations"


def test_an_unknown_code_is_shown_with_its_code_and_place() -> None:
    text = alarms.words(m.Alarm("from_the_future", "T0001", 7))
    assert "from_the_future" in text and "7" in text and "T0001" in text


def test_the_most_urgent_comes_first(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 20 * limits.MINUTE)
    open_paper(room, 38, 10)
    room.site_online, room.site_behind, room.disk_ok = False, 12, False
    room.log_in("T0003", 41)
    state = s.take(s.take(s.State(), room.board(), 0), m.Alarm("resume_waiting", "T0003", 41), 0)
    found = alarms.concerns(s.cut(state, 0), room.now(), 65_000)
    assert [one.weight for one in found] == [Weight.DANGER, Weight.DANGER, Weight.CARE, Weight.NOTE]
    assert "01:05" in found[0].text and "disk" in found[1].text and "seat 41 (from seat 3)" in found[2].text
    assert "12 records" in found[-1].text


def test_a_quiet_room_has_no_concerns(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 20 * limits.MINUTE)
    open_paper(room, 40, 10)
    up = s.take(s.State(), m.ConsoleWelcome(room.room, "x", Role.PROCTOR), 0)
    assert alarms.concerns(s.take(up, room.board(), 0), room.now(), 0) == ()


def test_unknown_trusted_time_is_a_danger_and_seen_alarms_leave(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 0)
    board = msgspec.structs.replace(room.board(), time_error=-1)
    state = s.seen(s.take(s.take(s.State(), board, 0), m.Alarm("clock_jumped", value=9000), 0))
    found = alarms.concerns(state, room.now(), 0)
    assert [one.weight for one in found] == [Weight.DANGER] and "trusted time" in found[0].text


def test_who_waits_is_shown_only_while_nothing_is_decided(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 20 * limits.MINUTE)
    open_paper(room, 38, 10)
    up = s.take(s.State(), m.ConsoleWelcome(room.room, "x", Role.PROCTOR), 0)
    decided = s.take(s.take(up, m.Alarm("resume_waiting", "T0003", 41), 0), room.board(), 0)
    assert alarms.concerns(decided, room.now(), 0) == ()
    assert [one.alarm.code for one in decided.alarms] == ["resume_waiting"]


def test_guests_are_awaited_and_not_called_silent_and_who_went_is_named(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 50 * limits.MINUTE)
    open_paper(room, 40, 10)
    room.send_away("T0003", "05", 7)
    room.send_away("T0004", "05", 8)
    room.take_guest("T0003", 41)
    up = s.take(s.State(), m.ConsoleWelcome(room.room, "x", Role.PROCTOR), 0)
    board = room.board()
    state = s.take(s.take(up, board, 0), m.Alarm("guest_arrived", "T0003", 41), 0)
    texts = [one.text for one in alarms.concerns(state, room.now(), 0)]
    assert len(texts) == 2 and "1 candidates come from another room, to seats 41" in texts[0], texts
    assert "1 candidates go on in another room" in texts[1]
    assert "seat 41" in steps.next_step(board, room.now())
    for number in range(1, 41):
        if number not in (3, 4):
            room.send_away(f"T{number:04}", "05", number)
    room.send_away("T0003", "05", 3)
    assert "40 go on in another room" in steps.next_step(room.board(), room.now())


def test_a_grave_alarm_is_not_hidden_by_newer_ones(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 50 * limits.MINUTE)
    open_paper(room, 40, 10)
    up = s.take(s.State(), m.ConsoleWelcome(room.room, "x", Role.PROCTOR), 0)
    state = s.take(up, room.board(), 0)
    for code in ("behind_site", "pin_guessing", "seat_silent"):
        state = s.take(state, m.Alarm(code, "T0001", 1), 0)
    [only] = alarms.concerns(state, room.now(), 0)
    assert only.weight is Weight.DANGER and "Do not end the exam" in only.text


def test_a_disk_that_fails_is_the_next_step(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 50 * limits.MINUTE)
    open_paper(room, 38, 10)
    room.disk_ok = False
    assert steps.next_step(room.board(), room.now()).startswith("Call the technician at once")
    up = s.take(s.State(), m.ConsoleWelcome(room.room, "x", Role.PROCTOR), 0)
    [only] = alarms.concerns(s.take(up, m.Alarm("disk_failed"), 0), 0, 0)
    assert only.weight is Weight.DANGER and only.text.startswith(alarms.words(m.Alarm("disk_failed"))), (
        "without a board"
    )


def test_changes_of_the_certification_body_stand_on_the_strip_while_they_matter(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, -20 * limits.MINUTE)
    start = room.board().session.start
    board = msgspec.structs.replace(
        room.board(),
        planned=start - limits.MINUTE,
        spare="spare",
        corrections=(m.CorrectionRow(1, "5 A", 0), m.CorrectionRow(3, "8 A", 12)),
    )
    texts = [one.text for one in concerns_of(board, room)]
    assert any("instead of" in text for text in texts) and any("spare" in text for text in texts)
    assert next(text for text in texts if "Correction" in text).startswith("Correction 3: 8 A (12")
    cancelled = msgspec.structs.replace(board, cancelled=True)
    assert "CANCELLED" in concerns_of(cancelled, room)[0].text
    assert not any("instead of" in one.text for one in concerns_of(cancelled, room))
    assert "F8" in steps.next_step(cancelled, room.now())
    assert concerns_of(msgspec.structs.replace(cancelled, ended=True), room) == ()


def concerns_of(board: m.Board, room: SimulatedRoom) -> tuple[alarms.Concern, ...]:
    return alarms.concerns(s.take(s.State(link=s.LinkState.UP), board, 0), room.now(), 0)


def test_wrong_clocks_are_named_calmly_and_a_room_without_time_is_not(tmp_path: Path) -> None:
    room = SimulatedRoom(tmp_path, 20 * limits.MINUTE)
    room.clocks = {"T0009": (3_600_000, 20), "T0012": (1_500, 20)}
    room.pcs = [m.PcRow(41, "10.0.0.41", (), -86_400_000, 30)]
    state = s.take(s.State(link=s.LinkState.UP), room.board(), room.now())
    (wrong,) = [one for one in alarms.concerns(state, room.now(), 0) if "system clocks" in one.text]
    assert "at seats 9, 41." in wrong.text and wrong.weight is Weight.NOTE
    state = s.take(state, m.TimeState(False, room.now()), room.now())
    assert alarms.concerns(state, room.now(), 0)[0].weight is Weight.DANGER
    assert "c, two people confirm the clock" in alarms.concerns(state, room.now(), 0)[0].text
    state = s.take(state, m.TimeState(True, room.now()), room.now())
    assert not [one for one in alarms.concerns(state, room.now(), 0) if "trusted time" in one.text]
