"""The result bundle: a signed streaming container of documents, records and heads, written and read in constant memory.

`"kaodian-bundle-1\\n"`, then parts; a part is `u8 type ‖ u32 length ‖ bytes` (big-endian). Types in their fixed
order: 1 document (formal authorisation, session authorisation, CA certificate, grants), 2 record (MessagePack
`[header, body]`; streams sorted by name, epochs and positions ascending), 3 head (MessagePack
`shared.ledger.Head`, sorted by stream and epoch), 4 summary (a signed `BundleSummary`, last). Does not check what
parts mean: `shared.verifier` does.
"""

import hashlib
from collections.abc import Iterator
from typing import IO

from shared import codec, ledger, limits
from shared.crypto import sha256
from shared.errors import Malformed

MAGIC = b"kaodian-bundle-1\n"
DOCUMENT, RECORD, HEAD, SUMMARY = 1, 2, 3, 4
_MOST = {
    DOCUMENT: limits.DOCUMENT_BYTES,
    RECORD: limits.RECORD_BYTES + 64,
    HEAD: 4 * limits.KIB,
    SUMMARY: 16 * limits.KIB,
}


class Writer:
    """Writes parts to a binary file; keeps count and digest of everything before the summary."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self.parts = 0
        self.records = 0
        self.size = 0
        self._put(MAGIC)

    @property
    def sha256(self) -> bytes:
        """Digest of all bytes written so far."""
        return self._hash.digest()

    def part(self, type_: int, data: bytes) -> None:
        """Appends one part; raises `Malformed` when it is larger than its type may be."""
        if len(data) > _MOST[type_]:
            raise Malformed(f"a bundle part of {len(data)} bytes is too large", "too_large")
        self._put(bytes([type_]) + len(data).to_bytes(4) + data)
        self.parts += 1
        self.records += type_ == RECORD

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._hash.update(data)
        self.size += len(data)


class Part:
    """One part as read: type, bytes, number and offset; for the summary also the digest of all bytes before it and of
    the whole file.
    """

    __slots__ = ("before", "data", "number", "offset", "type", "whole")

    def __init__(self, type_: int, data: bytes, number: int, offset: int) -> None:
        self.type = type_
        self.data = data
        self.number = number
        self.offset = offset
        self.before = b""
        self.whole = b""


def read(source: IO[bytes]) -> Iterator[Part]:
    """The parts of a bundle in order.

    Raises:
        Malformed: not a bundle, a part too large or of unknown type, an early end, or bytes after the summary.
    """
    digest = hashlib.sha256()
    if source.read(len(MAGIC)) != MAGIC:
        raise Malformed("byte 0: not a bundle")
    digest.update(MAGIC)
    offset, number = len(MAGIC), 0
    while True:
        frame = source.read(5)
        if not frame:
            raise Malformed(f"byte {offset}: the bundle ends without its summary")
        type_, size = frame[0], int.from_bytes(frame[1:])
        if len(frame) < 5 or type_ not in _MOST or size > _MOST[type_]:
            raise Malformed(f"byte {offset}, part {number}: not a bundle part")
        data = source.read(size)
        if len(data) != size:
            raise Malformed(f"byte {offset}, part {number}: the bundle ends early")
        part = Part(type_, data, number, offset)
        if type_ == SUMMARY:
            part.before = digest.digest()
        digest.update(frame)
        digest.update(data)
        if type_ == SUMMARY:
            if source.read(1):
                raise Malformed(f"byte {offset + 5 + size}: bytes after the summary")
            part.whole = digest.digest()
        yield part
        if type_ == SUMMARY:
            return
        offset, number = offset + 5 + size, number + 1


def leaf(stream: str, point: ledger.Point) -> bytes:
    """What stands for a record in the bundle's Merkle tree: the MessagePack of stream, epoch, position and digest."""
    return codec.encode((stream, point.epoch, point.position, point.digest))


def heads_digest(heads: list[bytes], digest: bytes = b"") -> bytes:
    """The running digest of encoded attempt heads that `BundleMade` records: `h = SHA-256(h ‖ head)`, from empty."""
    for head in heads:
        digest = sha256(digest + head)
    return digest
