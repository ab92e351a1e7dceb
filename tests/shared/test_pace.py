"""An account that refills steadily, may be overdrawn once, and asks to wait exactly until it is even."""

from hypothesis import given
from hypothesis import strategies as st

from shared.pace import Pace


def test_a_burst_is_free_and_then_the_rate_holds() -> None:
    pace = Pace(10, 2)
    pace.spend(10, 1_000)
    assert pace.wait(1_000) == 0, "even is enough"
    pace.spend(1, 1_000)
    assert pace.wait(1_000) == 500
    assert pace.wait(1_499) == 1
    assert pace.wait(1_500) == 0


def test_an_unused_account_is_full_and_never_fuller() -> None:
    pace = Pace(3, 1_000)
    assert pace.full(0)
    pace.spend(1, 5)
    assert not pace.full(5) and pace.full(6)
    pace.spend(4, 10_000)
    assert pace.wait(10_000) == 1


def test_a_clock_that_stands_still_gives_nothing() -> None:
    pace = Pace(1, 100)
    pace.spend(2, 1_000)
    assert pace.wait(500) == pace.wait(1_000) == 10


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 2_000)), min_size=1, max_size=60))
def test_nobody_gets_more_than_burst_and_rate(asked: list[tuple[int, int]]) -> None:
    pace, now, spent = Pace(20, 5), 0, 0
    for units, pause in asked:
        now += pause
        now += pace.wait(now)
        pace.spend(units, now)
        spent += units
        assert spent <= 20 + 50 + 5 * now / 1000
