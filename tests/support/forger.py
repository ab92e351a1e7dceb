"""The administrator with root: changes one answer in a finished day and signs everything anew with the site's keys.

Holds what a site machine holds: the opened dongle, the CA's key, the site's head key, its stream key and the data
keys of session and sittings. Not the rooms' and the candidates' keys, which lie on other machines: the room's is
replaced by a new one that the CA grants, and the device's heads are left out. The outcome verifies by itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from shared import bundle, codec, crypto, ledger, signed
from shared import documents as d
from shared import records as r
from shared.ledger import Chain, Entry, Head, Header, Point
from tests.support.small_day import SITE, SmallDay, T, build

Change = Callable[[Header, bytes], bytes]


@dataclass
class Machine:
    """The keys on a site machine."""

    site: str
    session: str
    dongle: crypto.Signer
    ca: crypto.Signer
    signer: crypto.Signer
    stream_key: bytes
    data: d.DataKeys


@dataclass
class Forgery:
    """A history that never was: entries by stream, the room's new key, and how old digests and keys were replaced."""

    machine: Machine
    room_key: crypto.Ed25519Signer
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    swapped: dict[bytes, bytes] = field(default_factory=dict)

    def head(self, stream: str, epoch: int, time: int) -> Head:
        """A signed head over the last record of an epoch."""
        last = max((ledger.parse(entry).point for entry in self.of(stream, epoch)), key=lambda point: point.position)
        signer = self.machine.signer if stream.startswith("site/") else self.room_key
        return Head(stream, last, time, signer.sign(ledger.head_bytes(stream, last, time)))

    def of(self, stream: str, epoch: int) -> list[Entry]:
        """The entries of one epoch."""
        return [entry for entry in self.entries[stream] if ledger.header_of(entry).epoch == epoch]

    def grant(self, data: bytes) -> bytes:
        """A grant as it must have been: the room's key replaced, signed anew by CA or dongle."""
        one = codec.decode(d.Grant, signed.open_envelope(data).payload, len(data))
        if one.key.raw not in self.swapped:
            return data
        made = d.Grant(one.stream, one.epoch, self.room_key.public, one.issued)
        return signed.sign(self.machine.ca, d.GRANT, made)


def forge(
    machine: Machine, entries: Iterable[Entry], room: str, ticket: str, item: int, letters: tuple[str, ...]
) -> Forgery:
    """Rebuilds every stream of the session so that `ticket` answered `letters` to `item` last."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(ledger.header_of(entry).stream, []).append(entry)
    forgery = Forgery(machine, crypto.Ed25519Signer(crypto.new_key()))
    attempt = ledger.attempt_stream(machine.session, ticket)
    sitting = ledger.sitting_stream(machine.session, room)
    target = [header for header in map(ledger.header_of, found[attempt]) if header.item == item][-1]
    old = next(r.read_clear(header) for header in map(ledger.header_of, found[sitting]))
    assert isinstance(old, r.SittingOpened)
    forgery.swapped[old.room_key.raw] = forgery.room_key.public.raw

    def answered(header: Header, data: bytes) -> bytes:
        return codec.encode(r.Answered(letters)) if header == target else data

    for stream in sorted(found, key=lambda name: ("attempt", "sitting", "site").index(name.split("/")[0])):
        change = answered if stream == attempt else None
        forgery.entries[stream] = _rebuilt(forgery, stream, found[stream], _key(machine, stream), change)
    return forgery


def _key(machine: Machine, stream: str) -> bytes:
    kind, *rest = stream.split("/")
    if kind == "site":
        return machine.stream_key
    data = machine.data.session if kind == "attempt" else machine.data.sittings[rest[1]]
    return ledger.stream_key(data, stream)


def _rebuilt(forgery: Forgery, stream: str, entries: list[Entry], key: bytes, change: Change | None) -> list[Entry]:
    """The same records chained anew; what no change touches keeps its bytes."""
    made: list[Entry] = []
    chain = Chain(stream, key, ledger.START)
    for entry in entries:
        header = ledger.header_of(entry)
        if header.position == 1:
            chain.at = Point(header.epoch, 0, forgery.swapped.get(header.previous, header.previous))
        before = header.clear or ledger.open_body(key, entry)
        data = change(header, before) if change is not None else before
        for old, new in forgery.swapped.items():
            data = data.replace(old, new)
        if (data, chain.at.digest) == (before, header.previous):
            chain.at = Point(header.epoch, header.position, entry.digest)
            made.append(entry)
            continue
        text = {"clear": data} if header.clear else {"plain": data}
        again = chain.append(header.kind, header.time, item=header.item, **text)
        forgery.swapped[entry.digest] = again.digest
        made.append(again)
    return made


def forged(day: SmallDay, ticket: str, item: int, letters: tuple[str, ...]) -> bytes:
    """A small day's bundle with another answer in it, made with every key of its site."""
    documents, records, heads = day.parts()
    machine = Machine(SITE, day.session.id, day.dongle_signer, day.ca, day.site_key, crypto.new_key(), day.keys)
    entries = [codec.decode(Entry, record, len(record)) for record in records]
    room = next(place.room for place in day.places if place.ticket == ticket)
    # The signed heads of devices would contradict the new answer: theirs are left out, and the making says so.
    kept = [head for head in heads[2:] if f"/{ticket}".encode() not in head]
    made = next(e for e in entries if ledger.header_of(e).kind == r.BundleMade.__name__)
    entries.remove(made)
    forgery = forge(machine, entries, room, ticket, item, letters)
    site = ledger.site_stream(SITE)
    chain = Chain(site, machine.stream_key, ledger.parse(forgery.entries[site][-1]).point)
    count = sum(map(len, forgery.entries.values())) + 1
    making = r.BundleMade(day.session.id, count, bundle.heads_digest(kept))
    forgery.entries[site].append(r.append(chain, making, T))
    sitting = ledger.sitting_stream(day.session.id, room)
    new_heads = [codec.encode(forgery.head(stream, 1, T)) for stream in (site, sitting)]
    papers = [*documents[:4], *(forgery.grant(document) for document in documents[4:])]
    everything = [codec.encode(e) for stream in sorted(forgery.entries) for e in forgery.entries[stream]]
    # Heads follow the sorted streams: "sitting/..." stands after "site/...".
    return build(papers, everything, new_heads + kept, day.site_key, day.session.id)
