"""Bundles on their way in: each upload is a file, whose size tells how much is here, and a row of what is due.

An upload is known by its site and the bundle's SHA-256, so that asking for the same one again finds it. The bytes
are checked against that digest once they are whole; a file that fails is emptied and may be sent again. Speaks no
HTTP (`central_platform.app` does) and verifies no records (`central_platform.ingest` does).
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from central_platform import tables_results as t
from central_platform.home import sync_folder
from central_platform.model import valid_name
from central_platform.tables import Database
from shared import crypto, limits
from shared.errors import Damaged, Malformed, Refused, Unavailable

FREE_BYTES = 256 * limits.MIB
"""Disk space that no upload may take."""


class Uploads:
    """The uploads of one platform. All methods block; call them from a worker thread."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._database = database

    def create(self, site: str, session: str, sha256: str, size: int, now: int) -> t.UploadRow:
        """The upload of this bundle, new or as it stands; a refusal noted earlier is taken back, to be tried anew.

        Raises:
            Malformed: digest or size cannot be (`too_large` for the latter).
            Refused: the same bundle was announced with another size (`other_size`).
            Unavailable: the disk has no room for it (`disk_full`) or refuses (`disk_failed`).
        """
        _check(session, sha256, size)
        id_ = crypto.sha256(f"{site}\0{sha256}".encode()).hex()[:32]
        with self._database.write() as connection:
            known = t.upload(connection, id_)
            if known is not None:
                if (known.size, known.session) != (size, session):
                    raise Refused("this bundle was announced with another size or session", "other_size")
                t.set_verdict(connection, id_, "", "")
                return known._replace(code="", detail="")
            if shutil.disk_usage(self._folder).free < size + FREE_BYTES:
                raise Unavailable(f"the platform's disk has no room for {size} bytes", "disk_full")
            row = t.UploadRow(id_, site, session, sha256, size, now)
            with _refusing():
                self.path(id_).touch(mode=0o600)
                sync_folder(self._folder)
            t.add_upload(connection, row)
        return row

    def find(self, id_: str, site: str) -> t.UploadRow | None:
        """The upload of that id, if it is this site's."""
        with self._database.read() as connection:
            row = t.upload(connection, id_)
        return row if row is not None and row.site == site else None

    def whole(self) -> list[t.UploadRow]:
        """Uploads whose bytes are all here and about which nothing was decided yet."""
        with self._database.read() as connection:
            rows = [row for row in t.uploads(connection) if not row.code and not t.bundle(connection, row.sha256)]
        return [row for row in rows if self.offset(row) == row.size]

    def receipt(self, row: t.UploadRow) -> bytes | None:
        """The signed receipt, once the bundle was verified."""
        with self._database.read() as connection:
            found = t.bundle(connection, row.sha256)
        return found.receipt if found is not None and found.site == row.site else None

    def begin(self, row: t.UploadRow, now: int) -> None:
        """Notes that the bundle is about to be verified: a database that refuses says so before that long work.

        Raises:
            Unavailable: it refuses (`disk_failed`).
        """
        with self._database.write() as connection:
            t.set_verdict(connection, row.id, "", f"verification began at {now}")

    def refuse(self, row: t.UploadRow, code: str, detail: str) -> None:
        """Notes why the bundle is not taken in."""
        with self._database.write() as connection:
            t.set_verdict(connection, row.id, code, detail)

    def path(self, id_: str) -> Path:
        """Where the bytes lie."""
        return self._folder / f"{id_}.kdr"

    def offset(self, row: t.UploadRow) -> int:
        """How many bytes are here."""
        try:
            return self.path(row.id).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, row: t.UploadRow, offset: int, data: bytes) -> int:
        """Adds bytes at `offset`, durable on return; returns the new offset.

        Raises:
            Refused: more bytes than announced (`other_size`), or another offset than the present one (`other_offset`).
            Unavailable: the disk refused (`disk_failed`); nothing of `data` counts as here.
        """
        if offset != self.offset(row):
            raise Refused(f"the upload stands at {self.offset(row)}, not {offset}", "other_offset")
        if offset + len(data) > row.size:
            raise Refused("more bytes than were announced", "other_size")
        with _refusing():
            try:
                with self.path(row.id).open("ab") as out:
                    out.write(data)
                    out.flush()
                    os.fsync(out.fileno())
            except OSError:
                # Once a flush has failed, the next one may say nothing of these bytes: they come again.
                os.truncate(self.path(row.id), offset)
                raise
        return offset + len(data)

    def check(self, row: t.UploadRow) -> None:
        """Compares the whole file with its digest; empties it and raises `Damaged` (`other_digest`) if they differ, or
        `Unavailable` (`disk_failed`) if the disk refuses.
        """
        with _refusing():
            with self.path(row.id).open("rb") as source:
                found = hashlib.file_digest(source, "sha256").hexdigest()
            if found != row.sha256:
                os.truncate(self.path(row.id), 0)
        if found != row.sha256:
            raise Damaged("the bytes received are not those that were announced", "other_digest")


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"the platform's disk refused: {error.strerror}", "disk_failed") from error


def _check(session: str, sha256: str, size: int) -> None:
    if len(sha256) != 2 * crypto.DIGEST_BYTES or set(sha256) - set("0123456789abcdef"):
        raise Malformed("sha256 is no SHA-256 in lower-case hex")
    if not valid_name(session):
        raise Malformed("session is missing or no name of one")
    if not 0 < size <= limits.BUNDLE_BYTES:
        raise Malformed(f"a bundle of {size} bytes cannot be taken", "too_large")
