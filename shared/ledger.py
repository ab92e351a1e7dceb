"""The ledger: append-only, hash-chained streams of records with exactly one writer each.

A record is a clear header and a sealed body. `digest = SHA-256("kaodian-record-1" ‖ u32(len(header)) ‖ header ‖
body)`; the header names the previous digest. Positions count from 1 in each epoch; the first record of a later
epoch continues the chain at the record it names. Heads are signed by the stream's writer. Pure: knows neither
storage nor what a record means.
"""

from typing import Annotated

import msgspec

from shared import codec, crypto, limits
from shared.errors import Damaged, Malformed

TAG = b"kaodian-record-1"
HEAD_TAG = b"kaodian-head-1"
GENESIS = bytes(crypto.DIGEST_BYTES)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

Whole = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""Numbers of the ledger: what a database's integer holds; decoding refuses any other."""


class Header(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The clear part. `item` is the item number or 0; `size` the sealed body's bytes; `clear` the MessagePack of a
    record whose fields must be checkable with public keys alone, else empty.
    """

    stream: str
    epoch: Whole
    position: Whole
    previous: bytes
    time: Whole
    kind: str
    item: Whole
    size: Whole
    clear: bytes


class Entry(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A record as stored and sent, verbatim: header bytes and sealed body."""

    header: bytes
    body: bytes

    @property
    def digest(self) -> bytes:
        """The record's digest, 32 bytes."""
        return crypto.sha256(TAG + len(self.header).to_bytes(4) + self.header + self.body)

    def size(self) -> int:
        """Bytes of header and body together."""
        return len(self.header) + len(self.body)


class Point(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A place in a stream: epoch, position and the digest there. Position 0 means nothing of that epoch yet."""

    epoch: Whole
    position: Whole
    digest: bytes


class Head(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The writer's signed word on how far its stream goes."""

    stream: str
    point: Point
    time: Whole
    signature: bytes


START = Point(0, 0, GENESIS)


def attempt_stream(session: str, ticket: str) -> str:
    """Name of a candidate's attempt stream."""
    return f"attempt/{session}/{ticket}"


def sitting_stream(session: str, room: str) -> str:
    """Name of the stream of one session in one room."""
    return f"sitting/{session}/{room}"


def site_stream(site: str) -> str:
    """Name of the site's own stream."""
    return f"site/{site}"


def stream_key(data_key: bytes, stream: str) -> bytes:
    """The sealing key of a stream, the same in every epoch and on every machine."""
    return crypto.derive(data_key, f"kaodian/stream/{stream}")


def header_of(entry: Entry) -> Header:
    """The decoded header of an entry whose body has the stated size.

    Raises:
        Malformed: not a header in its one canonical encoding, too large, or a body of another size.
    """
    header = codec.decode(Header, entry.header, limits.RECORD_BYTES)
    if header.size != len(entry.body) or entry.size() > limits.RECORD_BYTES:
        raise Malformed(f"record {header.stream} {header.epoch}.{header.position}: body size does not fit")
    if codec.encode(header) != entry.header:
        raise Malformed(f"record {header.stream} {header.epoch}.{header.position}: header is not canonical")
    return header


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """An entry with its header decoded and its digest computed, once."""

    header: Header
    entry: Entry
    digest: bytes

    @property
    def point(self) -> Point:
        """Where it stands."""
        return Point(self.header.epoch, self.header.position, self.digest)


def parse(entry: Entry) -> Parsed:
    """Decodes and digests an entry; raises `Malformed` like `header_of`."""
    return Parsed(header_of(entry), entry, entry.digest)


class Chain:
    """The writer's side of one stream in one epoch: makes the next entry."""

    def __init__(self, stream: str, key: bytes, at: Point) -> None:
        self.stream = stream
        self.at = at
        self._key = key

    def append(self, kind: str, time: int, *, clear: bytes = b"", plain: bytes = b"", item: int = 0) -> Entry:
        """The next entry; `plain` is sealed unless it is empty. Advances the chain."""
        size = len(plain) + crypto.SEAL_OVERHEAD if plain else 0
        position = self.at.position + 1
        header = codec.encode(
            Header(self.stream, self.at.epoch, position, self.at.digest, time, kind, item, size, clear)
        )
        body = crypto.seal(self._key, plain, header) if plain else b""
        entry = Entry(header, body)
        if entry.size() > limits.RECORD_BYTES:
            raise Malformed(f"record {kind} of {entry.size()} bytes is too large", "too_large")
        self.at = Point(self.at.epoch, position, entry.digest)
        return entry

    def sign_head(self, signer: crypto.Signer, time: int) -> Head:
        """A signed head for where the chain is now."""
        return Head(self.stream, self.at, time, signer.sign(head_bytes(self.stream, self.at, time)))


def open_epoch(epoch: int, after: Point) -> Point:
    """Where a new epoch begins: position 0, chained to the point it continues."""
    return Point(epoch, 0, after.digest)


def open_body(key: bytes, entry: Entry) -> bytes:
    """The plain bytes of a sealed body (empty if there is none); raises `BadSignature`."""
    return crypto.unseal(key, entry.body, entry.header) if entry.body else b""


def follow(at: Point, header: Header, digest: bytes) -> Point:
    """The point after `header`, checked to be the very next record of the epoch at `at`.

    Raises:
        Damaged: a gap, a repeat, another epoch, or a previous digest that does not fit.
    """
    if header.epoch != at.epoch or header.position != at.position + 1:
        raise Damaged(f"{_where(header)}: expected {at.epoch}.{at.position + 1}")
    if header.previous != at.digest:
        raise Damaged(f"{_where(header)}: does not continue the record before it")
    return Point(header.epoch, header.position, digest)


def _where(header: Header) -> str:
    return f"{header.stream} {header.epoch}.{header.position}"


def head_bytes(stream: str, point: Point, time: int) -> bytes:
    """The exact bytes a head's signature covers."""
    return HEAD_TAG + codec.encode((stream, point.epoch, point.position, point.digest, time))


def short_code(tag: bytes, value: object) -> str:
    """16 letters and digits in groups of four, for people to compare: the first 80 bits of SHA-256 of `tag` and the
    MessagePack of `value`, five bits a character.
    """
    bits = int.from_bytes(crypto.sha256(tag + codec.encode(value))[:10])
    code = "".join(_LETTERS[(bits >> shift) & 31] for shift in range(75, -1, -5))
    return "-".join(code[at : at + 4] for at in range(0, 16, 4))


def point_code(stream: str, point: Point) -> str:
    """The short code of a place in a stream, to be read aloud, written down and compared."""
    return short_code(b"kaodian-point-1", (stream, point))


def contradict(one: Head, other: Head) -> bool:
    """Whether no single history can have both heads: two digests of one place, or a writer that went back in it (later
    by more than the period of heads, so that a corrected clock is no accusation).
    """
    if (one.stream, one.point.epoch) != (other.stream, other.point.epoch):
        return False
    if one.point.position == other.point.position:
        return one.point.digest != other.point.digest
    earlier, later = sorted((one, other), key=lambda head: head.time)
    return later.point.position < earlier.point.position and later.time - earlier.time > limits.HEAD_EVERY


def verify_head(head: Head, key: crypto.PublicKey) -> None:
    """Raises `BadSignature` unless `key` signed this head."""
    crypto.verify(key, head.signature, head_bytes(head.stream, head.point, head.time))
