"""The enrolment desk: who asks with a code gets a certificate, a PC once staff have confirmed its seat.

The one place where windows, codes, caps and certificates meet, for rooms that ask here and for PCs and consoles whose
room hands their request on. Requests are taken one after the other, so that no two share one guess. What waits is
kept in memory only: a machine asks again by itself. An address only proposes a seat, it never authenticates.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

import msgspec

from shared import codec, crypto, limits
from shared import messages as m
from shared.commands import ConfirmMachines, DeclineMachines, MachineCommand, OpenWindow, RevokeMachine
from shared.errors import Malformed, Refused
from shared.machines import Certified, Conflict, Enrolled, Kind, Pending, Window, key_id, seat_by_address
from shared.refusal import Refusal
from site_server.machines import Candidate, Machines, reply_of
from site_server.site import Site
from site_server.windows import Plan, Windows

Reply = Callable[[m.EnrolReply | Refusal], None]
"""How a machine that asks hears what became of it."""


class Asked(msgspec.Struct):
    """A PC that gave the right code; `reply` is its newest request's."""

    request: m.EnrolRequest
    number: int
    address: str
    reply: Reply


def known_rooms(site: Site) -> dict[str, str]:
    """Room ids of the site file, by their lower-case form (as TLS names have it)."""
    held = site.store.fact("rooms")
    ids = codec.decode(list[str], held, limits.DOCUMENT_BYTES) if held else []
    return {room.lower(): room for room in ids}


class Desk:
    """Enrolment at one site. `changed(room)` is called whenever a room's list, waiting PCs or windows changed, and
    `revoked(machine)` for a machine that counts no more.
    """

    def __init__(self, site: Site, machines: Machines, plan: Plan) -> None:
        self._site = site
        self._machines = machines
        self._plan = plan
        self._windows = Windows(site, plan)
        self._asked: dict[str, Asked] = {}
        self._turn = asyncio.Lock()
        self.changed: Callable[[str], None] = lambda _room: None
        self.revoked: Callable[[Enrolled], None] = lambda _machine: None

    def windows(self, room: str | None = None) -> tuple[Window, ...]:
        """Open windows, of one room or all."""
        return tuple(one for one in self._windows.open_now() if room is None or one.room == room)

    def pending(self, room: str) -> tuple[Pending, ...]:
        """The PCs of a room that wait for confirmation, with what speaks against each."""
        waiting = {id_: one for id_, one in self._asked.items() if one.request.room == room}
        seats = Counter(one.number for one in waiting.values())
        return tuple(Pending(id_, one.number, one.address, self._conflict(one, seats)) for id_, one in waiting.items())

    async def ask(self, request: m.EnrolRequest, address: str, reply: Reply) -> None:
        """Takes a request; `reply` is called now or, for a PC, when staff have decided.

        Raises:
            Malformed: a request that no machine of ours makes.
        """
        async with self._turn:
            try:
                await self._ask(request, address, reply)
            except Refused as error:
                reply(Refusal(error.wire_code, count=self._windows.wrong(request.kind, request.room)))

    async def order(self, room: str, command: MachineCommand, by: str, at: int) -> None:
        """Carries a staff order about a room's machines out; raises `Refused`."""
        match command:
            case OpenWindow(kind=kind, minutes=minutes, count=count):
                await self.open(kind, room, minutes, count, by)
            case ConfirmMachines(ids=ids, number=number):
                await self.confirm(room, ids, number, by)
            case DeclineMachines(ids=ids):
                self.decline(room, ids)
            case RevokeMachine(id=id_, reason=reason):
                held = self._machines.find(id_)
                if held is None or held.machine.room != room:
                    raise Refused("no such machine in this room", "unknown_machine")
                await self.revoke(id_, reason, by, at)

    async def open(self, kind: Kind, room: str, minutes: int, count: int, by: str = "") -> Window:
        """Opens a window; raises `Refused` (`bad_window`, `no_time`, `no_room`)."""
        if (room or kind is not Kind.ROOM) and known_rooms(self._site).get(room.lower()) != room:
            raise Refused(f"the site file names no room {room[:80]!r}", "no_room")
        async with self._turn:
            window = await self._windows.open(kind, room, minutes, count, by)
        self.changed(room)
        return window

    async def confirm(self, room: str, ids: tuple[str, ...], number: int, by: str) -> list[Certified]:
        """Certifies PCs that wait: those named, or all without a conflict; `number` is a single one's seat.

        Raises:
            Refused: one of them does not wait (`unknown_machine`), has no seat (`seat_needed`), or no trusted time.
        """
        async with self._turn:
            waiting = {one.id: one for one in self.pending(room)}
            if not ids:
                ids = tuple(id_ for id_, one in waiting.items() if not one.conflict)
            if not set(ids) <= set(waiting) or (number and len(ids) != 1):
                raise Refused("no such machine waits here", "unknown_machine")
            seats = {id_: number or waiting[id_].number for id_ in ids}
            if not all(0 < seat <= limits.SEAT_MOST for seat in seats.values()):
                raise Refused("a seat number is needed", "seat_needed")
            chosen = [
                Candidate(self._asked[id_].request, seat, self._asked[id_].address, by) for id_, seat in seats.items()
            ]
            before = self._counting(room)
            made = await self._machines.certify(chosen)
            for one in made:
                asked = self._asked.pop(one.machine.id, None)
                if asked is not None:
                    asked.reply(reply_of(one))
        self._gone(room, before)
        return made

    def decline(self, room: str, ids: tuple[str, ...]) -> None:
        """Turns PCs that wait away; raises `Refused` (`unknown_machine`)."""
        if not set(ids) <= {one.id for one in self.pending(room)}:
            raise Refused("no such machine waits here", "unknown_machine")
        for id_ in ids:
            self._asked.pop(id_).reply(Refusal("declined"))
        self.changed(room)

    async def revoke(self, id_: str, reason: str, by: str, at: int) -> Enrolled:
        """Takes a certificate back; raises `Refused` (`unknown_machine`, `reason_needed`)."""
        machine = await self._machines.revoke(id_, reason, by, at)
        self.revoked(machine)
        self.changed(machine.room)
        return machine

    async def _ask(self, request: m.EnrolRequest, address: str, reply: Reply) -> None:
        id_ = key_id(request.point)
        held, waiting = self._machines.find(id_), self._asked.get(id_)
        if held is not None:
            if (held.machine.kind, held.machine.room) != (request.kind, request.room) or held.machine.revoked:
                raise Refused(f"the key of {held.machine.name} was used up", "revoked")
            reply(reply_of(held))
            return
        if waiting is not None:
            waiting.reply, waiting.address = reply, address
            return
        window = await self._windows.guess(request.kind, request.room, request.code)
        _check(request)
        if known_rooms(self._site).get(request.room.lower()) != request.room:
            raise Refused(f"the site file names no room {request.room[:80]!r}", "no_room")
        held_by = self._machines.current(request.kind, request.room) if request.kind is Kind.ROOM else None
        if held_by is not None and not window.room:
            raise Refused(f"room {request.room} has a machine; a window of its own replaces it", "room_taken")
        await self._windows.count(window)
        if request.kind is Kind.PC:
            self._asked[id_] = Asked(request, request.number or seat_by_address(address), address, reply)
            self.changed(request.room)
            return
        number = 0 if request.kind is Kind.ROOM else self._machines.free_number(request.kind, request.room)
        before = self._counting(request.room)
        (made,) = await self._machines.certify([Candidate(request, number, address)])
        reply(reply_of(made))
        self._gone(request.room, before)

    def _counting(self, room: str) -> list[Enrolled]:
        return [one for one in self._machines.all() if one.room == room and not one.revoked]

    def _gone(self, room: str, before: list[Enrolled]) -> None:
        """Tells of the machines that were replaced."""
        for one in before:
            held = self._machines.find(one.id)
            if held is not None and held.machine.revoked:
                self.revoked(held.machine)
        self.changed(room)

    def _conflict(self, one: Asked, seats: Counter[int]) -> Conflict:
        room, number = one.request.room, one.number
        if not number:
            return Conflict.NO_SEAT
        if not 0 < number <= sum(self._plan(room)):
            return Conflict.BEYOND_PLAN
        if seats[number] > 1:
            return Conflict.ASKED_TWICE
        return Conflict.REPLACES if self._machines.current(Kind.PC, room, number) is not None else Conflict.NONE


def _check(request: m.EnrolRequest) -> None:
    """Refuses keys that could not serve, before anything is counted as let in."""
    try:
        crypto.check_point(request.point)
    except ValueError as error:
        raise Malformed("the machine's key is no P-256 point") from error
    device = request.device
    if (device is None) is not (request.kind is Kind.CONSOLE):
        raise Malformed("a room or PC states its signing key, a console none")
    if device is not None and (device.alg != crypto.ED25519 or len(device.raw) != crypto.KEY_BYTES):
        raise Malformed("the signing key is no Ed25519 key")
