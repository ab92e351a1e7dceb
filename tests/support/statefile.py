"""The state file of a campaign: one JSON value, whole or not there. Does not know what a campaign counts."""

from pathlib import Path
from typing import TypeVar

import msgspec

from shared.io import files

T = TypeVar("T")


def load(path: Path, kind: type[T]) -> T:
    """The value kept in `path`; `kind()` where there is no such file. Raises `msgspec.DecodeError` for another one."""
    return msgspec.json.decode(path.read_bytes(), type=kind) if path.is_file() else kind()


def save(path: Path, value: object) -> None:
    """Replaces the file durably; its folder is made if needed."""
    files.write_durably(path, msgspec.json.format(msgspec.json.encode(value)) + b"\n")
