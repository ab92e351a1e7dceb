"""One simulated machine: its clocks, its process, and what a crash or a power cut makes of them.

Everything a machine does runs in tasks that carry its clocks (`shared.io.clock.SOURCE`); killing it ends them all at
the same instant. Does not know what program runs: `programs` does.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, NoReturn

from shared.io.clock import SOURCE
from tests.sim.loop import SimLoop

BEGAN = 1_800_000_000_000
"""True time when the simulation begins, ms UTC."""
HOST: ContextVar["Host"] = ContextVar("host")


def factory(loop: asyncio.AbstractEventLoop, work: Any, context: Context | None = None) -> "asyncio.Task[Any]":
    """Makes tasks and lets their machine know them."""
    task = asyncio.Task(work, loop=loop, context=context)
    host = context.get(HOST) if context is not None else HOST.get(None)
    if host is not None:
        host.tasks.append(task)
    return task


class Nobody:
    """The clocks of what runs at no machine: it has none, so whoever reads them is told."""

    def boot(self) -> NoReturn:
        """Fails."""
        raise AssertionError("a clock is read outside of every machine")

    def system(self) -> NoReturn:
        """Fails."""
        self.boot()

    def boot_id(self) -> NoReturn:
        """Fails."""
        self.boot()


class Host:
    """A machine; `away` is its wall clock minus the truth, ms, `drift` its boot clock's in parts per million."""

    def __init__(self, loop: SimLoop, name: str, away: int, drift: int) -> None:
        self.name = name
        self.away = away
        self.tasks: list[asyncio.Task[Any]] = []
        self.up = False
        self._loop = loop
        self._drift = 1 + drift / 1e6
        self._boots = 0
        self._booted = 0.0
        self.context = copy_context()
        """What runs here runs in a copy of it."""
        self.context.run(HOST.set, self)
        self.context.run(SOURCE.set, self)
        self.power_on()

    def __repr__(self) -> str:
        return self.name

    def power_on(self) -> None:
        """A new boot: its own clock begins again."""
        self._boots += 1
        self._booted = self._loop.now

    def boot(self) -> int:
        """Milliseconds since boot."""
        return 1000 + int((self._loop.now - self._booted) * 1000 * self._drift)

    def system(self) -> int:
        """What the wall clock shows, ms UTC."""
        return BEGAN + int(self._loop.now * 1000) + self.away

    def boot_id(self) -> str:
        """Which boot this is."""
        return f"{self.name}-{self._boots}"

    def spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Starts a task of this machine."""
        return self._loop.create_task(work, context=self.context.copy())

    def kill(self) -> None:
        """Ends everything that runs here: nothing of it is continued."""
        tasks, self.tasks = self.tasks, []
        self.up = False
        for task in tasks:
            task.cancel()
