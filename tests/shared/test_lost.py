"""Lost time: who could not answer while the clock ran, as the records tell it, and what nobody is given twice."""

from shared import commands as c
from shared import crypto, lost
from shared import records as r
from shared.limits import LOST_WAIT, SECOND
from tests.support.small_day import MINUTE, SmallDay, T


def running(*tickets: str) -> SmallDay:
    """The paper is open since T; these candidates are logged in."""
    day = SmallDay()
    day.open()
    for ticket in tickets:
        day.log_in(ticket)
    day.start()
    return day


def outage(day: SmallDay, since: int, until: int) -> None:
    """The room serves again after it was away, minutes from T."""
    day.now = T + until * MINUTE
    day.put(c.NoteOutage(T + since * MINUTE, day.now))


def back(day: SmallDay, ticket: str, *, by_itself: bool) -> None:
    """The own PC of a candidate is connected again."""
    one = day.state.candidates[ticket]
    assert one.device is not None
    day.put(c.LogIn(ticket, True, one.seat, one.device, "127.0.0.9", False, by_itself=by_itself))


def due(day: SmallDay, ticket: str) -> float:
    """Minutes that are proposed."""
    return lost.due(day.state, ticket, day.now) / MINUTE


def told(day: SmallDay, ticket: str) -> list[tuple[float, float, str]]:
    """The spans, in minutes from T."""
    found = lost.spans(day.state, ticket, day.now)
    return [((since - T) / MINUTE, (until - T) / MINUTE, cause) for since, until, cause in found]


def test_a_pc_that_goes_on_by_itself_after_an_outage_has_lost_nothing() -> None:
    day = running("1001")
    day.now = T + 9 * MINUTE
    day.answer("1001", 1, "A")
    outage(day, 10, 20)
    back(day, "1001", by_itself=True)
    day.now += 5 * MINUTE
    assert told(day, "1001") == [] and due(day, "1001") == 0


def test_a_pc_that_was_down_in_an_outage_lost_what_follows_its_last_record() -> None:
    day = running("1001")
    day.now = T + 8 * MINUTE
    day.answer("1001", 1, "A")
    outage(day, 10, 20)
    day.now += MINUTE
    back(day, "1001", by_itself=False)
    assert told(day, "1001") == [(8, 21, lost.RESTARTED)] and due(day, "1001") == 13


def test_records_that_come_after_the_return_show_until_when_the_pc_worked() -> None:
    day = running("1001")
    day.now = T + 8 * MINUTE
    day.answer("1001", 1, "A")
    typed = day.pcs["1001"].write(r.Answered(("B",)), T + 17 * MINUTE, 2)
    outage(day, 10, 20)
    day.now += MINUTE
    back(day, "1001", by_itself=False)
    day.receive(day.pcs["1001"], typed)
    restarted = day.pcs["1001"].write(r.PcEvent("restarted"), day.now - SECOND)
    day.receive(day.pcs["1001"], restarted)
    assert told(day, "1001") == [(17, 21, lost.RESTARTED)]


def test_who_was_kept_from_logging_in_lost_the_outage_and_a_late_comer_nothing() -> None:
    day = running("1001")
    outage(day, 2, 7)
    day.log_in("1002")
    assert told(day, "1002") == [(2, 7, lost.OUTAGE)]
    assert told(day, "1001") == []
    late = running()
    late.now = T + 20 * MINUTE
    late.log_in("1002")
    assert told(late, "1002") == []


def test_a_late_opening_is_lost_by_everybody_who_waited() -> None:
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.now = T + 3 * MINUTE
    made = day.put(c.Tick())
    assert isinstance(made, list) and [type(one) for one in made] == [r.PaperOpened, r.TimeLost]
    assert told(day, "1001") == [(0, 3, lost.OPENING)] and told(day, "1002") == []


def test_who_answered_before_a_spare_machine_opened_the_paper_had_it_from_then_on() -> None:
    day = SmallDay()
    day.open()
    day.log_in("1001")
    for minute in (2, 5):
        day.now = T + minute * MINUTE
        day.answer("1001", 1, "A")
    day.now = T + 9 * MINUTE
    day.put(c.Tick())
    assert told(day, "1001") == [(0, 2, lost.OPENING), (5, 9, lost.OPENING)], "the PC may have been off since the last"


def test_an_outage_over_the_start_counts_once_for_who_had_to_log_in_again() -> None:
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.now = T + 5 * MINUTE
    day.put(c.NoteOutage(T - MINUTE, day.now))
    day.put(c.Tick())
    day.now += 2 * MINUTE
    back(day, "1001", by_itself=False)
    assert due(day, "1001") == 7


def test_a_move_to_another_pc_loses_the_time_since_the_last_record() -> None:
    day = running("1001")
    day.now = T + 30 * MINUTE
    day.answer("1001", 1, "A")
    day.now += 4 * MINUTE
    day.put(c.LogIn("1001", True, 31, crypto.Ed25519Signer(crypto.new_key()).public, "127.0.0.9", False))
    day.now += MINUTE
    day.put(c.ApproveResume("1001"))
    assert told(day, "1001") == [(30, 35, lost.MOVED)]


def test_who_is_not_back_after_an_outage_is_shown_as_losing_time_until_the_own_end() -> None:
    day = running("1001", "1002")
    day.now = T + 100 * MINUTE
    day.answer("1001", 1, "A")
    outage(day, 110, 112)
    assert due(day, "1001") == 0, "PCs get a while to come back"
    day.now += LOST_WAIT
    assert due(day, "1001") == 13
    day.now = T + 125 * MINUTE
    day.put(c.Tick())
    assert day.state.candidates["1001"].status == "collected" and due(day, "1001") == 20


def test_paused_time_is_not_lost() -> None:
    day = running("1001")
    day.now = T + 10 * MINUTE
    day.answer("1001", 1, "A")
    day.put(c.Pause("火警"))
    day.now += 20 * MINUTE
    day.put(c.GoOn("恢复"))
    day.now += 2 * MINUTE
    back(day, "1001", by_itself=False)
    assert told(day, "1001") == [(30, 32, lost.RESTARTED)]


def test_a_moment_is_not_worth_a_word() -> None:
    day = running("1001")
    day.now = T + MINUTE
    day.answer("1001", 1, "A")
    day.now += 4 * SECOND
    back(day, "1001", by_itself=False)
    assert due(day, "1001") == 0
