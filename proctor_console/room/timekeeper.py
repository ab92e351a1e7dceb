"""Keeps the room's trusted time: beacons to the site, the anchor kept over restarts, and an eye on the system clock.

The anchor is kept as a store fact with the boot it belongs to, so a service restarted while the site is down goes on.
Candidates' beacons are answered by their connections. Reads clocks only through `shared.io.clock`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

from proctor_console.room.hall import Hall
from shared import codec, limits
from shared import messages as m
from shared.io import clock
from shared.io.store import Batch, Store

FACT = "anchor"
_QUICK = 250
"""Between the first beacons of a connection, ms."""


def kept_clock(store: Store) -> clock.TrustedClock:
    """The trusted clock with the anchor kept in the store, if it is of this boot."""
    kept = store.fact(FACT)
    return clock.TrustedClock(codec.decode(clock.Anchor, kept, limits.RECORD_BYTES) if kept else None)


async def beacons(send: Callable[[m.Message], Awaitable[None]]) -> NoReturn:
    """Asks the site for the time for as long as the link lives: a few quick exchanges, then one every period."""
    sent = 0
    while True:
        await send(m.Beacon(clock.boot_now()))
        sent += 1
        await asyncio.sleep((_QUICK if sent < limits.TIME_SAMPLES else limits.BEACON_EVERY) / 1000)


class Timekeeper:
    """Remembers the best anchor and watches for jumps of the system clock."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._kept: clock.Anchor | None = hall.clock.anchor

    async def run(self) -> NoReturn:
        """Works for ever."""
        difference: int | None = None
        while True:
            await self._hall.clock.wait_known()
            await self._remember()
            now = clock.system_now() - self._hall.clock.now()
            if difference is not None and abs(now - difference) > limits.CLOCK_JUMP:
                self._hall.alarm("clock_jumped", value=now - difference)
            difference = now
            await asyncio.sleep(limits.SECOND / 1000)

    async def _remember(self) -> None:
        anchor = self._hall.clock.anchor
        if anchor is not None and anchor != self._kept:
            self._kept = anchor
            await self._hall.store.commit(Batch(facts={FACT: codec.encode(anchor)}))
