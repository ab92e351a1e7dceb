"""A bundle's records as JSON lines, for an auditor: what stands where, in words of the format and without our types.

Facts are read untyped with `msgpack`, so that a listing shows exactly what the bytes say; bytes become hex.
Answers appear only where the record was unsealed with the data keys. Verifies nothing: `shared.verifier` does, in
the same pass.
"""

import json
from typing import IO, Any

import msgpack  # type: ignore[import-untyped]  # publishes no types

from shared import records as r
from shared.codec import encode
from shared.ledger import Parsed


class Listing:
    """Writes one line for each record it is shown; give `line` to `verify` as its visit."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def line(self, parsed: Parsed, record: r.Record | None) -> None:
        """One record; `record` is None where it stays sealed."""
        header = parsed.header
        facts = header.clear or (encode(record) if record is not None else b"")
        found = {
            "stream": header.stream,
            "epoch": header.epoch,
            "position": header.position,
            "time": header.time,
            "kind": header.kind,
            "item": header.item,
            "digest": parsed.digest.hex(),
            "facts": plain(facts) if facts else None,
        }
        self._out.write(json.dumps(found, ensure_ascii=False) + "\n")


def plain(data: bytes) -> Any:
    """MessagePack as JSON can say it."""
    return _readable(msgpack.unpackb(data, strict_map_key=False))


def _readable(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_readable(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _readable(one) for name, one in value.items()}
    return value
