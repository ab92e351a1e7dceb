"""转考场: lets candidates go on in another room, one or a whole room of them.

A room that is linked closes their attempts first and says so in its record; that record leads to the grant, whenever it
comes. Of a room that is not linked the site's copy is what counts, and the room is told as soon as it is back. What a
candidate brings along is folded from that copy, so it is the same either way. A room that should take a guest is told
at every link until its record shows the guest.
"""

import asyncio
import logging

from shared import changes, crypto, limits, records, signed
from shared import documents as d
from shared import messages as m
from shared.commands import MoveToRoom
from shared.errors import KaodianError, Refused
from shared.io.peer import ServerPeer
from shared.io.tasks import Tasks
from shared.ledger import Point, sitting_stream
from shared.machines import Kind
from shared.refusal import Refusal
from shared.roles import HEADS
from shared.stays import Stay, next_block
from site_server import folding
from site_server.authorisation import Authorisations, Authorised
from site_server.copies import Copies
from site_server.machines import Machines
from site_server.moves import Move, granted
from site_server.people import SITE, People
from site_server.regained import Regained
from site_server.site import Site

log = logging.getLogger(__name__)
_LOOK = 0.2
"""Seconds after which an order looks again whether the room it waits for is still linked."""


class Mover:
    """The moves of a running service; `links` are the rooms linked now."""

    def __init__(
        self,
        site: Site,
        held: Authorisations,
        copies: Copies,
        machines: Machines,
        people: People,
        links: dict[str, ServerPeer],
        regained: Regained,
    ) -> None:
        self._site = site
        self._held = held
        self._copies = copies
        self._moves = copies.moves
        self._machines = machines
        self._people = people
        self._links = links
        self._regained = regained
        self._one = asyncio.Lock()
        self._count = 0
        self._refused: dict[int, Refusal | None] = {}
        self._promised: set[tuple[str, str, int]] = set()
        """Session, room and seat of everybody whom an order under way is about."""
        self._news = asyncio.Event()
        self._tasks = Tasks(lambda name, error: log.error("%s failed: %s", name, error))

    async def order(self, command: MoveToRoom, by: str) -> list[str]:
        """Moves candidates on the word of `by`; the tickets of those who may go on now.

        Raises:
            Refused: why nobody was moved; `room_silent` when the room they leave did not answer about some.
            Unavailable: the dongle is gone (`no_dongle`).
        """
        one = self._held.get(command.session)
        self._site.keys.check_here()
        seats = await self._checked(one, command)
        promised = {(one.id, command.room, seat) for seat in seats.values()}
        self._promised |= promised
        stays = {ticket: self._moves.stays(one).last(ticket) for ticket in seats}
        asked = self._ask(one, command, seats, stays, by)
        try:
            await self._until_gone_on(one, command, seats, stays, asked, by)
        finally:
            self._promised -= promised
            for number in asked.values():
                self._refused.pop(number, None)
        return [ticket for ticket in seats if self._gone_on(one, ticket, stays[ticket])]

    def ask(self, peer: ServerPeer, room: str, order: m.SiteOrder) -> None:
        """A console of `room` gives an order; answered when it is done, in a task of its own: it needs that link."""
        self._tasks.spawn("move", self._answer(peer, room, order))

    def answered(self, told: m.MovedOut) -> None:
        """A room's word on a candidate it was asked about."""
        self._refused[told.id] = told.refusal
        self._news.set()

    async def regain(self) -> None:
        """Takes back what rooms hold of moves that a rebuilt site lost, and tells the rooms that were left. Then those
        are granted who left while the dongle was out, or for a room that had to be heard first.
        """
        async with self._one:
            for grant in await self._regained.settle():
                peer = self._links.get(grant.origin)
                if peer is not None:
                    self._tell(peer, self._held.get(grant.session), grant.origin, grant.ticket)
        for one in list(self._held.sessions.values()):
            for room in one.rooms:
                try:
                    await self.noticed(one.id, room)
                except KaodianError:
                    log.exception("session %s: who left room %s cannot go on yet", one.id, room)

    async def noticed(self, session: str, room: str) -> None:
        """The copies of a sitting grew: whoever left it is granted to the room named, or once the dongle is back."""
        one = self._held.sessions.get(session)
        if one is None or not self._site.keys.here or not self._left(one, room):
            return
        async with self._one:
            left = self._left(one, room)
            if left:
                await self._grant(one, room, left)

    def tell(self, peer: ServerPeer, room: str) -> None:
        """Tells a room that has linked of guests it did not take yet, and of candidates who went on elsewhere."""
        for one in list(self._held.sessions.values()):
            stays = self._moves.stays(one)
            for ticket in sorted(stays.ever_in(room)):
                self._tell(peer, one, room, ticket)

    async def close(self) -> None:
        """Ends what is under way."""
        await self._tasks.close()

    async def _answer(self, peer: ServerPeer, room: str, order: m.SiteOrder) -> None:
        command = order.command
        assert isinstance(command, MoveToRoom)  # noqa: S101  # the caller looked
        heads = {one.name for one in self._people.of(SITE) if one.role in HEADS}
        try:
            if command.origin != room and order.by not in heads:
                raise Refused(f"{order.by} moves candidates of room {command.origin} in room {room}", "not_your_room")
            await self.order(command, order.by)
        except KaodianError as error:
            log.warning("a move ordered in room %s: %s", room, error)
            peer.send(m.Refused(Refusal(error.wire_code), order.id))
        else:
            peer.send(m.OrderDone(order.id))

    async def _check_rooms(self, one: Authorised, origin: str, room: str) -> None:
        """Refuses a move between rooms of which one cannot take over from the other."""
        if origin not in one.rooms or room not in one.rooms:
            raise Refused(f"session {one.id} has no sitting in room {origin} or {room}", "no_room")
        if origin == room:
            raise Refused(f"from room {room} to itself", "same_room")
        for name in one.rooms:  # each may have whoever is to be moved, by a grant that this site lost
            at_work = name == room or self._machines.current(Kind.ROOM, name) is not None
            if name != origin and at_work and not self._regained.heard(name):
                raise Refused(f"room {name} has not linked since this site was rebuilt", "room_not_back")
        if not _alike(one, origin, room):
            raise Refused(f"rooms {origin} and {room} differ", "rooms_differ")
        there = (await self._told(one, room)).state
        if there.ended or there.ended_early is not None or there.cancelled:
            raise Refused(f"the sitting of room {room} is over", "sitting_ended")

    async def _checked(self, one: Authorised, command: MoveToRoom) -> dict[str, int]:
        """Who is to be moved, with their seats there."""
        origin, room = command.origin, command.room
        await self._check_rooms(one, origin, room)
        told, stays = await self._told(one, origin), self._moves.stays(one)
        open_ = {t for t, candidate in told.state.candidates.items() if not candidate.done}
        here = {t for t in stays.ever_in(origin) if stays.last(t).room == origin}
        known = {t: candidate.first for t, candidate in told.state.candidates.items()}
        never_taken = {t for t in here if known.get(t, 0) < stays.last(t).epoch}
        for ticket in command.tickets:
            if ticket not in here:
                raise Refused(f"{ticket} is not in room {origin}", "unknown_ticket")
            if ticket not in open_ | never_taken:
                raise Refused(f"{ticket} is finished", "finished")
        order = {t: self._moves.seat(one, t, stays.last(t)) for t in here & (open_ | never_taken)}
        who = command.tickets or tuple(sorted(order, key=lambda t: (order[t], t)))
        if not who:
            raise Refused(f"nobody in room {origin} is unfinished", "nobody_to_move")
        return dict(zip(who, self._seats(one, room, len(who), command.seat), strict=True))

    def _seats(self, one: Authorised, room: str, count: int, wanted: int) -> list[int]:
        """Seats in another room with an enrolled PC and nobody placed there."""
        stays = self._moves.stays(one)
        taken = {self._moves.seat(one, t, stays.last(t)) for t in stays.ever_in(room) if stays.last(t).room == room}
        taken |= {seat for session, name, seat in self._promised if (session, name) == (one.id, room)}
        leaving = [where for origin in one.rooms for where in self._left(one, origin).values()]
        taken |= {seat for name, seat, _ in leaving if name == room}
        pcs = {
            one.machine.number
            for one in self._machines.of_room(room)
            if one.machine.kind is Kind.PC and not one.machine.revoked
        }
        free = [seat for seat in sorted(pcs - taken) if wanted in (0, seat)]
        if len(free) < count:
            raise Refused(f"{count} candidates, {len(free)} free PCs in room {room}", "no_free_seat")
        return free[:count]

    def _ask(
        self, one: Authorised, command: MoveToRoom, seats: dict[str, int], stays: dict[str, Stay], by: str
    ) -> dict[str, int]:
        """Asks the room that the candidates leave, if it is linked; the numbers of what was asked."""
        peer, asked = self._links.get(command.origin), {}
        for ticket, seat in seats.items() if peer is not None else ():
            self._count += 1
            asked[ticket] = self._count
            epoch = stays[ticket].epoch
            assert peer is not None  # noqa: S101  # as above
            peer.send(m.MoveOut(self._count, one.id, ticket, epoch, command.room, seat, by, False))
        return asked

    async def _until_gone_on(
        self,
        one: Authorised,
        command: MoveToRoom,
        seats: dict[str, int],
        stays: dict[str, Stay],
        asked: dict[str, int],
        by: str,
    ) -> None:
        """Waits for the room's record of all of them; goes by the copy where the room is not linked, and asks it again
        where it has linked anew. `asked` grows with that.
        """
        peer = self._links.get(command.origin)
        deadline = asyncio.get_running_loop().time() + limits.LINK_SILENT / 1000
        while True:
            self._news.clear()
            refused = {t: found for t, n in asked.items() if (found := self._refused.get(n)) is not None}
            strangers = {t for t, found in refused.items() if found.code == "unknown_ticket" and stays[t].epoch > 1}
            if strangers:  # that room never took them in: everything is as it was on the way there
                await self._by_copy(one, command, {t: seats[t] for t in strangers}, by)
                refused = {t: found for t, found in refused.items() if not self._gone_on(one, t, stays[t])}
            waiting = [t for t in seats if t not in refused and not self._gone_on(one, t, stays[t])]
            if not waiting:
                break
            linked = self._links.get(command.origin)
            if linked is None:
                await self._by_copy(one, command, {t: seats[t] for t in waiting}, by)
                break
            if linked is not peer:  # it is back, and takes answers that the copy lacks
                peer = linked
                asked.update(self._ask(one, command, {t: seats[t] for t in waiting}, stays, by))
            if asyncio.get_running_loop().time() > deadline:
                raise Refused(f"room {command.origin} did not answer about {len(waiting)}", "room_silent")
            try:
                async with asyncio.timeout(_LOOK):
                    await self._news.wait()
            except TimeoutError:
                continue
        first = next(iter(refused.values()), None)
        if first is not None and len(refused) == len(seats):
            raise Refused(f"room {command.origin} refuses: {first.code}", first.code)

    def _gone_on(self, one: Authorised, ticket: str, stay: Stay) -> bool:
        return self._moves.stays(one).last(ticket) != stay

    async def _by_copy(self, one: Authorised, command: MoveToRoom, seats: dict[str, int], by: str) -> None:
        async with self._one:
            await self._grant(one, command.origin, {t: (command.room, seat, by) for t, seat in seats.items()})

    def _left(self, one: Authorised, room: str) -> dict[str, tuple[str, int, str]]:
        """Who left a room by its own record and has no grant for the next: where to, at which seat, on whose word. Whom
        a room may have that was not heard yet is left to wait.
        """
        stays = self._moves.stays(one)
        left = self._copies.progress(one.id, room).left
        return {
            ticket: (record.room, record.seat, record.by)
            for (ticket, epoch), record in left.items()
            if stays.knows(ticket)
            and (stays.last(ticket).room, stays.last(ticket).epoch) == (room, epoch)
            and self._regained.heard(record.room)
        }

    async def _told(self, one: Authorised, room: str) -> folding.Told:
        points = tuple(p for _, p in sorted(self._copies.points.get(sitting_stream(one.id, room), {}).items()))
        return await asyncio.to_thread(folding.fold, self._site.store, one, room, points)

    async def _grant(self, one: Authorised, origin: str, who: dict[str, tuple[str, int, str]]) -> None:
        """Signs, records, and tells the rooms."""
        told, now = await self._told(one, origin), self._site.stamp()
        made = []
        for ticket, (room, seat, by) in who.items():
            stay = self._moves.stays(one).last(ticket)
            if stay.room != origin:
                continue
            epoch = next_block(stay.epoch)
            point, brought, opened = self._carried(one, told, ticket, stay, now)
            grant = d.MoveGrant(one.id, ticket, origin, room, seat, epoch, point, now)
            document = signed.sign(self._site.keys.ca, d.MOVE, grant)
            guest = m.Guest(document, brought, *opened, by, tuple(self._moves.documents(one.id, ticket)))
            made.append(Move(grant, document, granted(grant, crypto.sha256(document), by), guest))
        if not made:
            return
        await self._moves.keep(made)
        log.info("session %s: %d candidates of room %s go on elsewhere", one.id, len(made), origin)
        for grant in (move.grant for move in made):
            for name in (grant.room, grant.origin):
                peer = self._links.get(name)
                if peer is not None:
                    self._tell(peer, one, name, grant.ticket)
        self._news.set()

    def _carried(
        self, one: Authorised, told: folding.Told, ticket: str, stay: Stay, now: int
    ) -> tuple[Point, records.GuestBrought, tuple[bool, bool]]:
        """The point to go on from, what is brought along, and how far the sitting was opened (log-in, start)."""
        here = told.state.candidates.get(ticket)
        guest = self._moves.guest(one.id, ticket, stay.epoch)
        if guest is not None and (here is None or here.first < stay.epoch):
            # The room never took the candidate in: everything is as it was on the way there.
            return stay.continues, guest.brought, (guest.login_allowed, guest.armed)
        state = told.state
        point = state.attempts[ticket].accepted
        return point, folding.brought(told, ticket, now), (state.login_allowed, state.armed)

    def _tell(self, peer: ServerPeer, one: Authorised, room: str, ticket: str) -> None:
        """Tells a room what its record of a candidate lacks: from which stays there the candidate went on (those that
        never began included, their record may be on its way), and of the guest; or what it does not keep of a guest.
        """
        stays, known = self._moves.stays(one), self._copies.progress(one.id, room)
        here = [stay for stay in stays.of(ticket) if stay.room == room]
        for stay in here:
            after = stays.after(ticket, stay)
            if after is not None and (ticket, stay.epoch) not in known.left:
                seat = self._moves.seat(one, ticket, after)
                told = self._moves.guest(one.id, ticket, after.epoch)
                by = told.by if told is not None else ""
                peer.send(m.MoveOut(0, one.id, ticket, stay.epoch, after.room, seat, by, True))
        last = here[-1]
        guest = self._moves.guest(one.id, ticket, last.epoch) if last == stays.last(ticket) else None
        arrived = (ticket, last.epoch) in known.arrived
        if guest is not None and not (arrived and self._regained.shows(room, guest.grant)):
            peer.send(guest)


def _alike(one: Authorised, origin: str, room: str) -> bool:
    """Whether two rooms sit the same paper at the same time, with the same corrections."""
    found = one.changes
    named = [changes.for_room(found, name) if found is not None else [] for name in (origin, room)]
    same = one.in_room(origin) == one.in_room(room) is not None
    return (
        same
        and [what for _, what in named[0]] == [what for _, what in named[1]]
        and (one.spare_in(origin) == one.spare_in(room))
    )
