"""What of an interval the machine gave this process no time: the product is not to blame for that part."""

import threading
import time
from typing import NamedTuple

from shared.io.clock import boot_now

EVERY = 10
"""Milliseconds between two beats."""
LATE = 50
"""Milliseconds: a beat that is not as late as this is on time, so that many small delays excuse nothing."""


class _Beat(NamedTuple):
    """An instant (ms since boot) and what this process had computed by then, ms."""

    at: int
    computed: int


class _Gap(NamedTuple):
    """Between two beats, ms since boot; `own` ms of it are the thread's own pause or were computed."""

    begun: int
    ended: int
    own: int


class Pulse:
    """A thread that beats while the block runs. Where it does not, and the process computes nothing either, the process
    was not let run: whoever waits for a line or a disk lets it beat, and whoever computes is seen to.
    """

    def __init__(self) -> None:
        self._last = _beat()
        self._gaps: list[_Gap] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def starved(self, begun: int, ended: int) -> int:
        """Milliseconds between two instants (ms since boot) in which the process was not let run; rather too few."""
        with self._lock:
            # The last gap is still open: whoever asks may be let run before the thread is.
            gaps = [*self._gaps, *_gap(self._last, _beat())]
        return sum(max(0, min(ended, one.ended) - max(begun, one.begun) - one.own) for one in gaps)

    def _run(self) -> None:
        while not self._over.wait(EVERY / 1000):
            with self._lock:
                last, self._last = self._last, _beat()
                self._gaps += _gap(last, self._last)


def _beat() -> _Beat:
    return _Beat(boot_now(), time.process_time_ns() // 1_000_000)


def _gap(one: _Beat, next_: _Beat) -> list[_Gap]:
    """The gap between two beats, if the second is late."""
    own = EVERY + next_.computed - one.computed
    return [_Gap(one.at, next_.at, own)] if next_.at - one.at - own >= LATE else []
