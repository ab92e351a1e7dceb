"""The day's bundle after edits, made good again as far as wanted, as whoever holds every key of a site could make it.

Records are edited with their bodies unsealed and sealed anew; what else is made good (signatures, chains, digests
named elsewhere, heads, counts) is chosen by flags, so that an edit is judged by every layer and not only by the first.
"""

import functools
import io
from typing import Any, Final

from shared import bundle, codec, crypto, ledger
from shared import documents as d
from shared.errors import Untrusted
from shared.merkle import Tree
from tests.fuzz.values import BROKEN, edited, packed, unpacked
from tests.fuzz.world import day, payload_of, signed_anew
from tests.support.small_day import SITE, T

DOCUMENTS, DIGESTS, CHAIN, HEADS, COUNTS = (1 << bit for bit in range(5))
EVERYTHING: Final = 31
_TYPES: Final = {0: d.ISSUER, 1: d.FORMAL, 2: d.SESSION}
_ERRORS: Final = (*BROKEN, Untrusted, AttributeError, KeyError, IndexError)


@functools.cache
def sections() -> list[list[bytes]]:
    """Documents; records with their bodies unsealed and, third, the digest they had; heads."""
    documents, records, heads = day().parts()
    opened = []
    for record in records:
        header, body = unpacked(record)
        key = _key(unpacked(header)[0])
        plain = crypto.unseal(key, body, header) if body and key else body
        opened.append(packed([header, plain, ledger.Entry(header, body).digest]))
    return [documents, opened, heads]


def forged(edits: bytes, flags: int) -> bytes:
    """A bundle; `flags` say what is made good."""
    return _forgery(edits, flags).container()


def forged_parts(edits: bytes, flags: int) -> tuple[list[bytes], list[bytes]]:
    """The records and heads alone, as a room pushes them."""
    forgery = _forgery(edits, flags)
    return forgery.records, forgery.heads()


def _forgery(edits: bytes, flags: int) -> "_Forgery":
    found = edited(sections(), edits)
    lists = [section for section in found if isinstance(section, list)] if isinstance(found, list) else []
    parts = [[one for one in section if isinstance(one, bytes)] for section in lists]
    return _Forgery(flags, *(*parts, [], [], [])[:3])


class _Forgery:
    """One bundle in the making. `renamed` maps every digest of the edited parts to what it is now."""

    def __init__(self, flags: int, documents: list[bytes], records: list[bytes], heads: list[bytes]) -> None:
        self._flags = flags
        self._renamed: dict[bytes, bytes] = {}
        self._points: dict[tuple[str, int], list[Any]] = {}
        self._count = len(records)
        self._heads = heads
        self._documents = [self._document(at, one) for at, one in enumerate(documents)]
        self.records = [self._record(one) for one in records]

    def heads(self) -> list[bytes]:
        """The heads, each over the end of its stream where chains are made good."""
        return [self._head(one) for one in self._heads]

    def container(self) -> bytes:
        """The bytes, under a good summary."""
        out = io.BytesIO()
        writer = bundle.Writer(out)
        for type_, section in enumerate((self._documents, self.records, self.heads()), bundle.DOCUMENT):
            for part in section:
                writer.part(type_, part)
        counted = (writer.parts, writer.records, writer.size, writer.sha256, _tree(self.records))
        found = d.BundleSummary(SITE, day().session.id, T, *counted)
        payload = packed({name: getattr(found, name) for name in found.__struct_fields__})
        writer.part(bundle.SUMMARY, signed_anew(day().site_key, d.BUNDLE, payload))
        return out.getvalue()

    def _document(self, at: int, document: bytes) -> bytes:
        try:
            payload = self._named_anew(payload_of(document))
            again = signed_anew(_granter(at, payload), _TYPES.get(at, d.GRANT), payload)
        except _ERRORS:
            return document
        made = again if self._flags & DOCUMENTS else document
        if at < 3:
            before = crypto.sha256((day().issuer, day().formal, day().session_document)[at])
            self._renamed[before] = crypto.sha256(made)
        return made

    def _record(self, record: bytes) -> bytes:
        try:
            header_bytes, body, former = unpacked(record)
            header = unpacked(header_bytes)
            key = _key(header[0])
            if self._flags & CHAIN:
                self._chained(header, body if not key or not body else bytes(len(body) + crypto.SEAL_OVERHEAD))
                header_bytes = packed(header)
            entry = ledger.Entry(header_bytes, _sealed(key, body, header_bytes))
            at = self._points.setdefault((header[0], header[1]), [header[1], 0, b""])
            at[1:] = [header[2], entry.digest]
            self._renamed[former] = entry.digest
            return packed([entry.header, entry.body])
        except _ERRORS:
            return record

    def _chained(self, header: list[Any], body: bytes) -> None:
        """Position, previous digest, size and the digests that a clear record names."""
        at = self._points.get((header[0], header[1]))
        if at is not None:
            header[2], header[3] = at[1] + 1, at[2]
        header[3] = self._walk(header[3])
        header[7], header[8] = len(body), self._named_anew(header[8])
        if header[5] == "BundleMade" and self._flags & COUNTS:
            attempts = [one for one in map(self._head, self._heads) if unpacked(one)[0].startswith("attempt/")]
            counted = {"records": self._count, "heads": bundle.heads_digest(attempts)}
            header[8] = packed(unpacked(header[8]) | counted)

    def _head(self, head: bytes) -> bytes:
        try:
            stream, point, time, _ = unpacked(head)
            if self._flags & CHAIN:
                point = self._points.get((stream, point[0]), point)
            signer = _signer(stream)
            signature = signer.sign(ledger.HEAD_TAG + packed([stream, *point, time]))
            return packed([stream, point, time, signature]) if self._flags & HEADS else head
        except _ERRORS:
            return head

    def _named_anew(self, data: bytes) -> bytes:
        """MessagePack with every former digest in it replaced by the present one."""
        if not data or not self._flags & DIGESTS:
            return data
        return packed(self._walk(unpacked(data)))

    def _walk(self, value: Any) -> Any:
        if isinstance(value, bytes):
            return self._renamed.get(value, value)
        if isinstance(value, list):
            return [self._walk(one) for one in value]
        if isinstance(value, dict):
            return {name: self._walk(one) for name, one in value.items()}
        return value


def _granter(at: int, payload: bytes) -> crypto.Signer:
    """Who signs the document at this place."""
    if at < 3:
        return day().root if at == 0 else day().issuing
    stream = unpacked(payload)["stream"]
    return day().dongle_signer if stream.startswith("site/") else day().ca


def _tree(records: list[bytes]) -> bytes:
    tree = Tree()
    for record in records:
        try:
            parsed = ledger.parse(codec.decode(ledger.Entry, record, len(record)))
        except Untrusted:
            continue
        tree.add(bundle.leaf(parsed.header.stream, parsed.point))
    return tree.close()[0]


def _key(stream: str) -> bytes:
    keys = day().keys
    if stream.startswith("attempt/"):
        return ledger.stream_key(keys.session, stream)
    return ledger.stream_key(next(iter(keys.sittings.values())), stream) if stream.startswith("sitting/") else b""


def _sealed(key: bytes, body: bytes, header: bytes) -> bytes:
    return crypto.seal(key, body, header) if key and body else body


def _signer(stream: str) -> crypto.Signer:
    if stream.startswith("attempt/"):
        return day().pcs[stream.rsplit("/", 1)[1]].device
    return day().site_key if stream.startswith("site/") else day().room_key
