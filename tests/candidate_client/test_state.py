"""Which screen follows from what is known, around every instant."""

import msgspec
import pytest

from candidate_client.state import State, fact_of, screen, take, view
from candidate_client.view import Saved, Screen
from shared import messages as m
from shared.crypto import sha256
from shared.ledger import START
from shared.model import Rules, Session
from shared.refusal import Refusal
from tests.support.papers import small_paper

T = 1_800_000_000_000
END = T + 7_200_000
CLOCK = m.Clockwork(T - 60_000, T, T + 1_800_000, END - 300_000, END, END + 120_000, 0)
ADMITTED = m.Admitted(
    session=Session("m1", "理论考试", "电工", "四级", "theory", T, Rules()),
    name="考生甲",
    id_masked="990**12",
    ticket="1001",
    seat=7,
    key=bytes(32),
    epoch=1,
    continues=START,
    head=START,
    history=0,
    paper=m.PaperRef("A", sha256(b""), 1),
    clock=CLOCK,
    read=False,
    status="logged_in",
)


def admitted() -> State:
    """Somebody is logged in."""
    state = State(7, "01")
    state.link = True
    state.admit(ADMITTED)
    return state


def in_exam() -> State:
    """Everything confirmed, the paper open."""
    state = admitted()
    state.confirmed = state.read = True
    state.paper = small_paper("m1", "A")
    return state


def test_the_way_to_the_paper() -> None:
    state = State(7, "01")
    assert screen(state, 0) is Screen.CONNECTING
    state.link = True
    assert screen(state, 0) is Screen.LOGIN
    take(state, m.Waiting("1001"))
    assert screen(state, 0) is Screen.APPROVAL
    state.admit(ADMITTED)
    assert screen(state, T - 1) is Screen.CONFIRM
    state.confirmed = True
    assert screen(state, T - 1) is Screen.RULES
    state.read = True
    assert screen(state, T - 1) is Screen.WAITING


@pytest.mark.parametrize(
    ("now", "due"),
    [(T - 1, Screen.READING), (T, Screen.EXAM), (END - 1, Screen.EXAM), (END, Screen.LOCKED), (END + 1, Screen.LOCKED)],
)
def test_the_paper_around_its_instants(now: int, due: Screen) -> None:
    assert screen(in_exam(), now) is due


def test_a_cut_link_changes_no_screen_of_who_is_logged_in() -> None:
    state = in_exam()
    state.link = False
    assert screen(state, T) is Screen.EXAM


def test_handing_in_locks_until_the_room_has_spoken() -> None:
    state = in_exam()
    state.handing_in = True
    assert screen(state, T + 10) is Screen.LOCKED
    take(state, m.HandInTooEarly(T + 99))
    assert screen(state, T + 10) is Screen.EXAM
    assert (state.error, state.error_at) == ("hand_in_too_early", T + 99)


def test_more_time_reopens() -> None:
    state = in_exam()
    take(state, m.ClockChanged(msgspec.structs.replace(CLOCK, end=END + 60_000), "停电"))
    assert screen(state, END) is Screen.EXAM
    assert state.notice is not None
    assert (state.notice.kind, state.notice.text) == ("extra_time", "停电")


@pytest.mark.parametrize(
    ("status", "due"),
    [
        ("submitted", Screen.FINISHED),
        ("collected", Screen.FINISHED),
        ("void", Screen.STOPPED),
        ("cancelled", Screen.CANCELLED),
        ("moved", Screen.MOVED),
    ],
)
def test_a_closed_attempt_shows_how_it_ended_and_no_answer(status: str, due: Screen) -> None:
    state = in_exam()
    state.attempt.type(1, ("A",), 1)
    take(state, m.Finished(status))
    shown = view(state, T)
    assert (shown.screen, shown.answers, shown.paper) == (due, {}, False)


def test_a_moved_candidate_learns_where_to_go() -> None:
    state = in_exam()
    take(state, m.Finished("moved", "05", 7))
    shown = view(state, T)
    assert (shown.screen, shown.gone_room, shown.gone_seat) == (Screen.MOVED, "05", 7)


def test_answers_held_before_the_end_are_told_after_it() -> None:
    state = in_exam()
    state.attempt.answers[1], state.attempt.saved[1] = ("A",), Saved.HELD
    take(state, m.Finished("collected"))
    take(state, m.Finished("collected"))
    assert view(state, T).held == 1


def test_notices_count_up_and_act() -> None:
    state = in_exam()
    state.hand_up = True
    take(state, m.Notice("hand_seen"))
    take(state, m.Notice("may_leave"))
    shown = view(state, T)
    assert shown.notice is not None
    assert (shown.hand_up, shown.may_leave, shown.notice.id) == (False, True, 2)
    take(state, m.Notice("resume_denied"))
    assert (screen(state, T), state.error) == (Screen.LOGIN, "resume_denied")


def test_who_confirmed_before_need_not_again() -> None:
    state = State(7, "01")
    state.link = True
    state.admit(msgspec.structs.replace(ADMITTED, read=True))
    assert screen(state, T - 1) is Screen.WAITING


def test_a_refusal_is_explained_by_one_number() -> None:
    assert fact_of(Refusal("wrong_seat", seat=5)) == 5
    assert fact_of(Refusal("too_late", at=9)) == 9


def test_the_view_names_person_session_and_instants() -> None:
    shown = view(in_exam(), T)
    assert shown.person is not None
    assert shown.session is not None
    assert (shown.person.name, shown.session.duration, shown.end, shown.room) == ("考生甲", 7_200_000, END, "01")


def test_a_pause_covers_the_paper_and_the_end_waits() -> None:
    state = in_exam()
    paused = msgspec.structs.replace(CLOCK, paused=END - 60_000)
    take(state, m.ClockChanged(paused, "火警"))
    assert screen(state, END - 1) is screen(state, END + 1) is Screen.PAUSED
    assert state.notice is not None and (state.notice.kind, state.notice.text) == ("paused", "火警")
    assert view(state, END).paused == END - 60_000
    take(state, m.ClockChanged(msgspec.structs.replace(CLOCK, end=END + 600_000), "解除"))
    assert screen(state, END + 1) is Screen.EXAM
    assert state.notice is not None and (state.notice.kind, state.notice.value) == ("went_on", END + 600_000)


def test_an_end_that_was_moved_back_is_not_called_more_time() -> None:
    state = in_exam()
    take(state, m.ClockChanged(msgspec.structs.replace(CLOCK, end=T + 60_000), "秩序混乱"))
    assert state.notice is not None and state.notice.kind == "ended_early"


def test_an_own_request_at_an_end_that_has_moved_is_taken_back_without_a_word() -> None:
    state = in_exam()
    state.handing_in = True
    take(state, m.HandInTooEarly(END + 600_000))
    assert not state.handing_in and state.error == ""
    take(state, m.HandInTooEarly(CLOCK.hand_in_opens))
    assert state.error == "hand_in_too_early"
