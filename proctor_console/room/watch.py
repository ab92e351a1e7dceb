"""The room's eye on itself: that it serves, how its disk is, whether the site and the seats are heard from.

While a sitting is armed and not ended, a durable fact says every `limits.SERVED_EVERY` that the room served then, so a
restarted room knows since when it was away. What is wrong becomes an alarm, once until it is right again. Decides
nothing about the exam and ends no connection.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from shared import codec, limits
from shared.io.clock import boot_now
from shared.io.files import free
from shared.io.store import Batch, Store
from shared.io.tasks import Tasks
from shared.sitting import Status

if TYPE_CHECKING:
    from proctor_console.room.hall import Hall

FACT = "served"
LOOK = 500
"""Between two looks at the links, ms."""


def last_served(store: Store) -> int:
    """The last instant of which the store knows that the room served, ms UTC; 0 if it never did."""
    kept = store.fact(FACT)
    return codec.decode(int, kept, limits.RECORD_BYTES) if kept else 0


class Watch:
    """One room's. `look` is called twice a second, `note` every `limits.SERVED_EVERY`; `free` asks for disk space."""

    def __init__(self, hall: "Hall", free: Callable[[Path], int] = free) -> None:
        self._hall = hall
        self._free = free
        self._began = boot_now()
        self._asked: int | None = None
        """Since when the disk has not answered, boot-time."""
        self._silent: set[tuple[str, str]] = set()
        self._site_missed = False
        """Said since the site was heard last."""
        self._low = False

    async def run(self) -> NoReturn:
        """Works for ever; raises `Unavailable` when the disk refuses the note."""
        noted, tasks = boot_now(), Tasks()
        noting = tasks.spawn("note", self.note())
        try:
            while True:
                now = boot_now()
                self.look(now)
                if noting.done():
                    noting.result()
                    if now - noted >= limits.SERVED_EVERY:
                        noted, noting = now, tasks.spawn("note", self.note())
                await asyncio.sleep(LOOK / 1000)
        finally:
            await tasks.close()

    def look(self, now: int) -> None:
        """Compares when the disk, the site and each seat last answered with boot-time `now`."""
        hall = self._hall
        if self._asked is not None and now - self._asked > limits.DISK_HANGS:
            hall.alarm("disk_hangs")
        if hall.site_online and now - hall.site_heard > limits.PEER_SILENT:
            hall.site_online = False
            hall.presence.changed()
        self._miss_site(now)
        silent = self._unheard(now)
        for session, ticket in sorted(silent - self._silent):
            hall.alarm("seat_silent", ticket, hall.desks[session].state.candidates[ticket].seat)
        if silent != self._silent:
            self._silent = silent
            hall.presence.silent = frozenset(silent)
            hall.presence.changed()

    def _miss_site(self, now: int) -> None:
        """Says that the site is away; one not heard from since the room started gets as long as at any other time."""
        hall = self._hall
        early = not hall.site_heard and now - self._began <= limits.PEER_SILENT
        missed = not hall.site_online and not early
        if missed and not self._site_missed:
            hall.alarm("site_away")
        self._site_missed = missed

    def _unheard(self, now: int) -> set[tuple[str, str]]:
        """Candidates who are logged in and whose PC gave no sign of life; after a restart PCs get a while to return."""
        since = self._began + limits.LOST_WAIT - limits.PEER_SILENT
        signs = self._hall.presence.signs
        return {
            (session, ticket)
            for session, desk in self._hall.desks.items()
            if not desk.state.ended
            for ticket, one in desk.state.candidates.items()
            if one.status is Status.LOGGED_IN
            and one.seat
            and now - signs.get((session, ticket), since) > limits.PEER_SILENT
        }

    async def note(self) -> None:
        """Looks at the disk, and notes durably that the room serves; raises `Unavailable`."""
        hall = self._hall
        hall.disk_left = self._free(hall.machine.folder)
        low = 0 <= hall.disk_left < limits.DISK_LOW
        if low and not self._low:
            hall.alarm("disk_low", value=hall.disk_left // limits.MIB)
        if low is not self._low:
            hall.presence.changed()
        self._low = low
        at = [desk for desk in hall.desks.values() if desk.state.armed and not desk.state.ended]
        if at and hall.clock.known:
            self._asked = boot_now()
            await hall.store.commit(Batch(facts={FACT: codec.encode(hall.clock.now())}))
            self._asked = None
