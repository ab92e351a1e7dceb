"""One hop in a process of its own, the shim preloaded: `work HOP FOLDER SEED PAGES` once, or `recover` again and again.

PAGES is after how many pages the log of the database is taken over into it (0: as in production), so that short runs
see it happen. `recover` reads requests from standard input and writes what came of each to standard output.
"""

import asyncio
import logging
import random
import struct
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType

import msgspec
import sqlalchemy as sa

from tests.faults import shim
from tests.faults.promises import READY, Mark, Outcome, put

FEW_TURNS = 12
SIZE = struct.Struct("<I")


class Request(msgspec.Struct):
    """Which hop starts in which folder."""

    hop: str
    folder: str
    seed: str
    on: bool = False
    """Whether it also goes on a little after it started."""
    fail: str = ""
    """If given, it does not start but is set up and works, and once it is ready this fails (`shim.failure`)."""


class Reply(msgspec.Struct):
    """What came of it: the outcome of a start, and the traceback of what was raised."""

    outcome: Outcome | None
    failed: str


def hop(name: str) -> ModuleType:
    """The module of a hop."""
    return import_module(f"tests.faults.hops.{name}")


def _take_over_every(pages: int) -> None:
    def tell(connection: sa.engine.interfaces.DBAPIConnection, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA wal_autocheckpoint={pages}")
        cursor.close()

    sa.event.listen(sa.pool.Pool, "checkout", tell)


def _ready() -> None:
    put(Mark(READY))


def _fail(asked: Request) -> Reply:
    """Works while its disk fails; what it raises is its own business, what it told before is not."""

    def ready() -> None:
        _ready()
        shim.fail(asked.fail)

    told = ""
    try:
        asyncio.run(hop(asked.hop).work(Path(asked.folder), random.Random(asked.seed), ready, FEW_TURNS))
    except Exception:  # noqa: BLE001  # see above
        told = traceback.format_exc()[-4000:]
    finally:
        shim.fail("")
    return Reply(None, told)


def _recover(asked: Request) -> Reply:
    try:
        return Reply(asyncio.run(hop(asked.hop).recover(Path(asked.folder), random.Random(asked.seed), asked.on)), "")
    except Exception:  # noqa: BLE001  # whatever stops a start is what is looked for
        return Reply(None, traceback.format_exc()[-4000:])


def main() -> None:
    """Entry point."""
    logging.disable(logging.CRITICAL)
    match sys.argv[1:]:
        case ["work", name, folder, seed, pages]:
            if int(pages):
                _take_over_every(int(pages))
            asyncio.run(hop(name).work(Path(folder), random.Random(seed), _ready))
        case ["recover"]:
            while head := sys.stdin.buffer.read(SIZE.size):
                asked = msgspec.msgpack.decode(sys.stdin.buffer.read(SIZE.unpack(head)[0]), type=Request)
                data = msgspec.msgpack.encode(_fail(asked) if asked.fail else _recover(asked))
                sys.stdout.buffer.write(SIZE.pack(len(data)) + data)
                sys.stdout.buffer.flush()
        case _:
            sys.exit("work HOP FOLDER SEED PAGES, or recover")


if __name__ == "__main__":
    main()
