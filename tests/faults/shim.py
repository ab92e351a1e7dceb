"""Builds the preloaded library of `shim.c` and says how to put it into a program; reads the log that it writes.

The library rests in a folder of this user outside the checkout, named by its source, and is built once.
"""

import ctypes
import errno
import functools
import hashlib
import os
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).with_name("shim.c")
_HEAD = struct.Struct("<BBHIQQ")


class Kind(IntEnum):
    """What an event of the log tells."""

    OPEN = 1
    WRITE = 2
    TRUNCATE = 3
    FLUSH = 4
    RENAME = 5
    UNLINK = 6
    MKDIR = 7
    MARK = 8
    FAILED = 9


class Event(NamedTuple):
    """One call as it took effect. `name` is a path, `offset` a place or a new size. Of FAILED, `inode` is the kind of
    call and `offset` which of them it was.
    """

    kind: Kind
    created: bool
    folder: bool
    inode: int
    offset: int
    name: str
    data: bytes


@functools.cache
def library() -> Path:
    """The built library; raises `CalledProcessError` when the compiler refuses."""
    source = SOURCE.read_bytes()
    folder = Path(tempfile.gettempdir()) / f"kaodian-faults-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
        raise PermissionError(f"{folder} is not ours alone")
    built = folder / f"{hashlib.sha256(source).hexdigest()[:16]}.so"
    if not built.exists():
        fresh = folder / f"{os.getpid()}.so"
        command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(fresh), str(SOURCE), "-ldl"]
        subprocess.run([*command, "-lpthread"], check=True)
        fresh.replace(built)
    return built


def failure(kind: str, n: int, *, pattern: str = "/", code: int = errno.EIO, mode: str = "always") -> str:
    """The n-th call (from 1) of a kind on paths that contain `pattern` fails; see `shim.c` for kinds and modes."""
    return f"{kind}:{pattern}:{n}:{code}:{mode}"


def environment(
    folder: Path, *, log: Path | None = None, delay_us: int = 0, fail: str = "", when: Path | None = None
) -> dict[str, str]:
    """What to add to a child's environment so that the shim works on the files below `folder`."""
    wanted = {"FAULTS_FOLDER": str(folder.resolve()), "LD_PRELOAD": str(library())}
    if log is not None:
        wanted["FAULTS_LOG"] = str(log)
    if delay_us:
        wanted["FAULTS_DELAY"] = str(delay_us)
    if fail:
        wanted["FAULTS_FAIL"] = fail
    if when is not None:
        wanted["FAULTS_WHEN"] = str(when)
    return wanted


def mark(data: bytes) -> None:
    """In a program that runs with the shim: puts `data` into the log, between the calls around it."""
    ctypes.CDLL(None).faults_mark(data, ctypes.c_size_t(len(data)))


def fail(spec: str) -> None:
    """In a program that runs with the shim: what fails from now on, see `failure`; nothing if it is empty."""
    ctypes.CDLL(None).faults_fail(spec.encode())


def events(log: Path) -> Iterator[Event]:
    """The events of a log in order; a last one that is not whole is left out."""
    data, at = log.read_bytes(), 0
    while at + _HEAD.size <= len(data):
        kind, flag, named, size, inode, offset = _HEAD.unpack_from(data, at)
        name_at = at + _HEAD.size
        data_at = name_at + named
        at = data_at + size
        if at <= len(data):
            name = data[name_at:data_at].decode()
            yield Event(Kind(kind), bool(flag & 1), bool(flag & 2), inode, offset, name, data[data_at:at])
