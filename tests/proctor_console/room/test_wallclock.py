"""Two people's word for the wall clock: who, how far apart, how old."""

import pytest

from proctor_console.room.wallclock import Agreed, WallClock, Word
from shared import limits
from shared.refusal import Refusal

T = 1_800_000_000_000


def test_two_people_who_agree_give_the_time_in_the_middle() -> None:
    clock = WallClock()
    assert clock.confirm(Word("甲", T, 1_000), 0) is None
    assert clock.waiting(2_000) == Word("甲", T, 1_000)
    found = clock.confirm(Word("乙", T + 30_000 + 20_000, 31_000), 0)
    assert found == Agreed("甲", "乙", T + 30_000 + 10_000)
    assert clock.waiting(31_000) is None


def test_one_person_is_not_two() -> None:
    clock = WallClock()
    assert clock.confirm(Word("甲", T, 0), 0) is None
    assert clock.confirm(Word("甲", T + 5_000, 5_000), 0) is None
    assert clock.waiting(5_000) == Word("甲", T + 5_000, 5_000)


@pytest.mark.parametrize("apart", [limits.CONFIRM_APART + 1, -limits.CONFIRM_APART - 1])
def test_times_that_differ_are_refused_and_the_second_waits(apart: int) -> None:
    clock = WallClock()
    clock.confirm(Word("甲", T, 0), 0)
    assert clock.confirm(Word("乙", T + 1_000 + apart, 1_000), 0) == Refusal("times_differ", at=abs(apart))
    assert clock.confirm(Word("甲", T + 2_000 + apart, 2_000), 0) == Agreed("乙", "甲", T + 2_000 + apart)


def test_a_word_grows_old() -> None:
    clock = WallClock()
    clock.confirm(Word("甲", T, 0), 0)
    late = limits.CONFIRM_WITHIN + 1
    assert clock.waiting(late - 1) is not None
    assert clock.confirm(Word("乙", T + late, late), 0) is None
    assert clock.waiting(late) == Word("乙", T + late, late)


def test_no_time_before_what_is_proven() -> None:
    clock = WallClock()
    assert clock.confirm(Word("甲", T - 1, 0), T) == Refusal("before_record", at=T)
    assert clock.waiting(0) is None
    clock.confirm(Word("甲", T + 50_000, 0), T)
    assert clock.confirm(Word("乙", T + 10_000, 0), T + 10_000) == Agreed("甲", "乙", T + 30_000)
