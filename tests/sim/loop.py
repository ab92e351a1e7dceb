"""An event loop on virtual time: nothing waits, time jumps to the next timer. It knows neither sockets nor threads.

Callbacks of one instant run in the order in which asyncio promises to run them; how machines interleave is decided by
the delays that the simulation draws for links and disks. A function for a thread runs at once.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


class Stuck(AssertionError):
    """Nothing will ever happen again, and somebody still waits."""


class SimLoop(asyncio.BaseEventLoop):
    """`now` is virtual time in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.broken: BaseException | None = None
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0
        self.set_exception_handler(self._unhandled)

    def time(self) -> float:
        """Virtual seconds since the loop began."""
        return self.now

    def call_at(  # type: ignore[override]  # the same, told to the checker without type variables
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio's; timers of one instant run in the order of their making."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, timer))
        return timer

    def _run_once(self) -> None:
        """One round: what is ready, or else what is due next. Time passes here, and only here."""
        timers, ready = self._timers, self._ready
        if not ready:
            while timers and timers[0][2].cancelled():
                heapq.heappop(timers)
            if not timers:
                raise Stuck("nothing will ever happen again")
            self.now = max(self.now, timers[0][0])
        while timers and timers[0][0] <= self.now:
            ready.append(heapq.heappop(timers)[2])
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()

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

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Asked by asyncio; a cancelled timer is dropped when it is due."""

    def _write_to_self(self) -> NoReturn:
        raise AssertionError("another thread meddles with the simulation")
