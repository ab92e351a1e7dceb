"""The baseline of a restart: `python -m tests.bench.readback FOLDER KEY` reads all rows of a room's ledger and unseals
the sitting stream, nothing else; prints how many rows there were. It starts as a process and imports what it needs, as
the service does.
"""

import sys
from pathlib import Path

from proctor_console.room.app import RoomService
from shared import ledger
from shared.io.store import Store

KEPT = RoomService
"""Imported because the service imports it: the time of imports is on both sides."""


def main(folder: Path, data_key: bytes) -> int:
    """The rows."""
    store = Store(folder / "room.db")
    seq, rows, keys = 0, 0, dict[str, bytes]()
    while found := store.since(seq, 2000):
        for one in found:
            if one.stream.startswith("sitting/"):
                key = keys.setdefault(one.stream, ledger.stream_key(data_key, one.stream))
                ledger.open_body(key, one.entry)
        rows, seq = rows + len(found), found[-1].seq
    store.close()
    return rows


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), bytes.fromhex(sys.argv[2])))
