"""A running console and its simulated room, and waiting for what should become true."""

from collections.abc import Callable
from typing import NamedTuple

from textual.pilot import Pilot
from textual.widgets import Button, Static

from proctor_console.console.app import ConsoleApp
from proctor_console.console.screens.room import RoomScreen
from tests.support.console_room import SimulatedRoom

ROUNDS = 400
PAUSE = 0.02


class Joined(NamedTuple):
    """Room, application and its pilot."""

    room: SimulatedRoom
    app: ConsoleApp
    pilot: Pilot[None]

    def has_room_screen(self) -> bool:
        """The room screen is up and knows the sitting."""
        screen = self.app.screen
        return isinstance(screen, RoomScreen) and screen.scene() is not None

    async def press(self, *keys: str) -> None:
        """Presses keys and lets the program act on them."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits until the condition holds."""
        await until(self.pilot, condition)

    def text(self) -> str:
        """What the visible fixed texts of the top screen say."""
        shown = [one for one in self.app.screen.query(Static) if one.display]
        return "\n".join(str(one.render()) for one in shown)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Lets the program run until the screen on top stands and the condition holds; fails after some seconds."""
    for _ in range(ROUNDS):
        if pilot.app.screen.is_mounted and condition():
            await pilot.pause()
            return
        await pilot.pause(PAUSE)
    raise AssertionError("the condition never came true")


async def record(pilot: Pilot[None]) -> None:
    """Clicks a form's button once it takes clicks again (it does not for a moment after each)."""
    button = pilot.app.screen.query_one("#record", Button)
    await until(pilot, lambda: not button.has_class("-active"))
    await pilot.click("#record")
    await pilot.pause()
