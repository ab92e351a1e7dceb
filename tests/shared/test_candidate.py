"""What a record changes of one candidate; the fold of a whole sitting is tested in test_sitting."""

import msgspec

from shared import records as r
from shared.candidate import FINAL, Candidate, Status, changes
from shared.ledger import Point
from shared.model import Place

ONE = Candidate(Place("1001", "01", 1, "A"), Status.LOGGED_IN, seat=1, away=5)


def after(one: Candidate, record: r.SittingRecord, end: int = 100) -> Candidate:
    """The candidate after one record."""
    return msgspec.structs.replace(one, **changes(one, record, end))  # type: ignore[arg-type]  # about a candidate


def test_lost_time_that_was_decided_about_is_settled_and_time_that_was_over_is_remembered() -> None:
    one = after(ONE, r.TimeExtended("1001", 25, False, "停电", "王", 15, 10))
    assert (one.extra, one.settled, one.over) == (25, 15, ((100, 110),))
    one = after(one, r.TimeExtended("1001", 0, False, "不补", "王", 4))
    assert (one.extra, one.settled, one.over) == (25, 19, ((100, 110),))


def test_who_is_connected_again_is_away_no_more() -> None:
    assert after(ONE, r.LoggedIn("1001", 1, "127.0.0.9", True)).away == 0


def test_a_paper_collected_before_more_time_came_is_open_again() -> None:
    taken = after(ONE, r.Collected("1001", Point(1, 3, bytes(32))))
    assert taken.done and taken.status in FINAL
    assert not after(taken, r.Reopened("1001")).done
