"""Keeps the room's trusted time: from the site by beacons, after a reboot without it from the room's PCs, and where no
machine knows the time from two people.

The anchor is kept as a store fact with the boot it belongs to, so a service restarted while the site is down goes on.
What happens to the time stands in every sitting that is not ended and is told to the consoles. The system clock is
only watched. Candidates' beacons are answered by their connections.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn

from proctor_console.room.wallclock import Agreed, WallClock, Word
from shared import codec, limits
from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.errors import Refused
from shared.io import clock
from shared.io.neighbours import Neighbours
from shared.io.store import Batch, Store
from shared.refusal import Refusal
from shared.roles import DEFAULT, Action, Role
from shared.sitting import Status

if TYPE_CHECKING:
    from proctor_console.room.hall import Hall

log = logging.getLogger(__name__)
FACT = "anchor"
_QUICK = 250
"""Between the first beacons of a connection, ms."""
_LOOK = 250
"""Between two looks at answers of neighbours and at the system clock, ms."""


def kept_anchor(store: Store) -> clock.Anchor | None:
    """The anchor kept in the store, of whatever boot."""
    kept = store.fact(FACT)
    return codec.decode(clock.Anchor, kept, limits.RECORD_BYTES) if kept else None


async def beacons(send: Callable[[m.Message], Awaitable[None]]) -> NoReturn:
    """Asks the site for the time for as long as the link lives: a few quick exchanges, then one every period."""
    sent = 0
    while True:
        await send(m.Beacon(clock.boot_now()))
        sent += 1
        await asyncio.sleep((_QUICK if sent < limits.TIME_SAMPLES else limits.BEAT_EVERY) / 1000)


class Timekeeper:
    """The room's time. `neighbours` are the connected PCs, asked only as long as the room has none."""

    def __init__(self, hall: "Hall", store: Store) -> None:
        self.neighbours = Neighbours()
        self._hall = hall
        self._store = store
        self._kept = kept_anchor(store)
        self._wall = WallClock()
        self._notes: list[r.TimeNote] = []
        self._doubted = False
        self._first = Role.STRANGER
        """Role of who confirmed first."""

    @property
    def proven(self) -> int:
        """An instant that has surely passed: the newest in the room's own records, or when it last took the time."""
        known = self._kept.offset + self._kept.taken if self._kept is not None else 0
        return max([known, *(desk.register.newest for desk in self._hall.desks.values())])

    def state(self) -> m.TimeState:
        """What consoles are told of the room's time."""
        word = self._wall.waiting(clock.boot_now())
        said = (word.by, word.at(clock.boot_now())) if word is not None else ("", 0)
        return m.TimeState(self._hall.clock.known, clock.system_now(), *said)

    def ask(self, who: str) -> m.Beacon | None:
        """The question to put to a neighbour now, if there is one."""
        return None if self._hall.clock.known else self.neighbours.ask(who)

    def from_site(self, reply: m.BeaconReply) -> None:
        """The site told the time: it takes the place of any other."""
        trusted = self._hall.clock
        before = trusted.anchor
        opened = [desk.state.opened_at or 0 for desk in self._hall.desks.values() if not desk.state.ended]
        trusted.floor = max([trusted.floor, *opened])
        moved = trusted.take_beacon(reply, "site")
        if before is None:
            self._tell()
        elif moved or (trusted.anchor is not None and trusted.anchor.source != before.source):
            self._note(r.TimeTaken("site", 1, trusted.error(), moved or 0))
            if moved:
                self._hall.alarm("time_moved", value=moved)

    def confirm(self, actor: c.Actor, system: int) -> Refusal | None:
        """A person says that the wall clock is `system` now; why that does not count, or None."""
        if self._hall.clock.known:
            return Refusal("time_known")
        first = self._wall.waiting(clock.boot_now())
        pair = first is None or first.by == actor.name
        if not pair and not DEFAULT.pair_fits(Action.CONFIRM_TIME, self._first, actor.role):
            return Refusal("needs_head")
        found = self._wall.confirm(Word(actor.name, system, clock.boot_now()), self.proven)
        waiting = self._wall.waiting(clock.boot_now())
        if waiting is not None and waiting.by == actor.name:
            self._first = actor.role
        if isinstance(found, Agreed):
            log.warning("%s and %s confirm the wall clock", found.first, found.second)
            self._hall.clock.adopt(clock.wall_anchor(found.time))
            self._note(r.TimeConfirmed(found.first, found.second, found.time))
            self._hall.alarm("time_confirmed")
        self._tell()
        return found if isinstance(found, Refusal) else None

    async def run(self) -> NoReturn:
        """Works for ever."""
        watch = clock.JumpWatch()
        while True:
            jumped = watch.look()
            if jumped:
                self._hall.alarm("clock_jumped", value=jumped)
                self._note(r.ClockJumped(jumped))
            if not self._hall.clock.known:
                self._hear_neighbours()
            if self._hall.clock.known:
                await self._remember()
                self._write()
            await asyncio.sleep(_LOOK / 1000)

    def _hear_neighbours(self) -> None:
        try:
            found = self.neighbours.agreed(clock.PCS, self._expected(), self.proven)
        except Refused as error:
            if not self._doubted:
                log.warning("%s", error)
                self._hall.alarm(error.wire_code)
            self._doubted = True
            return
        if found is None:
            return
        anchor, count = found
        self._hall.clock.adopt(anchor)
        self._note(r.TimeTaken(clock.PCS, count, anchor.error, 0))
        self._hall.alarm("time_from_neighbours", value=count)
        self._tell()

    def _expected(self) -> int:
        """How many PCs could answer: as many as candidates are in sittings that are not over."""
        sittings = [desk.state for desk in self._hall.desks.values() if not desk.state.ended]
        return sum(len(one.candidates) - one.count(Status.ABSENT) for one in sittings) or limits.NEIGHBOURS

    def _tell(self) -> None:
        self._hall.presence.tell_consoles(self.state())
        self._hall.presence.changed()

    def _note(self, record: r.TimeNote) -> None:
        self._notes.append(record)

    def _write(self) -> None:
        """Puts what happened into every sitting that is not ended."""
        notes, self._notes = self._notes, []
        for desk in self._hall.desks.values():
            for note in notes if not desk.state.ended else ():
                desk.put(c.NoteTime(note))

    async def _remember(self) -> None:
        anchor = self._hall.clock.anchor
        if anchor is not None and anchor != self._kept:
            self._kept = anchor
            await self._store.commit(Batch(facts={FACT: codec.encode(anchor)}))
