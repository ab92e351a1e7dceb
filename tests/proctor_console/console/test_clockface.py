"""Clocks in words: which is wrong, how far, and what a person may type."""

import pytest

from proctor_console.console import clockface
from shared import limits

T = 1_795_219_200_000
HOUR = 60 * limits.MINUTE


def test_a_clock_is_wrong_only_beyond_what_the_error_of_trusted_time_explains() -> None:
    assert not clockface.wrong(limits.CLOCK_JUMP, 0) and not clockface.wrong(-limits.CLOCK_JUMP - 50, 50)
    assert clockface.wrong(limits.CLOCK_JUMP + 51, 50) and clockface.wrong(-HOUR, 50)
    assert not clockface.wrong(HOUR, -1), "nobody has measured it"


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (120, "+0.1 s"),
        (-40, "0.0 s"),
        (-1_900, "-1.9 s"),
        (119_000, "! +119.0 s"),
        (-75 * limits.MINUTE, "! -75 min"),
        (26 * HOUR, "! +26 h"),
        (-365 * 24 * HOUR, "! -365 d"),
    ],
)
def test_the_offset_is_short(off: int, said: str) -> None:
    assert clockface.short(off, 20) == said
    assert clockface.short(off, -1) == "-"


def test_the_details_tell_the_bound_and_what_to_do_only_where_it_is_wrong() -> None:
    assert clockface.line(120, 25) == "System clock of the PC: +0.1 s (within 0.03 s)"
    assert "Set it right afterwards" in clockface.line(HOUR, 25)
    assert "not told yet" in clockface.line(0, -1)


def test_a_wall_clock_is_read_as_beijing_time() -> None:
    assert clockface.wall(T) == "2026-11-21 08:00:00"
    assert clockface.read_wall(" 2026-11-21 08:00 ") == T
    assert clockface.read_wall("2026-11-21 08:00:07") == T + 7_000
    assert clockface.read_wall("08:00") is None and clockface.read_wall("2026-13-01 08:00") is None
