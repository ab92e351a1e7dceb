"""Small files that must be there whole or not at all, readable by their owner only. Does not know what they mean."""

import os
from pathlib import Path
from typing import IO

from shared import limits
from shared.errors import Malformed, Unavailable


def write_durably(path: Path, data: bytes) -> None:
    """Replaces a file at once: temporary file, fsync, rename, fsync of the folder (which is made if needed)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
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
    if os.name == "posix":  # Windows opens no folders; there the renaming is durable by itself
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


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
