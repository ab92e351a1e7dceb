"""Ledger entries, headers, heads and every record, as a hop meets them from the hop below."""

from typing import Any

from shared import codec, crypto, ledger, limits
from shared import records as r
from shared.errors import Malformed
from shared.ledger import Chain, Entry, Head
from tests.fuzz.samples import samples
from tests.fuzz.target import Target
from tests.fuzz.values import BROKEN, unpacked

KEY = bytes(range(32))
SIGNER = crypto.Ed25519Signer(KEY)
STREAM = ledger.attempt_stream("m1", "1001")


def _entry(data: bytes) -> None:
    """An entry as it comes, and once more with a body sealed to the header it came with."""
    _read(codec.decode(Entry, data, limits.RECORD_BYTES + 64))


def _read(entry: Entry) -> None:
    parsed = ledger.parse(entry)
    r.read_clear(parsed.header)
    ledger.follow(ledger.Point(parsed.header.epoch, parsed.header.position - 1, parsed.header.previous),
                  parsed.header, parsed.digest)  # fmt: skip
    r.read(parsed.header, entry, KEY)


def _record(data: bytes) -> None:
    """A record's own bytes in a well-made entry: clear and sealed, of the kind they name."""
    try:
        named = unpacked(data)
        kind = str(named.get("kind", ""))[: limits.NAME_CHARS]
    except (*BROKEN, AttributeError):
        kind = "Answered"
    chain = Chain(STREAM, KEY, ledger.START)
    for made in (chain.append(kind, 1, clear=data), chain.append(kind, 1, plain=data, item=1)):
        try:
            _read(made)
        except Malformed:
            continue


def _head(data: bytes) -> None:
    """A head as it comes, then signed by the key it is checked with."""
    head = codec.decode(Head, data, limits.FRAME_BYTES)
    signature = SIGNER.sign(ledger.head_bytes(head.stream, head.point, head.time))
    ledger.verify_head(Head(head.stream, head.point, head.time, signature), SIGNER.public)
    ledger.verify_head(head, SIGNER.public)


def _entries() -> list[bytes]:
    chain = Chain(STREAM, KEY, ledger.START)
    found: list[Any] = samples(r.AnyRecord)
    return [codec.encode(r.append(chain, one, 1_800_000_000_000, 1)) for one in found]


TARGETS = [
    Target("ledger/entry", _entry, _entries, shape="msgpack", most=limits.RECORD_BYTES + 64),
    Target("ledger/record", _record, lambda: [codec.encode(one) for one in samples(r.AnyRecord)], shape="msgpack",
           most=8 * limits.KIB),
    Target("ledger/head", _head, lambda: [codec.encode(one) for one in samples(Head)], shape="msgpack", most=4096),
]  # fmt: skip
