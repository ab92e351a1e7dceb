"""The minutes of a session, probed around every boundary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.timing import Phase, phase, times
from tests.support.small_day import MINUTE, T, session_of

TIMELINE = [
    (-60, Phase.EARLY, Phase.LOGIN),
    (-10, Phase.LOGIN, Phase.READING),
    (0, Phase.READING, Phase.ANSWERING),
    (120, Phase.ANSWERING, Phase.GRACE),
    (122, Phase.GRACE, Phase.OVER),
]


@pytest.mark.parametrize(("minute", "before", "after"), TIMELINE)
def test_each_instant_belongs_to_the_phase_it_begins(minute: int, before: Phase, after: Phase) -> None:
    at = times(session_of(reading=10 * MINUTE))
    assert phase(T + minute * MINUTE - 1, at) is before
    assert phase(T + minute * MINUTE, at) is after


def test_without_reading_time_the_paper_opens_at_the_start() -> None:
    at = times(session_of())
    assert at.opening == at.start == T


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_accommodation_and_extra_move_the_end_and_nothing_before_it(accommodation: int, extra: int) -> None:
    plain, moved = times(session_of()), times(session_of(), accommodation, extra)
    assert moved.end - plain.end == moved.closes - plain.closes == accommodation + extra
    assert moved.leave_closes - plain.leave_closes == accommodation + extra
    for name in ("login_opens", "arm_opens", "opening", "start", "late_entry_ends", "hand_in_opens"):
        assert getattr(plain, name) == getattr(moved, name)
