"""What is known of an attempt stream without opening a record."""

from shared.attempt import Attempt
from shared.ledger import START, Point, open_epoch


def test_until_when_a_pc_worked_is_told_by_the_records_own_times_in_whatever_order_they_came() -> None:
    attempt = Attempt()
    assert attempt.worked(10) == 0
    for at in (7, 30, 12):
        attempt.wrote(at)
    assert [attempt.worked(at) for at in (6, 7, 12, 29, 30, 99)] == [0, 7, 12, 12, 30, 30]


def test_an_epoch_of_which_nothing_is_stored_stands_where_it_begins() -> None:
    attempt, point = Attempt(), Point(2, 5, bytes(32))
    assert attempt.head(1, START) == open_epoch(1, START)
    attempt.heads[2] = point
    assert attempt.head(2, START) == point
    assert attempt.digest_at(1, 1) is None and attempt.digest_at(1, 0) is None
