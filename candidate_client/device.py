"""This PC as the room knows it: its device key, its ledger store and the folder they live in.

The key is made at the first start and never leaves the folder. Does not know who is logged in.
"""

import os
from pathlib import Path

from shared import crypto
from shared.errors import Malformed
from shared.io.store import Store

KEY = "device.key"
JOURNAL = "journal.db"
PAPERS = "papers"


class Device:
    """`folder` is made if needed; raises `Malformed` when the key in it is no key."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.key = crypto.Ed25519Signer(_kept_seed(folder / KEY))
        self.store = Store(folder / JOURNAL)

    @property
    def papers(self) -> Path:
        """Where sealed paper forms are kept."""
        return self.folder / PAPERS

    def set_aside(self) -> None:
        """Begins an empty journal; the old one stays beside it, for a technician."""
        self.store.close()
        number = 1
        while (aside := self.folder / f"journal-{number}.db").exists():
            number += 1
        for suffix in ("", "-wal", "-shm"):
            part = self.folder / (JOURNAL + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        self.store = Store(self.folder / JOURNAL)

    def close(self) -> None:
        """Writes what waits and closes the store."""
        self.store.close()


def _kept_seed(path: Path) -> bytes:
    if not path.exists():
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(crypto.new_key())
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)
    seed = path.read_bytes()
    if len(seed) != crypto.KEY_BYTES:
        raise Malformed(f"the device key {path} is damaged", "damaged")
    return seed
