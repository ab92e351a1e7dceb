"""Taking a room over on a spare machine: enrolled in place of the old one, filled from the site, ready to serve.

May be repeated until it is done: what is here already is not asked for again. The site has taken the old machine's
certificate back by then, and grants this one the next epoch of every sitting. Does not serve: `app.py` does, and opens
those epochs.
"""

import asyncio
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from proctor_console.room import enrol, machine, returning, sessions
from proctor_console.room.hall import Hall
from proctor_console.room.history import Source, Told
from proctor_console.room.machine import Machine
from shared import limits, trust
from shared import messages as m
from shared.errors import Refused, Unavailable
from shared.io import identity, link, tls
from shared.io.clock import TrustedClock, boot_now
from shared.io.store import Store
from shared.machines import Kind

M = TypeVar("M", bound=m.Message)


class Taken(msgspec.Struct, frozen=True):
    """A sitting that is here now: its records and those of its attempts, the newest epoch (0: none), and of how many
    candidates how many are finished.
    """

    session: str
    records: int
    epoch: int
    candidates: int
    done: int


async def enrol_instead(folder: Path, site_bytes: bytes, room: str, code: str) -> Machine:
    """This machine as the room's, in place of the one before; a machine that is it already stays it.

    Raises:
        Refused: the site turned code or room down, or the folder is another room's (`other_room`).
        Unavailable: the site does not answer.
        Untrusted: site file or certificate are not what they should be.
    """
    if (folder / identity.MARKER).is_file():
        held = machine.load(folder)
        if held.room != room:
            raise Refused(f"{folder} is the machine of room {held.room}", "other_room")
        if identity.load(folder, Kind.ROOM).site_file == trust.site_file(site_bytes):
            return held
    return await enrol.enrol(folder, site_bytes, room, code)


async def fill(
    found: Machine,
    told: Told = lambda _records: None,
    store: Store | None = None,
    dial: link.Dial = link.dial,
) -> list[Taken]:
    """Fetches what the site holds of this room's sittings; what is here then, by session.

    Raises:
        Unavailable: the site does not answer, or the disk refuses; it may be tried again.
        Untrusted: an offer or the copies do not verify; nothing of that sitting was kept.
    """
    store = store or Store(found.database)
    try:
        hall = Hall(found, store, TrustedClock())
        sessions.restore(hall)
        site = found.site_file
        context = tls.client_context(site.ca_certificate, found.folder)
        peer = await dial(
            link.Address(site.host, site.port, "site", "/link"), context, m.SiteToRoom, limits.OFFER_BYTES
        )
        try:
            await _Filling(hall, peer, told).run()
        finally:
            await peer.close()
        return [_taken(hall, session) for session in sorted(hall.desks)]
    finally:
        store.close()


class _Filling:
    """One link to the site, used to fill this room."""

    def __init__(self, hall: Hall, peer: link.Peer[Any], told: Told) -> None:
        self._hall = hall
        self._peer = peer
        self._told = told
        self._asked = 0

    async def run(self) -> None:
        """Takes in whatever the site offers."""
        hall, peer = self._hall, self._peer
        await peer.send(m.Link(m.PROTOCOL_VERSION, hall.machine.room))
        for kept in returning.frames(hall):
            await peer.send(kept)
        first = await self._until(m.Linked)
        await hall.staff.replace(first.staff)
        # Answered in order: when its answer is here, so is every offer.
        await peer.send(m.Beacon(boot_now()))
        offers: list[m.SessionOffer] = []
        await self._until(m.BeaconReply, offers)
        source = Source(self._fetch, first.points, self._told)
        for offer in offers:
            await sessions.take_offer(hall, offer, source.past)

    async def _fetch(self, stream: str, epoch: int, after: int) -> m.History:
        self._asked += 1
        await self._peer.send(m.HistoryWanted(self._asked, stream, epoch, after))
        while (found := await self._until(m.History)).id != self._asked:
            pass
        return found

    async def _until(self, kind: type[M], offers: list[m.SessionOffer] | None = None) -> M:
        """The next message of a kind; offers and machines that come before it are kept."""
        while True:
            try:
                async with asyncio.timeout(limits.LINK_SILENT / 1000):
                    message = await self._peer.receive()
            except TimeoutError as error:
                raise Unavailable("the site does not go on", "link_cut") from error
            if isinstance(message, kind):
                return message
            if isinstance(message, m.Refused):
                raise Unavailable(f"the site refuses: {message.refusal.code}", message.refusal.code)
            if isinstance(message, m.Machines):
                await self._hall.machines.replace(message)
            if isinstance(message, m.SessionOffer) and offers is not None:
                offers.append(message)


def _taken(hall: Hall, session: str) -> Taken:
    state, epoch = hall.desks[session].state, hall.desks[session].point.epoch
    mine = [*hall.store.points(f"attempt/{session}/").values(), *hall.store.points(f"sitting/{session}/").values()]
    records = sum(point.position for points in mine for point in points)
    done = sum(one.done for one in state.candidates.values())
    return Taken(session, records, epoch, len(state.candidates), done)
