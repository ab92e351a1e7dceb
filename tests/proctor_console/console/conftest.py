"""A console joined to a simulated room, at any moment of the exam day."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from proctor_console.console.app import ConsoleApp
from proctor_console.console.target import read_target
from shared import limits
from tests.support.console_desk import Joined, until
from tests.support.console_room import PIN, SimulatedRoom

Prepare = Callable[[SimulatedRoom], None]
Join = Callable[..., AbstractAsyncContextManager[Joined]]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read the msgids; Chinese has its own test."""
    monkeypatch.setenv("KAODIAN_LANG", "en")


@pytest.fixture
def join(tmp_path: Path) -> Join:
    """`async with join(minutes, prepare=None, size=(80, 24), pin=PIN, name=…) as desk`: the console, so many minutes
    after T.

    A context manager and not a value, because Textual wants to be entered and left in the same task.
    """

    @asynccontextmanager
    async def joined(
        minutes: float,
        prepare: Prepare | None = None,
        size: tuple[int, int] = (80, 24),
        pin: str = PIN,
        name: str = "监考甲",
    ) -> AsyncIterator[Joined]:
        room = SimulatedRoom(tmp_path, int(minutes * limits.MINUTE))
        if prepare is not None:
            prepare(room)
        await room.start()
        app = ConsoleApp(read_target(room.console()), name, pin)
        try:
            async with app.run_test(size=size) as pilot:
                made = Joined(room, app, pilot)
                if pin == PIN:
                    await until(pilot, lambda: bool(app.desk.state.boards) and made.has_room_screen())
                yield made
        finally:
            await room.stop()

    return joined
