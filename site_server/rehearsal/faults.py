"""The faults of one day: which, where and when, drawn from the seed. Makes none: `site_server.rehearsal.striker` does.

Each room's day is cut into parts, and a part of a room holds one fault of that room at most: so it can be told which
fault kept a seat from its work, and the promise is about any *one* machine at a time.
"""

import random
from dataclasses import dataclass, field
from typing import Final

from shared import limits
from site_server.rehearsal.options import Options
from site_server.rehearsal.pcs import Script

EARLIEST, LATEST, PARTS = 0.10, 0.78, 4
"""Faults happen in this stretch of the exam, cut into so many parts."""
PART: Final = (LATEST - EARLIEST) / PARTS
CUTS: Final = ("unplugged", "flapping", "mute", "no_site")
LAST_TYPED: Final = 0.86
"""Candidates still type here, so a LAN cut from here on past the end makes answers late."""
TOO_LATE: Final = 2 * limits.SECOND
LONGEST: Final = 20 * limits.SECOND
"""A LAN is cut, and a disk full, for so long at most."""


@dataclass(frozen=True)
class Fault:
    """One fault, `at` ms after T and for `lasts` ms. `room` is empty where it concerns all. The candidate of `script`
    goes on at seat `spare`, or at the same PC when that is 0.
    """

    kind: str
    at: int
    lasts: int = 0
    room: str = ""
    script: Script | None = None
    spare: int = 0


@dataclass
class Plan:
    """Draws one day's faults; `length` is the exam's, ms."""

    options: Options
    rooms: list[str]
    scripts: list[Script]
    length: int
    grace: int
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(f"faults {self.options.seed}")  # noqa: S311  # repeatable faults, no secret
        self._free = {room: set(range(PARTS)) for room in self.rooms}

    @classmethod
    def draw(cls, options: Options, rooms: list[str], scripts: list[Script], length: int, grace: int) -> list[Fault]:
        """All faults that `options` ask for, in the order of their instants."""
        plan = cls(options, rooms, scripts, length, grace)
        wanted = options.faults
        if "room" in wanted:
            plan._destroy_room()
        if "site" in wanted:
            plan._add("site_destroyed", 1)
        if "kill" in wanted:
            plan._add("site_killed", 0)
            if not options.offline:
                plan._add("platform_killed", 2)
            plan._in_a_room("room_killed")
        if "disk" in wanted:
            plan._in_a_room("disk_full")
        plan._crash()
        if "lan" in wanted:
            plan._cut()
        return sorted(plan.faults, key=lambda fault: fault.at)

    def _destroy_room(self) -> None:
        """In the third part: the site, if it was destroyed before, is whole again; the fourth is for the spare."""
        room = self._random.choice(self.rooms)
        self._add("room_destroyed", 2, room)
        self._free[room] -= {2, 3}

    def _cut(self) -> None:
        """Every room's LAN once, four times at least, each way in turn; one of them across the end."""
        destroyed = {fault.room for fault in self.faults if fault.kind == "room_destroyed"}
        last = self._random.choice([room for room in self.rooms if room not in destroyed] or self.rooms)
        rooms = self._random.sample(self.rooms, len(self.rooms))
        for number in range(max(len(CUTS), len(rooms))):
            self._in_a_room(CUTS[number % len(CUTS)], rooms[number % len(rooms)])
        begin = int(self.length * LAST_TYPED)
        self.faults.append(Fault("across_end", begin, self.length - begin + self.grace + TOO_LATE, last))

    def _in_a_room(self, kind: str, room: str = "") -> None:
        """One fault in a free part of `room`, or of one that had the fewest so far; none when no part is left."""
        most = max(len(parts) for parts in self._free.values())
        room = room or self._random.choice([one for one, parts in self._free.items() if len(parts) == most])
        if self._free[room]:
            part = self._random.choice(sorted(self._free[room]))
            self._free[room].discard(part)
            self._add(kind, part, room)

    def _add(self, kind: str, part: int, room: str = "") -> None:
        """A fault in the first third of its part, half a part long at most; the rest is for getting over it."""
        lasts = min(LONGEST, int(self.length * PART * self._random.uniform(0.3, 0.5)))
        self.faults.append(Fault(kind, self._instant(part), lasts, room))

    def _crash(self) -> None:
        """PCs lose power, those of a room in one part of it; every other candidate moves to a spare PC of the room."""
        stay = [script for script in self.scripts if script.hand_in != "early" and self._free[script.room]]
        used: dict[str, int] = {}
        parts: dict[str, int] = {}
        for number, script in enumerate(self._random.sample(stay, min(self.options.crashes, len(stay)))):
            spare = 0
            if number % 2 and used.get(script.room, 0) < self.options.spares:
                used[script.room] = used.get(script.room, 0) + 1
                spare = self.options.seats + used[script.room]
            part = parts.setdefault(script.room, self._random.choice(sorted(self._free[script.room] or {0})))
            self._free[script.room].discard(part)
            self.faults.append(Fault("pc_killed", self._instant(part), 0, script.room, script, spare))

    def _instant(self, part: int) -> int:
        return int(self.length * (EARLIEST + PART * (part + self._random.uniform(0, 1 / 3))))
