"""The machines screen: what the technician's keys order, and that nobody else's do."""

from textual.widgets import DataTable, Input

from proctor_console.console.screens.machine_forms import RevokeForm, SeatForm
from proctor_console.console.screens.machines import MachinesScreen
from shared import commands as c
from shared import limits
from shared.machines import Kind
from tests.proctor_console.console.conftest import Join
from tests.support.console_desk import Joined, record
from tests.support.console_screens import enrolling


async def opened(desk: Joined) -> MachinesScreen:
    """The screen, with its list."""
    await desk.press("f5")
    await desk.until(lambda: isinstance(desk.app.screen, MachinesScreen))
    screen = desk.app.screen
    assert isinstance(screen, MachinesScreen)
    return screen


async def ordered(desk: Joined, command: c.RoomCommand) -> None:
    """The room got that order."""
    await desk.until(lambda: desk.room.room_orders[-1:] == [command])


async def test_all_without_a_conflict_are_confirmed_at_once(join: Join) -> None:
    async with join(-1_000, enrolling, name="技术员") as desk:
        await opened(desk)
        await desk.until(lambda: desk.app.screen.query_one(DataTable).row_count == 41)
        assert "40718263" in desk.text() and "Waiting 2, with a conflict 3" in desk.text()
        await desk.press("c")
        await desk.until(lambda: "2 PCs get their certificates" in desk.text())
        await desk.press("y")
        await ordered(desk, c.ConfirmMachines())


async def test_a_conflict_is_decided_by_itself_with_a_seat_or_turned_away(join: Join) -> None:
    async with join(-1_000, enrolling, name="技术员") as desk:
        await opened(desk)
        await desk.until(lambda: desk.app.screen.query_one(DataTable).row_count == 41)
        await desk.press("enter")
        await desk.until(lambda: isinstance(desk.app.screen, SeatForm))
        await record(desk.pilot)
        assert "Enter the seat" in desk.text() and desk.room.room_orders == []
        desk.app.screen.query_one("#seat", Input).value = "40"
        await record(desk.pilot)
        await ordered(desk, c.ConfirmMachines(("e" * 16,), 40))
        await desk.press("down", "d")
        await ordered(desk, c.DeclineMachines(("c" * 16,)))


async def test_a_machine_is_revoked_with_a_reason(join: Join) -> None:
    async with join(-1_000, enrolling, name="技术员") as desk:
        await opened(desk)
        await desk.until(lambda: desk.app.screen.query_one(DataTable).row_count == 41)
        await desk.press("down", "down", "down", "down", "down", "down", "r")
        await desk.until(lambda: isinstance(desk.app.screen, RevokeForm))
        await record(desk.pilot)
        assert "why" in desk.text() and desk.room.room_orders == []
        desk.app.screen.query_one("#reason", Input).value = "被盗"
        await record(desk.pilot)
        await ordered(desk, c.RevokeMachine(desk.room.machines.rows[0].machine.id, "被盗"))


async def test_a_window_is_opened_for_the_pcs_still_missing(join: Join) -> None:
    async with join(-1_000, enrolling, name="技术员") as desk:
        await opened(desk)
        await desk.press("o")
        await desk.until(lambda: bool(desk.app.screen.query("#count")))
        await record(desk.pilot)
        await ordered(desk, c.OpenWindow(Kind.PC, limits.WINDOW_MINUTES, 44 - 34))


async def test_a_proctor_sees_the_list_and_changes_nothing(join: Join) -> None:
    async with join(-1_000, enrolling) as desk:
        await opened(desk)
        assert "Only technicians" in desk.text()
        await desk.press("o", "c", "d", "r", "enter")
        assert isinstance(desk.app.screen, MachinesScreen) and desk.room.room_orders == []
        await desk.press("escape")
        await desk.until(desk.has_room_screen)
