"""This PC as the room knows it: its device key, its ledger store and the folder they live in.

The key is made at the first start and never leaves the folder. Does not know who is logged in.
"""

import re
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from shared import crypto
from shared.errors import KaodianError, Malformed, Unavailable
from shared.io.files import make_folder, write_durably
from shared.io.store import Batch, Store

KEY = "device.key"
JOURNAL = "journal.db"
ASIDE = re.compile(r"journal-(\d+)\.db")
PAPERS = "papers"
RECEIPTS = "receipts"


class Device:
    """`folder` is made if needed; raises `Malformed` when the key in it is no key."""

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self.folder = folder
        self.key = device_key(folder)
        self.store = Store(folder / JOURNAL)
        self._only_read: Path | None = None
        """The journal that is the store until a restart, where the disk gave no other."""

    @property
    def papers(self) -> Path:
        """Where sealed paper forms are kept."""
        return self.folder / PAPERS

    def write_receipt(self, name: str, document: bytes) -> None:
        """Writes a receipt as `receipts/<name>.kdd`, whole or not at all; a newer one takes its place.

        Raises:
            Unavailable: the disk refused (`file_failed`).
        """
        try:
            write_durably(self.folder / RECEIPTS / f"{name}.kdd", document)
        except OSError as error:
            raise Unavailable(f"the receipt cannot be kept: {error.strerror}", "file_failed") from error

    async def set_aside(self) -> None:
        """Begins an empty journal; the old one stays beside it.

        Raises:
            Unavailable: the disk refuses, or refused to write the journal before (`disk_failed`): the old one is
                only read, until a restart tries again.
        """
        await self.store.commit(Batch())
        self.store.close()
        lies = self.folder / JOURNAL
        aside = self.folder / f"journal-{1 + max((number for number, _ in self._aside()), default=0)}.db"
        try:
            _move(lies, aside)
            lies = aside
            self.store = Store(self.folder / JOURNAL)
        except (OSError, KaodianError) as error:
            self.store, self._only_read = Store(lies, reading=True), lies
            raise Unavailable(f"the journal cannot be set aside: {error}", "disk_failed") from error

    def aside(self) -> Generator[Store, None, None]:
        """The journals that were set aside, newest first, to be read only; each is closed as the next one is opened."""
        for _, path in sorted(self._aside(), reverse=True):
            if path == self._only_read:
                continue  # it is alone with its file
            with closing(Store(path, reading=True)) as store:
                yield store

    def _aside(self) -> list[tuple[int, Path]]:
        """Number and path of each journal aside."""
        found = ((ASIDE.fullmatch(path.name), path) for path in self.folder.iterdir())
        return [(int(name[1]), path) for name, path in found if name]

    def close(self) -> None:
        """Writes what waits and closes the store."""
        self.store.close()


def _move(journal: Path, to: Path) -> None:
    """Renames a closed journal with what SQLite may have left beside it: all or nothing."""
    moved: list[tuple[Path, Path]] = []
    try:
        for suffix in ("", "-wal", "-shm"):
            part, there = journal.with_name(journal.name + suffix), to.with_name(to.name + suffix)
            if part.exists():
                part.rename(there)
                moved.append((part, there))
    except OSError:
        for part, there in moved:
            there.rename(part)
        raise


def device_key(folder: Path) -> crypto.Ed25519Signer:
    """The key of this PC, made at first use; raises `Malformed` when what is there is no key."""
    path = folder / KEY
    if not path.exists():
        write_durably(path, crypto.new_key())
    seed = path.read_bytes()
    if len(seed) != crypto.KEY_BYTES:
        raise Malformed(f"the device key {path} is damaged", "damaged")
    return crypto.Ed25519Signer(seed)
