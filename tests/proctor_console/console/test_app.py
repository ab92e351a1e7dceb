"""The application: in, turned away, cut off, out."""

from textual.widgets import Input

from proctor_console.console.screens.confirm import ConfirmScreen
from proctor_console.console.screens.login import LoginScreen
from tests.proctor_console.console.conftest import Join


async def test_a_person_types_name_and_pin_and_sees_the_room(join: Join) -> None:
    async with join(-50, pin="") as desk:
        assert isinstance(desk.app.screen, LoginScreen)
        await desk.press(*"246810", "enter")
        await desk.until(desk.has_room_screen)
        assert "Press F2 to allow log-in" in desk.text()


async def test_a_wrong_pin_is_told_and_can_be_typed_again(join: Join) -> None:
    async with join(-50, pin="000000") as desk:
        await desk.until(lambda: "Name or PIN is not right" in desk.text())
        desk.app.screen.query_one("#pin", Input).value = "246810"
        desk.app.screen.query_one("#pin", Input).focus()
        await desk.press("enter")
        await desk.until(desk.has_room_screen)


async def test_a_cut_is_told_calmly_and_heals(join: Join) -> None:
    async with join(-50) as desk:
        await desk.room.stop()
        await desk.until(lambda: "reconnecting by itself" in desk.text())
        await desk.press("f2")
        await desk.until(lambda: any("Nothing was sent" in one.message for one in desk.app._notifications))
        await desk.room.start()
        await desk.until(lambda: "reconnecting by itself" not in desk.text())
        await desk.press("f2")
        await desk.until(lambda: desk.room.sitting.login_allowed)


async def test_a_pin_that_no_longer_fits_after_a_cut_leads_back_to_the_log_in(join: Join) -> None:
    async with join(-50) as desk:
        await desk.press("f1")
        await desk.room.stop()
        desk.room.pin = "135790"
        await desk.room.start()
        await desk.until(lambda: isinstance(desk.app.screen, LoginScreen) and "PIN is not right" in desk.text())


async def test_leaving_is_asked_about(join: Join) -> None:
    async with join(-50) as desk:
        await desk.press("ctrl+q")
        await desk.until(lambda: isinstance(desk.app.screen, ConfirmScreen))
        await desk.press("escape")
        await desk.until(desk.has_room_screen)
        await desk.press("ctrl+q")
        await desk.until(lambda: isinstance(desk.app.screen, ConfirmScreen))
        await desk.press("y")
        await desk.until(lambda: desk.app._exit)


async def test_the_palette_offers_what_is_possible_now(join: Join) -> None:
    async with join(-50) as desk:
        names = [command.title for command in desk.app.get_system_commands(desk.app.screen)]
        assert names == ["Allow log-in", "Change of person", "Help", "Machines", "Alarm log"]
