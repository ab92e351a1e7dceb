"""Words, times and widths."""

import pytest
from rich.cells import cell_len

from proctor_console.console.texts import _, fit, minutes, span, time_of_day, wrapped
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


def test_wrapping_breaks_chinese_anywhere_and_latin_between_words_and_cuts_only_the_last_line() -> None:
    assert wrapped("ab cd efgh", 5, 3) == ["ab cd", "efgh "]
    assert wrapped("考场机器坏了，请叫人", 10, 2) == ["考场机器坏", "了，请叫人"]
    assert wrapped("剩 312 MiB。叫人", 8, 2) == ["剩 312  ", "MiB。叫~"]
    assert wrapped("one two three", 20, 2) == ["one two three       "]
