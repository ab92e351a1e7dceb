"""The administrator with root: changes one answer of a finished day and signs everything anew with the site's keys.

`python -m tests.support.forger SITE_FOLDER --session S --ticket T --out FILE` does it to a copy of a real site's data.
Holds what a site machine holds: the opened dongle, the CA's key, the site's head key, its stream key and the data
keys of session and sittings. Not the rooms' and the candidates' keys, which lie on other machines: the room's is
replaced by a new one that the CA grants, and the device's heads are left out. The outcome verifies by itself.
"""

import argparse
import io
import os
import shutil
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from shared import bundle, codec, crypto, ledger, signed, trust
from shared import documents as d
from shared import records as r
from shared.ledger import Chain, Entry, Head, Header, Point
from shared.merkle import Tree
from site_server.folder import Folder
from site_server.station import Station
from tests.support.small_day import SITE, SmallDay


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
class Lie:
    """Whose last answer to which item becomes what."""

    room: str
    ticket: str
    item: int
    letters: tuple[str, ...]


@dataclass
class Forgery:
    """A history that never was: its entries by stream, the room's new key, and what was replaced by what."""

    machine: Machine
    lie: Lie
    room_key: crypto.Ed25519Signer
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    swapped: dict[bytes, bytes] = field(default_factory=dict)
    bundle: bytes = b""

    @property
    def sitting(self) -> str:
        """The stream of the room."""
        return ledger.sitting_stream(self.machine.session, self.lie.room)

    def rebuild(self, stream: str, heads: bytes) -> None:
        """The same records chained anew; what no change touches keeps its bytes."""
        entries, made = self.entries[stream], []
        last = [header for header in map(ledger.header_of, entries) if header.item == self.lie.item][-1:]
        chain = Chain(stream, self._key(stream), ledger.START)
        for entry in entries:
            header = ledger.header_of(entry)
            if header.position == 1:
                chain.at = Point(header.epoch, 0, self.swapped.get(header.previous, header.previous))
            before = header.clear or ledger.open_body(self._key(stream), entry)
            data = self._changed(header, before, last, heads)
            if (data, chain.at.digest) == (before, header.previous):
                chain.at = Point(header.epoch, header.position, entry.digest)
                made.append(entry)
                continue
            text = {"clear": data} if header.clear else {"plain": data}
            made.append(chain.append(header.kind, header.time, item=header.item, **text))
            self.swapped[entry.digest] = made[-1].digest
        self.entries[stream] = made

    def head(self, head: Head) -> Head:
        """The head as it must be now: over the same place, by a key that is at hand; others' are left as they are."""
        new = self.swapped.get(head.point.digest)
        if new is None and head.stream != self.sitting:
            return head
        signer = self.machine.signer if head.stream.startswith("site/") else self.room_key
        point = Point(head.point.epoch, head.point.position, new or head.point.digest)
        return Head(head.stream, point, head.time, signer.sign(ledger.head_bytes(head.stream, point, head.time)))

    def grant(self, data: bytes) -> bytes:
        """A document of the bundle; a grant for the room's key is the CA's for the new key now."""
        if not data.startswith(codec.encode(signed.MAGIC)[:1]) and b"kaodian-signed-1" not in data[:24]:
            return data
        if signed.open_envelope(data).type != d.GRANT:
            return data
        one = trust.peek(data, d.GRANT, d.Grant)
        if one.key.raw not in self.swapped:
            return data
        return signed.sign(self.machine.ca, d.GRANT, replace(one, key=self.room_key.public))

    def _changed(self, header: Header, data: bytes, last: list[Header], heads: bytes) -> bytes:
        attempt = ledger.attempt_stream(self.machine.session, self.lie.ticket)
        if header.stream == attempt and [header] == last:
            return codec.encode(r.Answered(self.lie.letters))
        if header.kind == r.BundleMade.__name__:
            made = r.read_clear(header)
            assert isinstance(made, r.BundleMade)
            data = codec.encode(replace(made, heads=heads)) if made.session == self.machine.session else data
        for old, new in self.swapped.items():
            data = data.replace(old, new)
        return data

    def _key(self, stream: str) -> bytes:
        kind, *rest = stream.split("/")
        if kind == "site":
            return self.machine.stream_key
        data = self.machine.data.session if kind == "attempt" else self.machine.data.sittings[rest[1]]
        return ledger.stream_key(data, stream)


def forge(machine: Machine, honest: bytes, lie: Lie) -> Forgery:
    """Another bundle of the same day, in which one answer is another."""
    parts = list(bundle.read(io.BytesIO(honest)))
    forgery = Forgery(machine, lie, crypto.Ed25519Signer(crypto.new_key()))
    for data in _of(parts, bundle.RECORD):
        entry = codec.decode(Entry, data, len(data))
        header = ledger.header_of(entry)
        forgery.entries.setdefault(header.stream, []).append(entry)
        opened = r.read_clear(header) if header.stream == forgery.sitting and header.position == 1 else None
        if isinstance(opened, r.SittingOpened):
            forgery.swapped[opened.room_key.raw] = forgery.room_key.public.raw
    # The device's own heads would contradict the new answer: they are left out, and the making of the bundle says so.
    heads = [codec.decode(Head, data, len(data)) for data in _of(parts, bundle.HEAD)]
    attempt = ledger.attempt_stream(machine.session, lie.ticket)
    kept = [head for head in heads if head.stream != attempt]
    of_devices = [codec.encode(head) for head in kept if head.stream.startswith("attempt/")]
    for stream in sorted(forgery.entries, key=lambda name: ("attempt", "sitting", "site").index(name.split("/")[0])):
        forgery.rebuild(stream, bundle.heads_digest(of_devices))
    documents = [forgery.grant(data) for data in _of(parts, bundle.DOCUMENT)]
    forgery.bundle = _build(forgery, documents, [codec.encode(forgery.head(head)) for head in kept], parts[-1].data)
    return forgery


def _of(parts: Iterable[bundle.Part], type_: int) -> list[bytes]:
    return [part.data for part in parts if part.type == type_]


def _build(forgery: Forgery, documents: list[bytes], heads: list[bytes], summary: bytes) -> bytes:
    out, tree = io.BytesIO(), Tree()
    writer = bundle.Writer(out)
    for document in documents:
        writer.part(bundle.DOCUMENT, document)
    for stream in sorted(forgery.entries):
        for entry in forgery.entries[stream]:
            writer.part(bundle.RECORD, codec.encode(entry))
            tree.add(bundle.leaf(stream, ledger.parse(entry).point))
    for head in heads:
        writer.part(bundle.HEAD, head)
    old = trust.peek(summary, d.BUNDLE, d.BundleSummary)
    new = replace(old, size=writer.size, sha256=writer.sha256, parts=writer.parts, tree=tree.close()[0])
    writer.part(bundle.SUMMARY, signed.sign(forgery.machine.signer, d.BUNDLE, new))
    return out.getvalue()


def forged(day: SmallDay, ticket: str, item: int, letters: tuple[str, ...]) -> bytes:
    """A small day's bundle with another answer in it, made with every key of its site."""
    machine = Machine(SITE, day.session.id, day.dongle_signer, day.ca, day.site_key, crypto.new_key(), day.keys)
    room = next(place.room for place in day.places if place.ticket == ticket)
    return forge(machine, day.bundle(), Lie(room, ticket, item, letters)).bundle


def forge_site(folder: Path, passphrase: str, session: str, ticket: str) -> Forgery:
    """Changes the last answer of a candidate in a site's store, and makes the bundle that follows from it."""
    station = Station.open(Folder(folder), passphrase)
    try:
        keys, one = station.site.keys, station.held.get(session)
        machine = Machine(
            station.site.id, session, keys.dongle, keys.ca, keys.signer, keys.stream_key, one.data_keys
        )  # fmt: skip
        honest = (station.site.folder.bundles / f"{session}.kdr").read_bytes()
        room = next(place.room for place in one.formal.places if place.ticket == ticket)
        attempt = ledger.attempt_stream(session, ticket)
        key = ledger.stream_key(machine.data.session, attempt)
        answers = []
        for point in station.site.store.points(attempt)[attempt]:
            for entry in station.site.store.entries(attempt, point.epoch):
                header = ledger.header_of(entry)
                if header.item:
                    answers.append((header.item, r.read(header, entry, key)))
    finally:
        station.close()
    item, answered = answers[-1]
    assert isinstance(answered, r.Answered)
    forgery = forge(machine, honest, Lie(room, ticket, item, ("B",) if answered.answer == ("A",) else ("A",)))
    _overwrite(folder / "site.db", forgery)
    (folder / "bundles" / f"{session}.kdr").write_bytes(forgery.bundle)
    return forgery


def _overwrite(database: Path, forgery: Forgery) -> None:
    """Puts the forged records into the site's store, in place of those that were there."""
    with sqlite3.connect(database) as db:
        for stream, entries in forgery.entries.items():
            for parsed in map(ledger.parse, entries):
                where = (stream, parsed.header.epoch, parsed.header.position)
                values = (parsed.digest, parsed.entry.header, parsed.entry.body, *where)
                text = "UPDATE records SET digest=?, header=?, body=? WHERE stream=? AND epoch=? AND position=?"
                assert db.execute(text, values).rowcount == 1, where
    db.close()


def main() -> None:
    """Forges a copy of a site's folder; the passphrase comes from KAODIAN_PASSPHRASE."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.forger", description=__doc__)
    parser.add_argument("site", type=Path, help="a site's data folder; it is copied, not changed")
    parser.add_argument("--session", required=True)
    parser.add_argument("--ticket", required=True, help="whose last answer is changed")
    parser.add_argument("--out", type=Path, required=True, help="the forged bundle")
    given = parser.parse_args()
    copy = given.out.with_suffix(".site")
    shutil.copytree(given.site, copy, ignore=shutil.ignore_patterns("control.sock", "lock"))
    forgery = forge_site(copy, os.environ["KAODIAN_PASSPHRASE"], given.session, given.ticket)
    given.out.write_bytes(forgery.bundle)
    print(f"{given.ticket}: item {forgery.lie.item} is now {''.join(forgery.lie.letters)}; {given.out}")


if __name__ == "__main__":
    main()
