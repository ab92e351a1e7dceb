"""An event loop on virtual time: nothing waits, time jumps to the next timer. It knows neither sockets nor threads.

Callbacks of one instant run in the order in which asyncio promises to run them; how machines interleave is decided by
the delays that the simulation draws for links and disks. A function for a thread runs at once.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


class Stuck(AssertionError):
    """Nothing will ever happen again, and somebody still waits."""


class SimLoop(asyncio.BaseEventLoop):
    """`now` is virtual time in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._selector = self
        self._clock_resolution = 1e-9
        self.broken: BaseException | None = None
        self.set_exception_handler(self._unhandled)

    def time(self) -> float:
        """Virtual seconds since the loop began."""
        return self.now

    def select(self, timeout: float | None) -> list[object]:
        """What asyncio asks between two rounds: time passes here, and only here."""
        if timeout is None:
            raise Stuck("nothing will ever happen again")
        self.now += timeout
        return []

    def run_in_executor(self, executor: object, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]  # asyncio's own declaration is a coroutine's
        """Runs `func` now; its outcome is there at once."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  # as a thread would hand it on
            done.set_exception(error)
        return done

    def fail(self, error: BaseException) -> None:
        """Ends the simulation with the first such error, whoever may catch it on its way."""
        self.broken = self.broken or error
        self.stop()

    def play(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs to the end of `work`; raises what `fail` was told."""
        try:
            return self.run_until_complete(work)
        except RuntimeError:
            if self.broken is None:
                raise
            raise self.broken from None

    def _unhandled(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.fail(error if isinstance(error, BaseException) else AssertionError(context["message"]))

    def _process_events(self, event_list: object) -> None:
        pass

    def _write_to_self(self) -> NoReturn:
        raise AssertionError("another thread meddles with the simulation")
