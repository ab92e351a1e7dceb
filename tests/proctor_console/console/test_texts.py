"""Words, times and widths."""

import pytest
from rich.cells import cell_len

from proctor_console.console.texts import _, fit, minutes, span, time_of_day
from tests.support.console_room import START_AT


def test_language_is_chosen_when_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _("Allow log-in") == "Allow log-in"
    monkeypatch.setenv("KAODIAN_LANG", "zh_CN")
    assert _("Allow log-in") == "允许登录"


def test_times_are_beijing_times_in_any_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert time_of_day(START_AT) == "08:00" and time_of_day(START_AT + 61_000, True) == "08:01:01"


@pytest.mark.parametrize(("length", "text"), [(0, "00:00"), (1, "00:01"), (59_001, "01:00"), (3_600_000, "1:00:00")])
def test_spans_reach_zero_only_at_the_end(length: int, text: str) -> None:
    assert span(length) == text


def test_minutes_round_up() -> None:
    assert (minutes(60_000), minutes(60_001)) == (1, 2)


@pytest.mark.parametrize("text", ["", "ab", "赵一", "赵一钱二孙三", "a赵b钱c"])
@pytest.mark.parametrize("width", [0, 1, 2, 5, 6, 12])
def test_fit_gives_exactly_the_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert ("~" in fit(text, width)) == (cell_len(text) > width > 0)
