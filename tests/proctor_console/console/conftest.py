"""A console joined to a simulated room, at any moment of the exam day."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from proctor_console.console.app import ConsoleApp
from proctor_console.console.cli import read_target
from shared import limits
from tests.support.console_desk import Joined, until
from tests.support.console_room import PIN, SimulatedRoom

Prepare = Callable[[SimulatedRoom], None]
Join = Callable[..., Awaitable[Joined]]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read the msgids; Chinese has its own test."""
    monkeypatch.setenv("KAODIAN_LANG", "en")


@pytest.fixture
async def join(tmp_path: Path) -> AsyncIterator[Join]:
    """`await join(minutes, prepare=None, size=(80, 24), pin=PIN)`: the console of a room that many minutes after T."""
    async with AsyncExitStack() as stack:

        async def joined(
            minutes: float, prepare: Prepare | None = None, size: tuple[int, int] = (80, 24), pin: str = PIN
        ) -> Joined:
            room = SimulatedRoom(tmp_path, int(minutes * limits.MINUTE))
            if prepare is not None:
                prepare(room)
            await room.start()
            stack.push_async_callback(room.stop)
            app = ConsoleApp(read_target(room.site_file(), "01"), "监考甲", pin)
            pilot = await stack.enter_async_context(app.run_test(size=size))
            made = Joined(room, app, pilot)
            if pin == PIN:
                await until(pilot, lambda: bool(app.desk.state.boards) and made.has_room_screen())
            return made

        yield joined
