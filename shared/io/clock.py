"""Trusted time on one machine: an anchor from upstream plus the boot-time clock since.

The only module that reads clocks. The system clock is never believed: `system_now` exists to be compared and
shown. Exchanges are the four-timestamp kind; their transport and signatures are the business of `shared.io.link`
and `site_server`.
"""

import asyncio
import time
from collections import deque
from contextvars import ContextVar
from pathlib import Path
from typing import Protocol

import msgspec

from shared import limits
from shared.errors import Unavailable
from shared.messages import BeaconReply

DRIFT_PER_MILLION = 100
"""Assumed worst drift of a PC's clock between exchanges, parts per million."""
SAMPLES = 8
PEOPLE, PCS, ROOMS = "people", "pcs", "rooms"
"""Sources of a machine whose upstream is away; any other source is upstream."""
_LESSER = {PEOPLE: 2, PCS: 1, ROOMS: 1}


class Source(Protocol):
    """The clocks of one machine."""

    def boot(self) -> int:
        """Milliseconds since boot, suspended time included where the system can tell."""
        ...

    def system(self) -> int:
        """The system's wall clock, ms UTC."""
        ...

    def boot_id(self) -> str:
        """Changes with every boot; empty where the system has none."""
        ...


class ThisMachine:
    """The clocks of the machine that this process runs on."""

    _boot_clock = getattr(time, "CLOCK_BOOTTIME", None)

    def boot(self) -> int:
        """Milliseconds since boot."""
        at = self._boot_clock
        return time.clock_gettime_ns(at) // 1_000_000 if at is not None else time.monotonic_ns() // 1_000_000

    def system(self) -> int:
        """The wall clock, ms UTC."""
        return time.time_ns() // 1_000_000

    def boot_id(self) -> str:
        """As Linux tells it."""
        path = Path("/proc/sys/kernel/random/boot_id")
        return path.read_text().strip() if path.exists() else ""


SOURCE: ContextVar[Source] = ContextVar("clocks", default=ThisMachine())  # noqa: B039  # it holds nothing
"""Whose clocks are read. A task hands them on to what it starts, so that one process can play several machines."""


def boot_now() -> int:
    """Milliseconds since boot, suspended time included where the system can tell."""
    return SOURCE.get().boot()


def system_now() -> int:
    """The system's wall clock, ms UTC: for comparison and display only."""
    return SOURCE.get().system()


def boot_id() -> str:
    """Changes with every boot; empty where the system has none."""
    return SOURCE.get().boot_id()


class Anchor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Trusted time = `offset` + boot-time clock, within `error` ms when taken (at boot-time `taken`) on boot `boot`."""

    offset: int
    error: int
    taken: int
    boot: str
    source: str

    def error_at(self, boot: int) -> int:
        """The error bound grown by drift since the anchor was taken."""
        return self.error + max(0, boot - self.taken) * DRIFT_PER_MILLION // 1_000_000


def _rank(anchor: Anchor) -> int:
    """Orders anchors by their error: all errors grow alike, so whichever is best now stays best."""
    return anchor.error * 1_000_000 - anchor.taken * DRIFT_PER_MILLION


class TrustedClock:
    """Trusted time of this process. Without an anchor every reading is refused.

    `floor` is an instant behind which the clock never goes back: it stands there until its anchor has passed it.
    """

    def __init__(self, anchor: Anchor | None = None) -> None:
        self.floor = 0
        self._boot = boot_id()
        self._samples: deque[Anchor] = deque(maxlen=SAMPLES)
        self._best: Anchor | None = None
        if anchor is not None and anchor.boot == self._boot:
            self._samples.append(anchor)
            self._best = anchor
        self._changed = asyncio.Event()

    @property
    def anchor(self) -> Anchor | None:
        """The best anchor now: the one with the smallest error grown by drift."""
        return self._best

    @property
    def known(self) -> bool:
        """Whether trusted time exists."""
        return bool(self._samples)

    def now_if_known(self) -> int | None:
        """Trusted time, ms UTC; None before the first exchange."""
        return self.now() if self.known else None

    def now(self) -> int:
        """Trusted time, ms UTC; raises `Unavailable` before the first exchange."""
        anchor = self._best
        if anchor is None:
            raise Unavailable("no trusted time yet", "no_time")
        return max(self.floor, anchor.offset + boot_now())

    def error(self) -> int:
        """Bound of the error of `now`, ms."""
        anchor = self.anchor
        if anchor is None:
            raise Unavailable("no trusted time yet", "no_time")
        return anchor.error_at(boot_now())

    def adopt(self, anchor: Anchor) -> int | None:
        """Takes an anchor of this boot, unless its source is a lesser one than that of the time held.

        One of a better source, or one that contradicts what is held, takes the place of all before. Returns by how
        much trusted time moved beyond what both bounds allow, ms (0: it fits, or is the first); None: not taken.
        """
        at, held = boot_now(), self.anchor
        if held is None:
            moved = 0
        elif _LESSER.get(anchor.source, 0) > _LESSER.get(held.source, 0):
            return None
        else:
            fits = abs(anchor.offset - held.offset) <= anchor.error_at(at) + held.error_at(at)
            moved = 0 if fits else anchor.offset - held.offset
            if not fits or _LESSER.get(anchor.source, 0) < _LESSER.get(held.source, 0):
                self._samples.clear()
        self._samples.append(anchor)
        self._best = min(self._samples, key=_rank)
        self._changed.set()
        return moved

    def answer(self, sent: int, received: int) -> BeaconReply:
        """Reply to a beacon that came in at trusted time `received`."""
        return BeaconReply(sent, received, self.now(), self.error())

    def take_beacon(self, reply: BeaconReply, source: str) -> int | None:
        """Adopts what a beacon reply tells, as `adopt` says; too slow an exchange is ignored (0)."""
        anchor = exchange(reply.sent, reply.received, reply.replied, boot_now(), reply.error, source)
        return self.adopt(anchor) if anchor is not None else 0

    async def wait_known(self) -> None:
        """Returns once trusted time exists."""
        while not self.known:
            self._changed.clear()
            await self._changed.wait()

    async def sleep_until(self, instant: int) -> None:
        """Returns at trusted time `instant` (ms), at once if it has passed."""
        while (left := instant - self.now()) > 0:  # noqa: ASYNC110  # time passes; nobody could set an event
            await asyncio.sleep(min(left, limits.SECOND) / 1000)


class JumpWatch:
    """An eye on the system clock: held against the boot-time clock, so that it is watched without trusted time."""

    def __init__(self) -> None:
        self._away = system_now() - boot_now()

    def look(self) -> int:
        """By how much the system clock was moved since it last counted as moved, ms; 0 below `limits.CLOCK_JUMP`."""
        away = system_now() - boot_now()
        moved = away - self._away
        if abs(moved) <= limits.CLOCK_JUMP:
            return 0
        self._away = away
        return moved


def wall_anchor(instant: int) -> Anchor:
    """The anchor of a wall clock that two people confirmed to show `instant` (ms UTC) now."""
    at = boot_now()
    return Anchor(instant - at, limits.CONFIRM_APART, at, boot_id(), PEOPLE)


def exchange(sent: int, received: int, replied: int, back: int, error: int, source: str) -> Anchor | None:
    """The anchor of one exchange: `sent` and `back` on our boot-time clock, the others the answerer's trusted time.

    None where the answer took longer than `limits.TIME_ROUND_TRIP_MAX` or contradicts itself.
    """
    round_trip = (back - sent) - (replied - received)
    if not 0 <= back - sent <= limits.TIME_ROUND_TRIP_MAX or replied < received or round_trip < -1:
        return None
    offset = ((received - sent) + (replied - back)) // 2
    return Anchor(offset, max(0, round_trip) // 2 + 1 + error, back, boot_id(), source)
