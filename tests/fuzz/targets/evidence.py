"""What is held against a bundle: witnesses, receipts, proofs, and a room's ledger as somebody brings it on a stick."""

import asyncio
import functools
import io
from pathlib import Path

from shared import codec, ledger, limits, proof, testimony, verifier
from shared import documents as d
from shared import messages as m
from shared.against import Against
from shared.io import witnesses
from shared.io.store import Batch, Store
from shared.ledger import Head, Point
from tests.fuzz.target import Target, memory_folder
from tests.fuzz.world import EDITS, changed, day, payload_of, signed_anew
from tests.support import receipts
from tests.support.small_day import ROOM, SITE, T

SITTING = "sitting/m1/01"


@functools.cache
def _verified() -> tuple[list[ledger.Parsed], verifier.Report]:
    seen: list[ledger.Parsed] = []
    report = verifier.verify(io.BytesIO(day().bundle()), day().root.public, None, lambda one, _: seen.append(one))
    return seen, report


def _judge(statement: testimony.Statement) -> None:
    """The day's bundle against one testimony."""
    seen, report = _verified()
    against = Against([statement])
    for parsed in seen:
        against.visit(parsed, None)
    against.judge(report.basis)


def _head() -> Head:
    entries = day().sitting_entries
    point = Point(1, len(entries), entries[-1].digest)
    return Head(SITTING, point, T, day().room_key.sign(ledger.head_bytes(SITTING, point, T)))


@functools.cache
def _witness() -> bytes:
    digests = b"".join(entry.digest for entry in day().sitting_entries)
    heads = (d.HeldHead(_head(), T),)
    return codec.encode(
        d.Witness(SITE, ROOM, T, (receipts.grant(day()),), heads, (d.Trail(SITTING, 1, digests),))
    )  # fmt: skip


def _of_room(edits: bytes) -> None:
    _judge(testimony.read("w", signed_anew(day().room_key, d.WITNESS, changed(_witness(), edits))))


def _of_platform(edits: bytes) -> None:
    sample = codec.decode(d.Witness, _witness(), limits.DOCUMENT_BYTES)
    payload = d.Witness(SITE, testimony.PLATFORM, T, (day().issuer, *sample.documents), sample.heads, ())
    _judge(testimony.read("w", signed_anew(day().issuing, d.WITNESS, changed(codec.encode(payload), edits))))


def _receipt(edits: bytes) -> None:
    payload = changed(payload_of(receipts.receipt(day())), edits)
    _judge(testimony.read("r", signed_anew(day().room_key, d.ATTEMPT_RECEIPT, payload)))


@functools.cache
def _proof() -> bytes:
    prover = proof.Prover(testimony.read("r", receipts.receipt(day())))
    report = verifier.verify(io.BytesIO(day().bundle()), day().root.public, None, prover.visit)
    return prover.proof(report.basis, report.summary)


def _proven(edits: bytes) -> None:
    proof.check(changed(_proof(), edits), day().root.public)


@functools.cache
def _room_db() -> bytes:
    path = memory_folder() / "room.db"
    store = Store(path)
    offer = codec.encode(m.SessionOffer(day().formal, b"", b"", receipts.grant(day()), ()))
    entries = [ledger.parse(entry) for entry in day().sitting_entries]
    asyncio.run(store.commit(Batch(entries, [_head()], {"offer/m1": offer})))
    store.close()
    return path.read_bytes()


@functools.cache
def _folder() -> Path:
    return memory_folder()


def _copied(data: bytes) -> None:
    path = _folder() / "copy.db"
    path.write_bytes(data)
    _judge(witnesses.load(path))


TARGETS = [
    Target("evidence/room", _of_room, lambda: EDITS, most=256),
    Target("evidence/platform", _of_platform, lambda: EDITS, most=256),
    Target("evidence/receipt", _receipt, lambda: EDITS, most=256),
    Target("evidence/proof", _proven, lambda: EDITS, most=256),
    Target("evidence/room_db", _copied, lambda: [_room_db()]),
]
