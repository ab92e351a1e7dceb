"""An event loop on virtual time: nothing waits, time jumps to the next timer. It knows neither sockets nor threads.

Callbacks of one instant run in the order in which asyncio promises to run them; how machines interleave is decided by
the delays that the simulation draws for links and disks. A function for a thread runs at once. Most of a simulated
exam's cost would be the loop's own: it therefore keeps plain lists where asyncio keeps handles.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from heapq import heappop, heappush
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


class Stuck(AssertionError):
    """Nothing will ever happen again, and somebody still waits."""


class Call(list[Any]):
    """A callback that will run: when, its number, the callback, its arguments and its context.

    Stands for asyncio's `TimerHandle`. As a list it is made, and held against another, without running any Python.
    """

    __slots__ = ()

    def cancel(self) -> None:
        """It will not run."""
        self[2] = None

    def cancelled(self) -> bool:
        """Whether it will not run."""
        return self[2] is None

    def when(self) -> float:
        """Virtual seconds at which it is due."""
        at: float = self[0]
        return at


class SimLoop(asyncio.BaseEventLoop):
    """`now` is virtual time in seconds."""

    _stopping: bool

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.broken: BaseException | None = None
        self._soon: deque[Call] = deque()
        self._timers: list[Call] = []
        self._count = 0
        self.set_exception_handler(self._unhandled)

    def time(self) -> float:
        """Virtual seconds since the loop began."""
        return self.now

    def create_future(self) -> "asyncio.Future[Any]":
        """As asyncio's."""
        return asyncio.Future(loop=self)

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> Call:  # type: ignore[override]  # the same, told to the checker without type variables
        """As asyncio's."""
        call = Call((0.0, 0, callback, args, context or copy_context()))
        self._soon.append(call)
        return call

    def call_later(  # type: ignore[override]  # as above
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Call:
        """As asyncio's."""
        self._count += 1
        call = Call((self.now + delay, self._count, callback, args, context or copy_context()))
        heappush(self._timers, call)
        return call

    def call_at(  # type: ignore[override]  # as above
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Call:
        """As asyncio's; timers of one instant run in the order of their making."""
        self._count += 1
        call = Call((when, self._count, callback, args, context or copy_context()))
        heappush(self._timers, call)
        return call

    def _run_once(self) -> None:
        """Rounds until the loop is stopped: what is ready, and then what is due next. Time passes only here."""
        soon, timers = self._soon, self._timers
        while not self._stopping:
            while soon:
                _, _, callback, args, context = soon.popleft()
                if callback is not None:
                    try:
                        context.run(callback, *args)
                    except Exception as error:  # noqa: BLE001  # asyncio's handles do the same
                        self.call_exception_handler({"message": "a callback failed", "exception": error})
            if self._stopping:
                return
            while timers and timers[0][2] is None:
                heappop(timers)
            if not timers:
                raise Stuck("nothing will ever happen again")
            now = self.now = max(self.now, timers[0][0])
            while timers and timers[0][0] <= now:
                soon.append(heappop(timers))

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

    def _write_to_self(self) -> NoReturn:
        raise AssertionError("another thread meddles with the simulation")
