"""What a ledger on disk tells as a witness: its grants, its heads, and the digests of all its records, chains checked.

`parts` is for the machine that owns the ledger and signs the outcome; `load` opens whatever somebody brings as a
witness: a signed file, a receipt, or a room's `room.db` as it lay on the disk. An evidence file is never written to.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from shared import codec, ledger, limits, testimony
from shared import documents as d
from shared import records as r
from shared.errors import Damaged
from shared.io.store import Store
from shared.ledger import Point
from shared.messages import SessionOffer
from shared.testimony import Statement

OFFERS, GRANTS = "offer/", "grant/"
SITE_HEADS, SITE_GRANTS = "site-head/", "site-grant/"
"""Names of facts in a store: sessions offered to a room, grants of a site, and what a room keeps of the site."""
_SQLITE = b"SQLite format 3\0"
_STEP = 2000


def load(path: Path) -> Statement:
    """A witness as somebody brings it, not verified yet; raises `Malformed`, `Damaged` or `OSError`."""
    with path.open("rb") as source:
        data = source.read(limits.DOCUMENT_BYTES + 1)
    if not data.startswith(_SQLITE):
        return testimony.read(path.name, data)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(path, copy)
        journal = path.with_name(path.name + "-wal")
        if journal.is_file():
            shutil.copyfile(journal, copy.with_name(copy.name + "-wal"))
        store = Store(copy)
        try:
            store.check_brought()
            return testimony.copy(path.name, _covered(store))
        finally:
            store.close()


def parts(store: Store, session: str = "") -> d.Witness:
    """All that a room's store tells, of one session or of all; the owner fills in who and when, and signs.

    Raises:
        Damaged: a chain in the store does not verify; the place is named.
    """
    heads = [d.HeldHead(head, head.time) for head in store.heads() if _of(head.stream, session)]
    heads += [codec.decode(d.HeldHead, data, limits.RECORD_BYTES) for data in store.facts(SITE_HEADS).values()]
    trails = tuple(_trails(store, session))
    made = max((one.received for one in heads), default=0)
    return d.Witness("", "", made, tuple(_documents(store)), tuple(heads), trails)


def _of(stream: str, session: str) -> bool:
    return not session or stream.split("/")[1] == session


def _documents(store: Store) -> Iterator[bytes]:
    for data in store.facts(OFFERS).values():
        yield codec.decode(SessionOffer, data, limits.OFFER_BYTES).grant
    for prefix in (GRANTS, SITE_GRANTS):
        yield from store.facts(prefix).values()


def _trails(store: Store, session: str) -> Iterator[d.Trail]:
    for stream, points in store.points().items():
        for point in points if _of(stream, session) else ():
            at, digests = Point(point.epoch, 0, b""), bytearray()
            for parsed in _records(store, stream, point):
                if parsed.header.position == 1:
                    at = Point(point.epoch, 0, parsed.header.previous)
                at = ledger.follow(at, parsed.header, parsed.digest)
                digests += parsed.digest
            yield d.Trail(stream, point.epoch, bytes(digests))


def _records(store: Store, stream: str, end: Point) -> Iterator[ledger.Parsed]:
    for after in range(0, end.position, _STEP):
        found = store.entries(stream, end.epoch, after, _STEP)
        if not found:
            raise Damaged(f"{stream} {end.epoch}: nothing lies between {after} and {end.position}")
        for entry in found:
            parsed = ledger.parse(entry)
            if parsed.header.stream != stream:
                raise Damaged(f"{stream} {end.epoch}.{after}: a record of another stream lies there")
            yield parsed


def _covered(store: Store) -> d.Witness:
    """The part of a copied ledger that its signed heads cover: up to a head, attempts up to what a sitting's names."""
    whole = parts(store)
    ends: dict[tuple[str, int], int] = {}
    for one in whole.heads:
        head = one.head
        where = (head.stream, head.point.epoch)
        if not head.stream.startswith("attempt/"):
            ends[where] = max(ends.get(where, 0), head.point.position)
        if head.stream.startswith("sitting/"):
            ends |= _named(store, head)
    trails = [d.Trail(t.stream, t.epoch, t.digests[: 32 * ends.get((t.stream, t.epoch), 0)]) for t in whole.trails]
    kept = tuple(trail for trail in trails if trail.digests)
    return d.Witness("", "", whole.made, whole.documents, _sound(whole.heads), kept)


def _named(store: Store, head: ledger.Head) -> dict[tuple[str, int], int]:
    """How far the verdicts below a sitting's head name each attempt epoch."""
    session = head.stream.split("/")[1]
    found: dict[tuple[str, int], int] = {}
    for parsed in _records(store, head.stream, head.point):
        if parsed.header.position > head.point.position:
            break
        record = r.read_clear(parsed.header)
        ranges = record.ranges if isinstance(record, r.Accepted) else ()
        for part in (*ranges, *([record.range] if isinstance(record, r.Held) else ())):
            found[ledger.attempt_stream(session, part.ticket), part.epoch] = part.upto
    return found


def _sound(heads: tuple[d.HeldHead, ...]) -> tuple[d.HeldHead, ...]:
    """Heads of the site and of sittings: those of devices need the bundle's own word on the device."""
    return tuple(one for one in heads if not one.head.stream.startswith("attempt/"))
