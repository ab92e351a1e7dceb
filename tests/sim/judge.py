"""The published promises, checked against everything the simulated machines make durable and say, as it happens.

Keeps its own model, written from the documents: what each record holds, what was granted, accepted, acknowledged and
closed. Asks the product for nothing but decoding and unsealing. A broken promise raises AssertionError at once.
"""

from typing import Any

from candidate_client.view import Saved
from shared import codec, limits, signed
from shared import documents as d
from shared import messages as m
from shared import records as r
from shared.ledger import GENESIS, Parsed, attempt_stream, open_epoch
from tests.sim.disk import Disk
from tests.sim.programs import Pc
from tests.sim.ruling import At, Room
from tests.sim.scenery import RULES, Scenery

Letters = tuple[str, ...]
ROOM_TO_PC: Any = m.RoomToPc
SITE_TO_ROOM: Any = m.SiteToRoom
_TAG = codec.encode("beacon_reply")
TIME = codec.encode(m.BeaconReply(0, 0, 0, 0)).partition(_TAG)[0] + _TAG
"""How every answer about the time begins: most of what a room says."""


class Judge:
    """One exam's judge; `steps` counts what it looked at."""

    def __init__(self, scenery: Scenery) -> None:
        self.scenery = scenery
        self.room = Room(scenery)
        self.content: dict[bytes, tuple[str, int, int, int, Letters, int]] = {}
        """Digest of every answer on some PC's disk -> ticket, epoch, position, item, letters, ms UTC."""
        self.copies: set[bytes] = set()
        """Digests of answers that were brought back: the time in `content` is that of the original."""
        self.counted: dict[tuple[str, int], set[Letters]] = {}
        """Per ticket and item number every answer that was accepted."""
        self.acked: dict[tuple[str, int], int] = {}
        """Per ticket and epoch up to where the room has acknowledged."""
        self.unheard: dict[tuple[str, int], tuple[bytes, set[bytes]]] = {}
        """Ticket and epoch that only a room machine granted that is gone -> the device, what was acknowledged of it."""
        self.anew: dict[str, set[bytes]] = {}
        """The devices to which a spare machine granted an epoch itself, by ticket."""
        self.gone: dict[At, bytes] = {}
        """What a room machine had accepted that is gone, and the digest of each."""
        self._site: Disk | None = None
        self.forgotten: set[tuple[str, str]] = set()
        """PC and ticket whose key that PC no longer has: nobody can send what its journal still has."""
        self.steps = 0
        self._accommodation = {place.ticket: place.accommodation for place in scenery.places}

    def closes(self, ticket: str) -> int:
        """From when on nothing of a candidate is accepted, ms UTC."""
        room, session = self.room, self.scenery.session
        within = min(room.extra[""] + room.extra[ticket], RULES.makeup)
        end = (
            session.start
            + RULES.duration
            + self._accommodation[ticket]
            + within
            + room.beyond[""]
            + room.beyond[ticket]
        )
        end = min(end, room.stopped) if room.stopped else end
        closes = end + RULES.grace
        for since, until in room.outages:
            if since < closes and until > end:
                closes += until - max(since, end)
        return closes

    def on_pc(self, disk: Disk, entries: list[Parsed]) -> None:
        """A PC's journal grew: the answers in it are known from here on, those brought back by when they were given."""
        back = any(self._brings_back(one) for one in entries)
        for one in entries:
            self.steps += 1
            header = one.header
            if header.kind != "Answered" or one.digest in self.content:
                continue
            ticket = header.stream.rpartition("/")[2]
            record = r.read(header, one.entry, self.scenery.attempt_key(ticket))
            assert isinstance(record, r.Answered)
            same = (ticket, header.item, record.answer)
            given = [known[5] for known in self.content.values() if (known[0], *known[3:5]) == same] if back else []
            assert given or not back, f"{disk}: {ticket}'s item {header.item} is brought back, and was never {same[2]}"
            self.copies |= {one.digest} if back else set()
            time = max(given, default=header.time)
            self.content[one.digest] = (ticket, header.epoch, header.position, header.item, record.answer, time)

    def _brings_back(self, one: Parsed) -> bool:
        if one.header.kind != "PcEvent":
            return False
        ticket = one.header.stream.rpartition("/")[2]
        record = r.read(one.header, one.entry, self.scenery.attempt_key(ticket))
        return isinstance(record, r.PcEvent) and record.event == "brought_back"

    def on_room(self, disk: Disk, entries: list[Parsed]) -> None:
        """A transaction of the room is durable."""
        for one in entries:
            self.steps += 1
            self._chained(disk, one)
            if one.header.stream == self.scenery.sitting_stream:
                self._sitting(disk, one)

    def on_site(self, disk: Disk, entries: list[Parsed]) -> None:
        """A transaction of the site is durable."""
        self._site = disk
        for one in entries:
            self.steps += 1
            self._chained(disk, one)

    def to_pc(self, disk: Disk, data: bytes) -> None:
        """The room says something to a PC."""
        self.steps += 1
        if data.startswith(TIME):
            return
        message = codec.decode(ROOM_TO_PC, data, limits.FRAME_BYTES)
        match message:
            case m.Ack():
                self._acknowledged(disk, message)
            case m.Receipt(document=document):
                self._receipt(document)
            case _:
                pass

    def to_room(self, disk: Disk, data: bytes) -> None:
        """The site says something to the room: what it acknowledges is on its disk."""
        message = codec.decode(SITE_TO_ROOM, data, limits.OFFER_BYTES)
        self.steps += 1
        if isinstance(message, m.PushAck):
            for stream, point in ((stream, one) for stream, points in message.points.items() for one in points):
                held = disk.places.get((stream, point.epoch), {}).get(point.position)
                assert held is not None and held.digest == point.digest, (
                    f"site acknowledged {stream} {point.epoch}.{point.position} without having it"
                )

    def on_page(self, pc: Pc) -> None:
        """What a candidate's page shows after the agent worked off a message."""
        self.steps += 1
        assert pc.agent is not None
        state = pc.agent.state
        if state.admitted is None:
            if state.error == "resume_unknown":
                self.forgets(pc)
            return
        ticket = state.admitted.ticket
        if state.status != "moved":
            self.forgotten.discard((pc.host.name, ticket))
        for number, saved in state.attempt.saved.items():
            if saved is Saved.ROOM:
                letters = state.attempt.answers[number]
                assert letters in self.counted.get((ticket, number), ()), (
                    f"{pc.host} shows {ticket}'s item {number} as saved in the room: {letters} was never accepted"
                )

    def forgets(self, pc: Pc) -> None:
        """A PC's process is gone."""
        self.forgotten |= {(pc.host.name, stream.rpartition("/")[2]) for stream, _ in pc.disk.places}

    def loses_room(self, site: Disk, pcs: list[Pc]) -> None:
        """The room's disk is gone: what was acknowledged must come back as far as any other machine has it.

        Not what a candidate's former PC had handed over to be held, for it drops the key with that
        (`docs/threats.md`).
        """
        self.gone |= self.room.accepted
        disks = [site, *(pc.disk for pc in pcs)]
        self._due_from(disks)
        for ticket, epoch in self.acked.keys() - self._granted(site):
            places = {p: one for disk in disks for p, one in disk.places.get((self._stream(ticket), epoch), {}).items()}
            acked = range(1, self.acked.pop((ticket, epoch)) + 1)
            digests = {places[position].digest for position in acked}
            self.unheard[ticket, epoch] = (self.room.devices[ticket, epoch], digests)
        agents = ((pc.host.name, pc.agent) for pc in pcs if pc.agent is not None and pc.agent.delivered)
        told = ((name, agent.state.admitted) for name, agent in agents if agent.state.status == "moved")
        self.forgotten |= {(name, admitted.ticket) for name, admitted in told if admitted is not None}

    def loses_records(self, others: list[Disk]) -> None:
        """A PC lost its newest records: nothing while the room has them; after the room's machine a second loss."""
        self._due_from(others)

    def _due_from(self, disks: list[Disk]) -> None:
        """What was acknowledged is due as far as any of these disks has it."""
        for (ticket, epoch), upto in list(self.acked.items()):
            held = {p for disk in disks for p in disk.places.get((self._stream(ticket), epoch), ())}
            there = next((p - 1 for p in range(1, upto + 1) if p not in held), upto)
            self.acked[ticket, epoch] = there

    def _stream(self, ticket: str) -> str:
        return attempt_stream(self.scenery.session.id, ticket)

    def _granted(self, site: Disk) -> set[tuple[str, int]]:
        """The attempt epochs that the site's copy of the sitting grants."""
        mine = [held for (stream, _), held in site.places.items() if stream == self.scenery.sitting_stream]
        told = [r.read_clear(one.header) for held in mine for one in held.values()]
        return {(one.ticket, one.epoch) for one in told if isinstance(one, r.AttemptGranted)}

    def lacking(self, pc: Pc) -> list[At]:
        """What a PC holds and can send, and the room has not judged."""
        found: list[At] = []
        for (stream, epoch), held in pc.disk.places.items():
            ticket = stream.rpartition("/")[2]
            if self.room.devices.get((ticket, epoch)) == pc.public and (pc.host.name, ticket) not in self.forgotten:
                all_ = ((ticket, epoch, position) for position in held)
                found += [at for at in all_ if at not in self.room.accepted and at not in self.room.held]
        return found

    def _chained(self, disk: Disk, one: Parsed) -> None:
        header = one.header
        where = f"{header.stream} {header.epoch}.{header.position}"
        before = disk.places[header.stream, header.epoch].get(header.position - 1)
        if header.position > 1:
            assert before is not None, f"{where}: a gap"
            assert header.previous == before.digest, f"{where}: not chained"
            return
        opened = r.read_clear(header)
        assert isinstance(opened, r.AttemptOpened | r.SittingOpened | r.SiteOpened), where
        due = opened.continues
        assert header.previous == (open_epoch(header.epoch, due).digest if due.position else GENESIS), where
        held = disk.places.get((header.stream, due.epoch), {}).get(due.position)
        assert not due.position or (held is not None and held.digest == due.digest), (
            f"{where}: continues what is not there"
        )

    def _sitting(self, disk: Disk, one: Parsed) -> None:
        record, room = r.read(one.header, one.entry, self.scenery.sitting_key), self.room
        match record:
            case r.AttemptGranted(ticket=ticket, epoch=epoch, device=device):
                assert epoch == room.granted[ticket] + 1, f"{ticket}: epoch {epoch} after {room.granted[ticket]}"
                room.granted[ticket] = epoch
                room.devices[ticket, epoch] = device.raw
                if one.header.epoch > 1:
                    self.anew.setdefault(ticket, set()).add(device.raw)
            case r.Accepted(ranges=ranges):
                for part in ranges:
                    self._accepted(disk, part, one.header.time)
            case r.Held(range=part, reason=reason):
                for position in range(part.first, part.upto + 1):
                    at = (part.ticket, part.epoch, position)
                    assert at not in room.accepted and at not in room.held, f"{at}: a second verdict"
                    room.held[at] = reason
            case r.HeldDecided(range=part, accepted=accepted):
                for position in range(part.first, part.upto + 1):
                    at = (part.ticket, part.epoch, position)
                    assert at in room.held and at not in room.decided, f"{at}: decided twice or not held"
                    room.decided[at] = accepted
            case r.HandedIn(ticket=ticket, point=point) | r.Collected(ticket=ticket, point=point):
                assert ticket not in room.closed, f"{ticket} is closed twice"
                room.closed.add(ticket)
                self._names_accepted(ticket, point.epoch, point.position, point.digest)
            case _:
                self._order(record)

    def _order(self, record: r.Record) -> None:  # noqa: C901  # one line a record
        room = self.room
        match record:
            case r.Reopened(ticket=ticket):
                room.closed.discard(ticket)
            case r.ViolationRecorded(ticket=ticket, voids=voids):
                room.before.setdefault(ticket, []).append(ticket in room.closed)
                if voids:
                    room.closed.add(ticket)
            case r.ViolationUndone(ticket=ticket):
                if not room.before[ticket].pop():
                    room.closed.discard(ticket)
            case r.MarkedAbsent(ticket=ticket):
                room.closed.add(ticket)
            case r.AbsenceUndone(ticket=ticket):
                room.closed.discard(ticket)
            case r.TimeExtended(ticket=ticket, extra=extra, beyond=beyond):
                (room.beyond if beyond else room.extra)[ticket] += extra
            case r.EndedEarly(at=at):
                room.stopped, room.paused = at, None
            case r.Outage(since=since, until=until):
                room.outages.append((since, until))
            case r.Paused(at=at):
                room.paused = at
            case r.WentOn(at=at, beyond=beyond):
                assert room.paused is not None
                (room.beyond if beyond else room.extra)[""] += at - min(at, room.paused)
                room.paused = None
            case r.SittingEnded():
                room.ended = True
            case _:
                pass

    def _accepted(self, disk: Disk, part: r.Range, time: int) -> None:
        ticket, room = part.ticket, self.room
        where = f"{ticket} {part.epoch}.{part.first}-{part.upto}"
        assert part.epoch == room.granted[ticket], f"{where}: accepted under epoch {room.granted[ticket]}"
        assert ticket not in room.closed, f"{where}: accepted after it was closed"
        clock = time if room.paused is None else min(time, room.paused)
        assert clock < self.closes(ticket), f"{where}: accepted at {time - self.closes(ticket)} ms after it closes"
        assert not room.ended, f"{where}: accepted after the sitting ended"
        stored = disk.places.get((self._stream(ticket), part.epoch), {})
        for position in range(part.first, part.upto + 1):
            at = (ticket, part.epoch, position)
            assert position in stored, f"{where}: accepted, but not stored"
            assert at not in room.accepted and at not in room.held, f"{at}: a second verdict"
            digest = room.accepted[at] = stored[position].digest
            known = self.content.get(digest)
            if known is not None:
                self.counted.setdefault((ticket, known[3]), set()).add(known[4])
        assert stored[part.upto].digest == part.digest, f"{where}: another record than stored"
        room.newest[ticket, part.epoch] = (part.epoch, part.upto)

    def _names_accepted(self, ticket: str, epoch: int, position: int, digest: bytes) -> None:
        if position:
            assert self.room.accepted.get((ticket, epoch, position)) == digest, (
                f"{ticket} {epoch}.{position} was not accepted"
            )

    def _acknowledged(self, disk: Disk, ack: m.Ack) -> None:
        if ack.verdict != "accepted":
            return
        stream = disk.find(ack.point.digest)
        assert stream, f"acknowledged {ack.point.epoch}.{ack.point.position}, which is not on the room's disk"
        ticket = stream.rpartition("/")[2]
        self._names_accepted(ticket, ack.point.epoch, ack.point.position, ack.point.digest)
        place = (ticket, ack.point.epoch)
        self.acked[place] = max(self.acked.get(place, 0), ack.point.position)

    def _receipt(self, document: bytes) -> None:
        receipt = codec.decode(d.AttemptReceipt, signed.open_envelope(document).payload, limits.DOCUMENT_BYTES)
        point = receipt.attempt
        self._names_accepted(receipt.ticket, point.epoch, point.position, point.digest)
        for at in (point, receipt.sitting) if receipt.final else ():
            there = not at.position or (self._site is not None and self._site.find(at.digest))
            assert there, f"{receipt.ticket}: final, and the site's disk lacks {at.epoch}.{at.position}"
