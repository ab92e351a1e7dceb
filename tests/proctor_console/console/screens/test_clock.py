"""The wall clock is confirmed by a person on purpose, as it is shown or as typed."""

from textual.widgets import Input

from proctor_console.console.screens.clock import ClockScreen
from shared import commands as c
from shared import messages as m
from tests.proctor_console.console.conftest import Join
from tests.support.console_room import START_AT, SimulatedRoom

WALL = START_AT + 1_234_000


def without_time(room: SimulatedRoom) -> None:
    room.timeless = m.TimeState(False, WALL, "监考乙", WALL - 2_000)


async def test_the_clock_shown_is_confirmed_and_who_said_what_before_is_told(join: Join) -> None:
    async with join(20, without_time, (100, 30)) as desk:
        await desk.until(lambda: "监考乙 has confirmed it is 08:20; a second person confirms with c." in desk.text())
        await desk.press("c")
        await desk.until(lambda: isinstance(desk.app.screen, ClockScreen))
        await desk.until(lambda: "2026-11-21 08:20:" in desk.text() and "监考乙 has confirmed" in desk.text())
        await desk.press("enter", "enter")
        await desk.until(lambda: bool(desk.room.room_orders))
        (given,) = desk.room.room_orders
        assert isinstance(given, c.ConfirmTime) and 0 <= given.system - WALL < 60_000


async def test_another_time_is_typed_and_nonsense_is_not_sent(join: Join) -> None:
    async with join(20, without_time, (100, 30)) as desk:
        await desk.press("c")
        await desk.until(lambda: isinstance(desk.app.screen, ClockScreen))
        field = desk.app.screen.query_one("#other", Input)
        field.value = "8 o'clock"
        await desk.press("enter", "enter")
        await desk.until(lambda: "This is no date and time" in desk.text())
        field.value = "2026-11-21 08:30"
        field.focus()
        await desk.press("enter", "enter")
        await desk.until(lambda: desk.room.room_orders == [c.ConfirmTime(START_AT + 1_800_000)])


async def test_a_room_that_has_time_needs_nobody_s_word(join: Join) -> None:
    async with join(20) as desk:
        await desk.press("c")
        assert not isinstance(desk.app.screen, ClockScreen) and desk.room.room_orders == []
