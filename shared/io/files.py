"""Small files that must be there whole or not at all, readable by their owner only. Does not know what they mean."""

import os
import shutil
from pathlib import Path
from typing import IO

from shared import limits
from shared.errors import Malformed, Unavailable

_CERTAIN: set[Path] = set()


def write_durably(path: Path, data: bytes) -> None:
    """Replaces a file at once: temporary file, fsync, rename, fsync of the folder (which is made if needed)."""
    make_folder(path.parent, 0o700)
    temporary = path.with_name(path.name + ".part")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
        sync_file(out)
    put_in_place(temporary, path)


def sync_file(out: IO[bytes]) -> None:
    """Forces what was written to the medium."""
    out.flush()
    os.fsync(out.fileno())


def put_in_place(temporary: Path, path: Path) -> None:
    """Renames a synced file and makes the renaming durable."""
    temporary.replace(path)
    sync_folder(path.parent)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Makes a folder and those above it, durably. One that is there already is made certain once in each process: the
    one before may have ended between making it and that.
    """
    missing = not folder.is_dir()
    if missing:
        make_folder(folder.parent)
        folder.mkdir(mode=mode, exist_ok=True)
    if missing or folder not in _CERTAIN:
        sync_folder(folder.parent)
        _CERTAIN.add(folder)


def sync_folder(folder: Path) -> None:
    """Forces the names in a folder to the medium."""
    if os.name == "posix":  # Windows opens no folders; there names are durable by themselves
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def forget_cached(path: Path) -> None:
    """Asks the system to drop its cached pages, so that reading back meets the medium."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as source:
            os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def free(folder: Path) -> int:
    """Free bytes of the disk that a folder is on; -1 where it cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return -1


def read_limited(path: Path, most: int = limits.DOCUMENT_BYTES) -> bytes:
    """The bytes of a file of at most `most` bytes.

    Raises:
        Unavailable: there is no such file, or it cannot be read (`no_file`).
        Malformed: it is larger (`too_large`).
    """
    try:
        with path.open("rb") as source:
            data = source.read(most + 1)
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}", "no_file") from error
    if len(data) > most:
        raise Malformed(f"{path} is larger than {most} bytes", "too_large")
    return data
