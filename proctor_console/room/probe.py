"""Waiting for a disk that refuses: nothing is acknowledged until a fresh store has taken a write.

The process that found the disk failed never writes to its own store again; it ends once the probe succeeds, and a new
one recovers. Shows nothing and knows no sitting.
"""

import asyncio
from pathlib import Path

from shared import crypto
from shared.errors import Damaged, KaodianError, Unavailable
from shared.io.store import Batch, Store

EVERY = 1.0
"""Seconds between two probes."""


def batch() -> Batch:
    """A write that changes a page each time: the same value would change none, and nothing would be written."""
    return Batch(facts={"probe": crypto.random_bytes(8)})


def open_store(database: Path) -> Store:
    """The ledger, for reading only where its disk does not even let it be opened otherwise.

    Raises:
        Damaged: it cannot be read either.
        Unavailable: nor can the disk make one (`disk_failed`).
    """
    try:
        return Store(database)
    except (Damaged, Unavailable) as refused:
        found = Store(database, reading=True)
        try:
            found.points()
        except Damaged:
            found.close()
            raise refused from None
        return found


async def until_writable(database: Path) -> None:
    """Returns once a write to the ledger's disk was durable: nobody tells when a disk is well again."""
    while True:
        if await asyncio.to_thread(_takes_a_write, database):
            return
        await asyncio.sleep(EVERY)


def _takes_a_write(database: Path) -> bool:
    try:
        store = Store(database)
    except KaodianError:
        return False
    try:
        store.submit(batch()).result()
    except KaodianError:
        return False
    finally:
        store.close()
    return True
