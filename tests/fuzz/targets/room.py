"""What a room takes in: records of its PCs, commands of its staff, offers of the site; and what the site copies of it.

Inputs run against the real core in a sitting that has begun; whatever it decides must fold, and must fit a record.
"""

import functools
from typing import Any

from proctor_console.room import briefing, machine
from shared import codec, exam, ledger, limits, receiving, sitting
from shared import commands as c
from shared import documents as d
from shared import messages as m
from shared import records as r
from shared.errors import Malformed, Refused, Untrusted
from shared.io import identity
from shared.ledger import Chain, Entry, Head
from shared.machines import Kind
from shared.refusal import Refusal
from shared.roles import Role
from site_server.authorisation import Authorisations, Authorised
from site_server.copies import Copies
from site_server.station import Station
from tests.fuzz.forgery import CHAIN, EVERYTHING, forged_parts
from tests.fuzz.samples import samples
from tests.fuzz.target import Target, memory_folder
from tests.fuzz.values import BROKEN, edited, packed, unpacked
from tests.fuzz.world import EDITS, changed, day, formal, signed_anew
from tests.support.site_day import PASSPHRASE, make
from tests.support.small_day import ROOM, SITE, SmallDay, T

TICKET = "1001"
COMMAND: Any = c.StaffCommand


@functools.cache
def _begun() -> SmallDay:
    """A day in the middle of the exam: two candidates answer, one has not come."""
    made = SmallDay()
    made.open()
    made.log_in(TICKET)
    made.log_in("1002")
    made.start()
    made.answer(TICKET, 1, "A")
    made.now = T + 40 * limits.MINUTE
    return made


def _state() -> sitting.Sitting:
    """The sitting of that day, folded anew."""
    one = _begun()
    state = sitting.Sitting(one.session, one.room, one.places)
    key = ledger.stream_key(one.keys.sittings[ROOM], one.chain.stream)
    for ticket, pc in one.pcs.items():
        for parsed in map(ledger.parse, pc.entries):
            sitting.note(state, ticket, parsed.header, parsed.digest)
    for entry in one.sitting_entries:
        record: Any = r.read(ledger.header_of(entry), entry, key)
        sitting.apply(state, record)
    return state


def _put(state: sitting.Sitting, command: Any) -> None:
    """Decides and folds as a desk does; every instant that follows must fit a message."""
    made = exam.decide(state, command, _begun().now)
    if isinstance(made, Refusal):
        return
    chain = Chain("sitting/m1/01", bytes(32), ledger.START)
    for record in made:
        try:
            r.append(chain, record, _begun().now)
        except Malformed as error:
            raise AssertionError(f"what was decided is no record: {error}") from error
        sitting.apply(state, record)
    codec.encode([state.times(ticket) for ticket in state.candidates])
    exam.next_instant(state, _begun().now)


def _records(data: bytes) -> None:
    """More records of a candidate: a sealed answer, an event and a hand-in, edited, then chained to the last ones."""
    pc = _begun().pcs[TICKET]
    chain = Chain(pc.chain.stream, bytes(32), pc.chain.at)
    valid = [r.append(chain, r.Answered(("A",)), T, 1), r.append(chain, r.PcEvent("x"), T)]
    valid.append(r.append(chain, r.HandInRequested(False), T))
    again, edits = (data[0] & 1, data[1:]) if data else (1, b"")
    entries = edited([codec.encode(entry) for entry in valid], edits)
    if not isinstance(entries, list):
        return
    at = pc.chain.at
    parsed = []
    for entry in entries:
        data = _chained(entry, at) if again else entry
        parsed.append(ledger.parse(codec.decode(Entry, data if isinstance(data, bytes) else b"", limits.RECORD_BYTES)))
        at = ledger.Point(at.epoch, at.position + 1, parsed[-1].digest)
    state = _state()
    command = c.Receive(TICKET, state.candidates[TICKET].epoch, tuple(parsed))
    fresh = receiving.fresh(state, command)
    for one in () if isinstance(fresh, Refusal) else fresh:
        sitting.note(state, TICKET, one.header, one.digest)
    _put(_state(), command)


def _chained(entry: Any, at: ledger.Point) -> Any:
    try:
        header_bytes, body = unpacked(entry)
        header = unpacked(header_bytes)
        header[2], header[3], header[7] = at.position + 1, at.digest, len(body)
        return packed([packed(header), body])
    except (*BROKEN, IndexError, KeyError, AttributeError):
        return entry


def _command(data: bytes) -> None:
    """A staff command by everybody who may be in the room, one after the other."""
    command: c.StaffCommand = codec.decode(COMMAND, data, limits.FRAME_BYTES)
    state = _state()
    for role in Role:
        _put(state, c.ByStaff(command, c.Actor(f"王{role}", role, "console-01-1", "127.0.0.1")))


@functools.cache
def _machine() -> machine.Machine:
    one = day()
    rooms = {ROOM: d.RoomAddress("127.0.0.1", 1)}
    file = d.SiteFile(SITE, "考点", one.ca_certificate, one.root.public, one.issuer, "127.0.0.1", 1, rooms)
    place = identity.Place(Kind.ROOM, ROOM, 0)
    return machine.Machine(identity.Identity(memory_folder(), place, file), one.room_key)


def _offer(edits: bytes) -> None:
    one = day()
    grant = d.Grant(ledger.sitting_stream("m1", ROOM), 1, one.room_key.public, T)
    document = signed_anew(one.ca, d.GRANT, codec.encode(grant))
    offer = m.SessionOffer(one.formal, one.keys.session, one.keys.sittings[ROOM], document, formal().papers)
    found = codec.decode(m.SessionOffer, changed(codec.encode(offer), edits), limits.DOCUMENT_BYTES)
    briefing.trusted(found, _machine(), 1, one.now)


@functools.cache
def _station() -> Station:
    return Station.open(make(memory_folder() / "site"), PASSPHRASE)


def _push(data: bytes) -> None:
    """A room's whole day as it pushes it, edited and chained anew, then its heads."""
    flags, edits = (data[0], data[1:]) if data else (EVERYTHING, b"")
    records, heads = forged_parts(edits, flags)
    held = Authorisations(_station().site)
    held.sessions["m1"] = Authorised(day().formal, formal(), day().keys)
    copies = Copies(_station().site.store, held, _station().moves)
    entries = tuple(codec.decode(Entry, one, limits.RECORD_BYTES + 64) for one in records)
    copies.take(ROOM, tuple(one for one in entries if not ledger.header_of(one).stream.startswith("site/")))
    for head in (codec.decode(Head, one, limits.RECORD_BYTES) for one in heads):
        if not head.stream.startswith("site/"):
            copies.take_head(ROOM, head, day().room_key.public)


TARGETS = [
    Target("room/records", _records, lambda: [b"\1" + one for one in EDITS], most=256, share=1.5),
    Target("room/command", _command, lambda: [codec.encode(one) for one in samples(COMMAND)], shape="msgpack",
           most=16 * limits.KIB, share=1.5),
    Target("room/offer", _offer, lambda: EDITS, most=256),
    Target("room/push", _push, lambda: [bytes([flags]) + one for flags in (EVERYTHING, CHAIN) for one in EDITS],
           (Untrusted, Refused), most=256, share=2.0),
]  # fmt: skip
