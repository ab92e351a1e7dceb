"""Nothing is sent before both fields are filled."""

from proctor_console.console.screens.login import LoginScreen
from tests.proctor_console.console.conftest import Join


async def test_an_empty_pin_is_asked_for(join: Join) -> None:
    async with join(-50, pin="") as desk:
        assert isinstance(desk.app.screen, LoginScreen) and "示例考点" in desk.text()
        await desk.press("enter")
        assert "Enter name and PIN" in desk.text() and not desk.room.consoles
