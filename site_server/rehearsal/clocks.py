"""Clock chaos: the system clocks of site, rooms and candidate PCs are set wrong again and again during the day.

Each program sees its own wall clock through libfaketime and a file that says how far it is off; the boot-time clock
is left alone, as it is on a real machine whose date is changed. The platform's clock stays true: it is the root of
time. Does not judge; `site_server.rehearsal.punctual` does.
"""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from shared import limits
from shared.errors import Refused
from shared.io.clock import boot_now
from shared.io.text import translator

_ = translator("site_server")
HOUR = 60 * limits.MINUTE
JUMPS = tuple(sign * length for length in (HOUR, 24 * HOUR, 365 * 24 * HOUR) for sign in (1, -1))
"""How far the clocks are set off the truth, ms; each machine gets each of them once."""
PCS = "candidates"
"""All candidate PCs share one clock: they run in one farm."""


def library() -> Path:
    """libfaketime, as Debian's package `faketime` installs it; raises `Refused` (`no_faketime`)."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise Refused("libfaketimeMT.so.1 is not under /usr/lib", "no_faketime")
    return found[0]


class Clocks:
    """The wall clocks of one rehearsal. `done` holds every jump: machine, `ms` moved, boot-time `at`."""

    def __init__(self, folder: Path, rooms: list[str], seed: int, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._library = library()
        self._say = say
        self._random = random.Random(f"clocks {seed}")  # noqa: S311  # repeatable jumps, no secret
        self._off = dict.fromkeys(["site", *(f"room-{room}" for room in rooms), PCS], 0)
        self.done: list[dict[str, object]] = []
        folder.mkdir(parents=True, exist_ok=True)
        for machine in self._off:
            self._set(machine, 0)

    def environment(self, program: str) -> dict[str, str]:
        """What makes a program see its machine's clock; nothing for a machine whose clock stays true."""
        if program not in self._off:
            return {}
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._path(program)),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    async def run(self, length: int) -> None:
        """Sets clocks wrong for `length` ms, each machine's in an order of its own; they stay wrong afterwards."""
        orders = [self._random.sample([(one, off) for off in JUMPS], len(JUMPS)) for one in self._off]
        plan = [jump for turn in zip(*orders, strict=True) for jump in self._random.sample(turn, len(turn))]
        begin = boot_now()
        for number, (machine, off) in enumerate(plan):
            await asyncio.sleep(max(0, begin + length * number // len(plan) - boot_now()) / 1000)
            self._set(machine, off)

    def moved(self, machine: str) -> int:
        """How often a machine's clock was moved."""
        return sum(one["machine"] == machine for one in self.done)

    def _path(self, machine: str) -> Path:
        return self._folder / f"{machine}.clock"

    def _set(self, machine: str, off: int) -> None:
        """Puts the whole file in place at once: a program may read it at any instant."""
        part = self._path(machine).with_suffix(".part")
        part.write_text(f"{off // limits.SECOND:+d}\n")
        part.replace(self._path(machine))
        moved, self._off[machine] = off - self._off[machine], off
        if moved:
            self.done.append({"machine": machine, "ms": moved, "at": boot_now()})
            text = _("clock chaos: the clock of {machine} is set off by {hours:+d} h")
            self._say(text.format(machine=machine, hours=off // HOUR))
