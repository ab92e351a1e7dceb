"""Changes of an authorised session: what takes effect when, what is refused, and that nothing counts twice."""

import pytest

from shared import changes, exam
from shared import commands as c
from shared import documents as d
from shared import records as r
from shared.model import Cancellation, Correction, Postponement
from shared.refusal import Refusal
from shared.sitting import Status
from tests.support.small_day import MINUTE, ROOM, SmallDay, T

LATER = T + 24 * 60 * MINUTE
DOCUMENT = bytes(32)


def postpone(day: SmallDay, start: int = LATER, number: int = 1) -> Refusal | list[r.SittingRecord]:
    return day.put(c.TakeChange(number, Postponement(start, "停电"), DOCUMENT))


def document(*named: d.NamedChange) -> d.SessionChanges:
    return d.SessionChanges(1, "s1", "m1", 0, 2**50, named)


def test_every_instant_moves_with_a_postponement_and_the_start_is_allowed_anew() -> None:
    day = SmallDay()
    day.open()
    assert day.state.armed
    before = day.state.times("1001")
    made = postpone(day)
    assert made == [r.SittingChanged(1, Postponement(LATER, "停电"), DOCUMENT)]
    after = day.state.times("1001")
    moved = {getattr(after, name) - getattr(before, name) for name in after.__struct_fields__}
    assert moved == {LATER - T}
    assert day.state.login_allowed and not day.state.armed
    day.now = T
    assert day.put(c.Tick()) == [] and day.state.opened_at is None
    assert day.put(c.AllowStart()) == Refusal("too_early", at=LATER - 40 * MINUTE)
    day.now = LATER - 40 * MINUTE
    day.put(c.AllowStart())
    day.now = LATER
    day.put(c.Tick())
    assert day.state.opened_at == LATER


def test_a_change_counts_once_however_often_it_comes() -> None:
    day = SmallDay()
    postpone(day)
    assert postpone(day) == [] and postpone(day, LATER + 1) == []
    assert postpone(day, LATER + MINUTE, number=3) != []
    assert day.state.session.start == LATER + MINUTE and day.state.noted == 2


@pytest.mark.parametrize("what", [Postponement(LATER, "x"), Cancellation("x")])
def test_after_the_opening_only_corrections_take_effect(what: Postponement | Cancellation) -> None:
    day = SmallDay()
    day.open()
    day.start()
    assert day.put(c.TakeChange(1, what, DOCUMENT)) == [r.ChangeRefused(1, "already_open", DOCUMENT)]
    assert day.put(c.TakeChange(1, what, DOCUMENT)) == [], "what was refused is not asked again"
    assert day.put(c.TakeSpare("spare", DOCUMENT)) == [r.ChangeRefused(0, "already_open", DOCUMENT)]
    assert day.put(c.TakeSpare("spare", DOCUMENT)) == []
    assert day.state.forms == {"A", "B"} and day.state.session.start == T
    correction = Correction({"A": 2}, "应为 5 A")
    assert day.put(c.TakeChange(2, correction, DOCUMENT)) == [r.SittingChanged(2, correction, DOCUMENT)]


def test_a_postponement_into_the_past_is_refused() -> None:
    day = SmallDay()
    day.now = LATER + 1
    assert postpone(day) == [r.ChangeRefused(1, "too_late", DOCUMENT)]


def test_nothing_opens_and_nobody_comes_in_after_a_cancellation_and_the_sitting_can_be_ended() -> None:
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.put(c.TakeChange(1, Cancellation("泄密"), DOCUMENT))
    day.now = T
    assert day.put(c.Tick()) == [] and day.state.opened_at is None
    assert {one.status for one in day.state.candidates.values()} == {Status.CANCELLED}
    log_in = c.LogIn("1002", True, 2, day.room_key.public, "127.0.0.9", False)
    assert exam.decide(day.state, log_in, T) == Refusal("is_cancelled")
    for command in (c.AllowLogin(), c.AllowStart()):
        assert day.put(command) == Refusal("is_cancelled")
    assert postpone(day, number=2) == [r.ChangeRefused(2, "is_cancelled", DOCUMENT)]
    assert day.put(c.EndSitting()) == [r.SittingEnded(0, 0, 0, 0, "王监考")]
    assert day.put(c.TakeChange(3, Cancellation("x"), DOCUMENT)) == Refusal("sitting_ended")


def test_the_spare_form_is_due_from_everybody_once_it_is_taken() -> None:
    day = SmallDay()
    day.open()
    assert day.put(c.TakeSpare("spare", DOCUMENT)) == [r.SpareTaken("spare", DOCUMENT)]
    assert day.put(c.TakeSpare("spare", b"newer" * 6)) == []
    assert day.state.forms == {"spare"} and day.state.armed


def test_corrections_reach_the_forms_they_name_and_are_acknowledged_once() -> None:
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.log_in("1002")
    day.start()
    day.put(c.TakeChange(1, Correction({"A": 2}, "甲"), DOCUMENT))
    day.put(c.TakeChange(2, Correction({}, "乙"), DOCUMENT))
    assert changes.corrections(day.state, "1001") == {1: (2, "甲"), 2: (0, "乙")}
    assert changes.corrections(day.state, "1002") == {2: (0, "乙")}
    assert day.put(c.SeeCorrection("1002", 1)) == Refusal("not_allowed")
    assert day.put(c.SeeCorrection("1001", 1)) == [r.CorrectionSeen("1001", 1)]
    assert day.put(c.SeeCorrection("1001", 1)) == []
    assert day.state.seen == {1: {"1001"}}


def test_a_room_takes_what_names_it_with_the_numbers_of_the_document() -> None:
    first, second = Postponement(LATER, "x"), Correction({}, "y")
    found = document(d.NamedChange(("02",), first), d.NamedChange(("02", ROOM), second))
    assert changes.for_room(found, ROOM) == [(2, second)]
    assert changes.for_room(found, "02") == [(1, first), (2, second)]


def test_the_session_as_it_stands_for_a_room() -> None:
    session = SmallDay().session
    found = document(
        d.NamedChange((ROOM,), Postponement(LATER, "x")),
        d.NamedChange((ROOM,), Postponement(LATER + 1, "x")),
        d.NamedChange(("02",), Cancellation("x")),
    )
    here, there = changes.in_force(session, found, ROOM), changes.in_force(session, found, "03")
    assert here is not None and here.start == LATER + 1
    assert there == session == changes.in_force(session, None, ROOM)
    assert changes.in_force(session, found, "02") is None
