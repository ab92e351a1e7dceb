"""Kills: a number is a real service, the system call at which it dies while others save, and perhaps another death in
the recovery. One day of each service is kept running for all numbers of a process.
"""

import asyncio
import atexit
import random
import shutil
from functools import lru_cache
from typing import Protocol

from tests.faults.crash import memory_folder
from tests.faults.kills.pc import PcDay
from tests.faults.kills.room import RoomDay
from tests.faults.kills.site import SiteDay
from tests.faults.processes import Blow, Nursery

SERVICES = ("room", "pc", "room", "site", "pc")
WORKING = (("pwrite64", 60), ("fdatasync", 20), ("write,writev,sendto,sendmsg", 60), ("openat,rename,unlink", 4))
STARTING = (("openat", 60), ("pwrite64", 6), ("fdatasync,fsync", 3), ("ftruncate,unlink", 4), ("write,sendto", 8))
"""System calls, and at most which of them in a thread is the one."""
WITHIN = 4.0
"""Seconds after which a campaign no longer waits for a call that does not come: the service is killed anyhow."""


class Day(Protocol):
    """A service at work."""

    async def begin(self) -> None:
        """Until there is something to lose."""

    async def kill(self, blow: Blow, again: Blow | None, within: float) -> bool:
        """Kills, starts again and judges; raises AssertionError."""

    async def end(self) -> None:
        """Ends everything."""


class Kills:
    """The days of this process; `within` are the seconds after which a call that does not come is given up."""

    def __init__(self, within: float = WITHIN) -> None:
        self._within = within
        self._folder = memory_folder()
        self._runner = asyncio.Runner()
        self._nursery = Nursery()
        self._days: dict[str, Day] = {}

    def kill(self, service: str, blow: Blow, again: Blow | None) -> bool:
        """One kill; whether the chosen call came."""
        return self._runner.run(self._kill(service, blow, again))

    def close(self) -> None:
        """Ends everything."""
        for day in self._days.values():
            self._runner.run(day.end())
        self._runner.close()
        self._nursery.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _kill(self, service: str, blow: Blow, again: Blow | None) -> bool:
        day = self._days.get(service)
        if day is None:
            made: dict[str, type[RoomDay] | type[PcDay] | type[SiteDay]] = {
                "room": RoomDay, "pc": PcDay, "site": SiteDay,
            }  # fmt: skip
            folder = self._folder / service
            folder.mkdir()
            day = self._days[service] = made[service](folder, self._nursery)
            await day.begin()
        try:
            return await day.kill(blow, again, self._within)
        except BaseException:
            # What it was left in would only fail the numbers after it.
            del self._days[service]
            await day.end()
            shutil.rmtree(self._folder / service)
            raise


@lru_cache(maxsize=1)
def kills() -> Kills:
    """Those of this process, for as long as it lives."""
    made = Kills()
    atexit.register(made.close)
    return made


def run(number: int) -> int:
    """The kill that a number means, and perhaps a second one; how many."""
    drawn = random.Random(f"kill {number}")
    service = SERVICES[number % len(SERVICES)]
    calls, most = drawn.choice(WORKING)
    blow = Blow(calls, drawn.randint(1, most))
    again = None
    if drawn.random() < 0.5:
        calls, most = drawn.choice(STARTING)
        again = Blow(calls, drawn.randint(1, most))
    kills().kill(service, blow, again)
    return 1 if again is None else 2
