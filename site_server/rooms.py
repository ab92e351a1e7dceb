"""The site's end of the room links: offers, copies by position, paper keys on request, heads, time and counts.

A room is proven by its certificate and the key enrolled last for it. A push is acknowledged after its commit; a
room whose records do not fit is refused and an alarm is kept. Copying itself is checked in `site_server.copies`.
"""

import asyncio
import logging
from collections import defaultdict

import msgspec

from shared import documents as d
from shared import limits, outbox, records
from shared import messages as m
from shared.commands import MoveToRoom
from shared.errors import BadSignature, Damaged, Expired, KaodianError, Malformed, Refused, Unavailable
from shared.io import tls
from shared.io.neighbours import Neighbours
from shared.io.peer import ServerPeer
from shared.io.store import Batch
from shared.ledger import Entry, Head, sitting_stream
from shared.machines import Enrolled, Kind, name_of
from shared.refusal import Refusal
from site_server import enrolment, granting, phases
from site_server.authorisation import Authorisations, Authorised
from site_server.copies import Copies
from site_server.machines import Machines
from site_server.moving import Mover
from site_server.people import People
from site_server.regained import Regained
from site_server.returning import Returning
from site_server.site import Site

log = logging.getLogger(__name__)
ALARMS_KEPT = 50
KEPT_FRAMES = 20
"""A room that hands back more is no room of ours."""
EARLY_TOLERANCE = 2 * limits.SECOND
"""Room and site clocks may differ by this when a room asks for keys the moment arming opens."""


class Alarm(msgspec.Struct, frozen=True):
    """Something the site administrator must know, of a room (or of the site itself: "")."""

    room: str
    code: str
    detail: str


class Rooms:
    """All room links of a running service; `cut` is when the link of a room ended last, ms UTC."""

    def __init__(
        self, site: Site, held: Authorisations, copies: Copies, desk: enrolment.Desk, machines: Machines
    ) -> None:
        self.people = People(site)
        self.returning = Returning(site, machines, self.people, self.warn, self._revoked)
        self._site = site
        self._held = held
        self._copies = copies
        self._desk = desk
        self._machines = machines
        desk.changed = self.tell_machines
        desk.revoked = self._revoked
        self.links: dict[str, ServerPeer] = {}
        self.states: dict[tuple[str, str], m.RoomStatus] = {}
        self.cut: dict[str, int] = {}
        self.alarms: list[Alarm] = []
        self._head: m.SiteHead | None = None
        self.neighbours = Neighbours()
        self._regained = Regained(site, held, copies.moves, self.warn)
        self.mover = Mover(site, held, copies, machines, self.people, self.links, self._regained)
        self._released: set[tuple[str, str, str]] = set()
        self._copying: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """A room that links anew is told only of durable copies: the push of its former link is finished first."""

    async def speak(self, peer: ServerPeer, certificate: bytes) -> None:
        """Serves the link of a room that proved itself with `certificate` (DER) until it ends; a newer link of the same
        room takes its place.
        """
        room = ""
        try:
            room = await self._greeted(peer, certificate)
            async with self._copying[room]:
                await self._site.commit(Batch())  # refused where an earlier one was: its copies are not kept
                older, self.links[room] = self.links.get(room), peer
                if older is not None:
                    if older.address != peer.address:
                        self.warn("machine_twice", f"room-{room} {older.address} {peer.address}", room)
                    older.drop()
                peer.send(m.Linked(self._copies.of_room(room), self.people.in_room(room), self._known_to(room)))
            log.info("room %s linked from %s", room, peer.address)
            self.tell_machines(room)
            self._ask_time(peer, room)
            for one in list(self._held.sessions.values()):
                await self._offer(peer, room, one)
            if self._head is not None:
                peer.send(self._head)
            self.mover.tell(peer, room)
            for session in list(self._held.sessions):
                await self.mover.noticed(session, room)
            while True:
                await self._handle(peer, room, await peer.receive(m.RoomToSite))
        except Unavailable as error:
            log.info("link of room %s ended: %s", room, error)
        except KaodianError as error:
            self._alarm(peer.address, room, error)
            peer.send(m.Refused(Refusal(error.wire_code)))
            peer.drop()
        finally:
            if self.links.get(room) is peer:
                del self.links[room]
                self.cut[room] = self._site.now() or 0

    async def _greeted(self, peer: ServerPeer, certificate: bytes) -> str:
        """The room that greets, once what it hands back was taken in and its machine counts."""
        hello: m.RoomToSite = await peer.receive(m.RoomToSite)
        if not isinstance(hello, m.Link) or hello.version != m.PROTOCOL_VERSION:
            raise Malformed("the first frame is no greeting of our protocol version")
        if tls.certificate_name(certificate) != name_of(Kind.ROOM, hello.room, 0):
            raise Malformed("the greeting names another room than the certificate")
        told: list[m.Kept] = [await peer.receive(m.Kept)]
        while told[-1].more and len(told) < KEPT_FRAMES:
            told.append(await peer.receive(m.Kept))
        await self.returning.take(hello.room, certificate, told)
        self._regained.hear(hello.room, (guest for part in told for guest in part.guests))
        if self._site.restored:
            await self.mover.regain()
        return hello.room

    def _known_to(self, room: str) -> tuple[str, ...]:
        """The sessions whose records this site can take from a room: no older authorised than the room has them."""
        told = {one.session: one.formal for one in self.returning.sessions.get(room, ())}
        held = self._held.sessions.values()
        return tuple(one.id for one in held if room in one.rooms and one.formal.version >= told.get(one.id, 0))

    def tell_head(self, head: m.SiteHead) -> None:
        """Sends the site's newest head to every room, and to those that link later."""
        self._head = head
        for peer in self.links.values():
            peer.send(head)

    def warn(self, code: str, detail: str, room: str = "") -> None:
        """Keeps an alarm for the site administrator, of a room or of the site itself; what comes again stands once."""
        told = Alarm(room, code, detail)
        self.alarms = [*(one for one in self.alarms if one != told), told][-ALARMS_KEPT:]

    def withdraw(self, codes: set[str]) -> None:
        """Takes alarms about the site itself back: what they said is mended."""
        self.alarms = [one for one in self.alarms if one.room or one.code not in codes]

    async def offer_again(self) -> None:
        """Tells all linked rooms about sessions taken in just now, and grants what waited for the dongle."""
        await self.mover.regain()
        for room, peer in list(self.links.items()):
            for one in list(self._held.sessions.values()):
                await self._offer(peer, room, one)

    def tell_machines(self, room: str) -> None:
        """Tells a linked room its machines, those that wait and the open windows."""
        peer = self.links.get(room)
        if peer is not None:
            desk = self._desk
            own, gone = self._machines.of_room(room), self._machines.gone()
            peer.send(m.Machines(own, desk.pending(room), desk.windows(room), gone))

    def _revoked(self, machine: Enrolled) -> None:
        """A room whose certificate counts no more is cut off, and every room hears of it: should this site be lost,
        each of them can say so. PCs and consoles are their room's business.
        """
        if machine.kind is Kind.ROOM:
            self.greet_again(machine.room)
            for room in self.links:
                self.tell_machines(room)

    def greet_again(self, room: str = "") -> None:
        """Makes a room (all of them without a name) link anew, so that it hears of changed staff."""
        for name, peer in list(self.links.items()):
            if not room or name == room:
                peer.drop()

    async def _handle(self, peer: ServerPeer, room: str, message: m.RoomToSite) -> None:
        match message:
            case m.Push(entries=entries):
                await self._copy(peer, room, entries)
            case m.PushHead(head=head):
                await self._copy_head(room, head)
            case m.HistoryWanted():
                self._history(peer, room, message)
            case m.KeysWanted(session=session):
                await self._release(peer, room, session)
            case m.RoomStatus():
                self._note(room, message)
            case m.Beacon() | m.BeaconReply():
                self._about_time(peer, room, message)
            case m.Alarm() | m.MovedOut():
                self._told(room, message)
            case m.EnrolAsk() | m.SiteOrder():
                await self._about_machines(peer, room, message)
            case m.Link() | m.Kept():
                raise Malformed("a second greeting on one link")

    async def _copy_head(self, room: str, head: Head) -> None:
        key = granting.key_of(self._site, head.stream, head.point.epoch)
        if self._copies.take_head(room, head, key):
            await self._site.commit(Batch(heads=[head]))

    def _told(self, room: str, message: m.Alarm | m.MovedOut) -> None:
        if isinstance(message, m.Alarm):
            self.warn(message.code, message.text, room)
        else:
            self.mover.answered(message)

    async def _about_machines(self, peer: ServerPeer, room: str, message: m.EnrolAsk | m.SiteOrder) -> None:
        if isinstance(message, m.EnrolAsk):
            await self._enrol(peer, room, message)
            return
        if isinstance(message.command, MoveToRoom):
            self.mover.ask(peer, room, message)
            return
        try:
            await self._desk.order(room, message.command, message.by, message.at)
        except (Refused, Unavailable) as error:
            peer.send(m.Refused(Refusal(error.wire_code), message.id))
        else:
            peer.send(m.OrderDone(message.id))

    async def _enrol(self, peer: ServerPeer, room: str, asked: m.EnrolAsk) -> None:
        def reply(found: m.EnrolReply | Refusal) -> None:
            if isinstance(found, Refusal):
                peer.send(m.EnrolAnswer(asked.id, b"", 0, found))
            else:
                peer.send(m.EnrolAnswer(asked.id, found.certificate, found.number, None))

        if asked.request.room != room or asked.request.kind is Kind.ROOM:
            reply(Refusal("not_allowed"))
            return
        try:
            await self._desk.ask(asked.request, asked.address, reply)
        except (Malformed, Unavailable) as error:
            # The PC's fault, or the dongle's: the room's link stays.
            reply(Refusal(error.wire_code))

    def _note(self, room: str, told: m.RoomStatus) -> None:
        if told.session in self._held.sessions:
            self.states[told.session, room] = told

    def _history(self, peer: ServerPeer, room: str, wanted: m.HistoryWanted) -> None:
        """Hands a room's own records back to it, a frame at a time: to a machine that took another's place."""
        entries, end = self._copies.after(room, wanted.stream, wanted.epoch, wanted.after)
        part = next(outbox.batches(entries), ())
        peer.send(m.History(wanted.id, part, max(0, end - wanted.after - len(part))))

    async def _copy(self, peer: ServerPeer, room: str, entries: tuple[Entry, ...]) -> None:
        async with self._copying[room]:
            if self.links.get(room) is not peer:
                # A newer link was told where the copies end: what the older one still had must not move them.
                raise Unavailable(f"a newer link of room {room} stands", "link_cut")
            taken = self._copies.take(room, entries)
            if taken.fresh:
                await self._site.commit(Batch(taken.fresh))
        peer.send(m.PushAck(taken.ends))
        for stream in taken.ends:
            if stream.startswith("sitting/"):
                session = stream.split("/")[1]
                await phases.note(self._site, self._copies, session, room)
                await self.mover.noticed(session, room)

    def _about_time(self, peer: ServerPeer, room: str, message: m.Beacon | m.BeaconReply) -> None:
        if isinstance(message, m.BeaconReply):
            self.neighbours.take(room, message)
            self._ask_time(peer, room)
        elif self._site.clock.known:
            peer.send(self._site.clock.answer(message.sent, self._site.clock.now()))

    def _ask_time(self, peer: ServerPeer, room: str) -> None:
        """A site without time asks its rooms."""
        asked = None if self._site.clock.known else self.neighbours.ask(room)
        if asked is not None:
            peer.send(asked)

    async def _release(self, peer: ServerPeer, room: str, session: str) -> None:
        try:
            keys = self._due_keys(room, session)
        except (Refused, Unavailable) as error:
            log.warning("room %s asked for keys of %s: %s", room, session, error)
            peer.send(m.Refused(Refusal(error.wire_code)))
            return
        what = (session, room, " ".join(sorted(keys)))
        if what not in self._released:
            await self._site.write(records.KeysReleased(session, room))
            self._released.add(what)
        peer.send(m.Keys(session, keys))

    def _due_keys(self, room: str, session: str) -> dict[str, bytes]:
        one = self._held.get(session)
        if room not in one.rooms:
            raise Refused(f"session {session} has no sitting in room {room}", "no_room")
        keys = one.keys_for(room)
        self._site.keys.check_here()
        due, now = one.in_room(room), self._site.now()
        if due is None:
            raise Refused(f"session {session} was cancelled in room {room}", "is_cancelled")
        if now is None:
            raise Refused("whether the keys are due is not known without trusted time", "no_time")
        if now < due.start - due.rules.arm_opens_before - EARLY_TOLERANCE:
            raise Refused(f"the keys of {session} are not due", "too_early")
        return keys

    async def _offer(self, peer: ServerPeer, room: str, one: Authorised) -> None:
        if room not in one.rooms:
            return
        try:
            grant = await granting.sitting_grant(self._site, self._machines, one.id, room)
        except Unavailable as error:
            if error.wire_code != "no_dongle":
                raise
            # Offered when the dongle is back; what the room has already goes on.
            log.warning("session %s cannot be granted to room %s: %s", one.id, room, error)
            return
        keys = one.data_keys
        earlier = tuple(
            document for _, document in granting.grants(self._site, sitting_stream(one.id, room)) if document != grant
        )
        offer = m.SessionOffer(one.formal_bytes, keys.session, keys.sittings[room], grant, one.formal.papers, earlier)
        peer.send(offer)
        spare, held = one.spare_in(room), one.bytes_of(d.CHANGES)
        if spare is not None or held is not None:
            peer.send(m.SessionChanged(one.id, held or b"", spare.data if spare is not None else b""))

    def _alarm(self, address: str, room: str, error: KaodianError) -> None:
        if isinstance(error, BadSignature | Expired) and not room:
            self.turned_away(address, error)
            return
        serious = isinstance(error, Damaged)
        log.log(logging.ERROR if serious else logging.WARNING, "room %s: %s", room, error)
        self.warn(error.wire_code, error.detail, room)

    def turned_away(self, address: str, error: KaodianError) -> None:
        """A machine whose certificate does not count tried to link."""
        codes = {
            "revoked": "machine_revoked",
            "not_enrolled": "machine_unknown",
            "certificate_expired": "machine_expired",
        }
        if error.wire_code in codes:
            self.warn(codes[error.wire_code], f"{address}: {error.detail}")
        else:
            log.warning("link from %s refused: %s", address, error)
