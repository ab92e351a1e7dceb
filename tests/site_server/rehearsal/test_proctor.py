"""What the simulated proctor wants at a board: what the rules allow, once, and nothing more."""

import msgspec
import pytest

from shared import commands as c
from shared import messages as m
from shared.model import Session
from shared.roles import Role
from site_server.rehearsal.proctor import PAUSE, WARN_PAUSE, Chief, Proctor
from tests.support.small_day import MINUTE, T, session_of

END = T + 120 * MINUTE
CLOCK = m.Clockwork(T, T, T + 30 * MINUTE, END - 5 * MINUTE, END, END + 2 * MINUTE, T)


def row(ticket: str, status: str, **more: object) -> m.SeatRow:
    """One candidate."""
    fields: dict[str, object] = {field.name: 0 for field in msgspec.structs.fields(m.SeatRow) if field.required}
    fields |= {"online": False, "read": False, "paper": False, "hand_up": False, "left": False}
    return msgspec.convert(fields | {"ticket": ticket, "name": "", "id_masked": "", "status": status} | more, m.SeatRow)


def board(*rows: m.SeatRow, session: Session | None = None, **more: object) -> m.Board:
    """A board after the opening, unless `more` says otherwise."""
    plain = m.Board(
        session=session or session_of(), now=T, login_allowed=True, armed=True, keys=True, opened=T, ended=False,
        clock=CLOCK, extra=0, items=3, rows=rows, pcs=(), site_online=True, site_behind=0, time_error=1, disk_ok=True,
        head=None,
        site_head=None,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **more)


@pytest.fixture
def proctor() -> Proctor:
    """Of a room where 1003 never comes and 1002 talks."""
    return Proctor("01", "127.21.255.1", 1, "246810", absent={"1003"}, warn={"1002"})


def test_log_in_and_start_are_allowed_when_the_rules_let_it(proctor: Proctor) -> None:
    closed = board(login_allowed=False, armed=False, opened=0)
    assert proctor.wishes(closed, T - 60 * MINUTE - 1) == []
    assert proctor.wishes(closed, T - 60 * MINUTE) == [c.AllowLogin()]
    waiting = board(armed=False, opened=0)
    assert proctor.wishes(waiting, T - 40 * MINUTE - 1) == []
    assert proctor.wishes(waiting, T - 40 * MINUTE) == [c.AllowStart()]


def test_a_wish_is_repeated_only_after_a_while(proctor: Proctor) -> None:
    closed = board(login_allowed=False)
    assert proctor.wishes(closed, T) != []
    assert proctor.wishes(closed, T + PAUSE - 1) == []
    assert proctor.wishes(closed, T + PAUSE) == [c.AllowLogin()]


def test_only_who_was_to_stay_away_is_marked_absent_and_only_after_late_entry(proctor: Proctor) -> None:
    empty = board(row("1001", "expected"), row("1003", "expected"))
    assert proctor.wishes(empty, T + 30 * MINUTE - 1) == []
    assert proctor.wishes(empty, T + 30 * MINUTE) == [c.MarkAbsent("1003")]


def test_resumes_are_approved_and_the_talker_is_warned_once(proctor: Proctor) -> None:
    found = proctor.wishes(board(row("1001", "logged_in", waiting_seat=31), row("1002", "logged_in")), T + 1)
    assert found[0] == c.ApproveResume("1001")
    assert isinstance(found[1], c.RecordViolation)
    assert found[1].ticket == "1002"
    talking = board(row("1002", "logged_in"))
    assert proctor.wishes(talking, T + 2 * PAUSE) == [], "a second warning would void the paper"
    assert len(proctor.wishes(talking, T + 1 + WARN_PAUSE)) == 1, "the first was lost on the way"
    assert proctor.wishes(board(row("1002", "logged_in", warnings=1)), T + 3 * WARN_PAUSE) == []


def test_nobody_is_let_go_in_the_last_minutes(proctor: Proctor) -> None:
    done = board(row("1001", "submitted"), row("1002", "logged_in", warnings=1))
    assert proctor.wishes(done, CLOCK.leave_closes) == []
    assert proctor.wishes(done, CLOCK.leave_closes - 1) == [c.PermitLeave("1001")]
    assert proctor.wishes(done, END) == [c.PermitLeave("1001")]


def test_the_sitting_is_ended_when_everybody_is_finished_and_the_time_is_over(proctor: Proctor) -> None:
    rows = [row("1001", "submitted", left=True), row("1002", "collected"), row("1003", "absent")]
    assert proctor.wishes(board(*rows), END - 1) == []
    assert proctor.wishes(board(*rows), END) == [c.EndSitting()]
    assert proctor.wishes(board(*rows, row("1004", "logged_in")), END + PAUSE) == []
    assert proctor.wishes(board(*rows, ended=True), END + 2 * PAUSE) == []


def test_the_chief_confirms_what_others_propose_once_and_then_again_later() -> None:
    chief = Chief("01", "127.21.255.1", 1, "246810", set(), set())
    waiting = [
        m.ProposalRow(n, c.ApproveResume("1001"), by, Role.PROCTOR, T, T) for n, by in ((3, "x"), (4, Chief.name))
    ]
    shown = board(proposals=tuple(waiting))
    assert chief.wishes(shown, T) == [c.Confirm(3)]
    assert chief.wishes(shown, T + PAUSE - 1) == []
    assert chief.wishes(shown, T + PAUSE) == [c.Confirm(3)]


def test_what_came_too_late_is_accepted_in_bulk_before_the_end(proctor: Proctor) -> None:
    late = [row("1001", "collected", undecided=2), row("1002", "collected", undecided=1), row("1004", "submitted")]
    [wish] = [one for one in proctor.wishes(board(*late), END + MINUTE) if not isinstance(one, c.PermitLeave)]
    assert isinstance(wish, c.DecideHeld)
    assert (wish.tickets, wish.accept) == (("1001", "1002"), True)


def test_the_exam_is_not_ended_while_somebody_mends_the_lan(proctor: Proctor) -> None:
    done = board(row("1001", "collected"))
    proctor.patient = END + MINUTE
    assert proctor.wishes(done, END + MINUTE - 1) == []
    assert proctor.wishes(done, END + MINUTE) == [c.EndSitting()]
