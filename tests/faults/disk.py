"""What a disk may hold after the power went, told from a log of real calls (`shim.py`).

A file's bytes are certain once it was flushed, a name once its folder was; everything since then may be there whole, in
parts of a sector's size, in any order, or not at all. A flush that failed leaves its bytes to be seen until the power
goes, and no later flush brings them back (as Linux does). Knows nothing of databases.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.faults.shim import Event, Kind

T = TypeVar("T")
SECTORS = (512, 4096)
Write = tuple[int, bytes | None]
"""Offset and bytes, or the new size and None."""


class File:
    """The bytes of one inode: `durable`, `pending` in the order it was written, and `seen` by who reads it now."""

    def __init__(self, durable: bytes = b"") -> None:
        self.durable = bytearray(durable)
        self.pending: list[Write] = []
        self.seen = bytearray(durable)

    def write(self, one: Write) -> None:
        """A write or a truncation."""
        put(self.seen, one)
        self.pending.append(one)

    def flush(self) -> None:
        """All that waits is certain now."""
        for write in self.pending:
            put(self.durable, write)
        self.pending.clear()

    def fail(self) -> None:
        """The flush failed: what waited stays to be seen, and nobody will try to write it again."""
        self.pending.clear()


Names = dict[str, File | None]
"""What each path is: a file, or None for a folder."""


@dataclass
class Naming:
    """One change of names that takes effect as a whole."""

    folder: str
    put: Names = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    def apply(self, names: Names) -> None:
        """Takes effect."""
        for path in self.gone:
            names.pop(path, None)
        names.update(self.put)


class Disk:
    """The files below one folder, as calls change them; paths are relative to it."""

    def __init__(self, root: Path, files: dict[str, bytes] | None = None) -> None:
        self._root = f"{root}/"
        self.names: Names = {}
        """As programs see it."""
        for path, data in (files or {}).items():
            for folder in Path(path).parents:
                self.names.setdefault(str(folder), None)
            self.names[path] = File(data)
        self.durable: Names = dict(self.names)
        self.pending: list[Naming] = []
        self._inodes: dict[int, File | str] = {}

    def take(self, event: Event) -> None:
        """Takes in the next call of the log."""
        match event.kind:
            case Kind.OPEN:
                self._open(event)
            case Kind.WRITE:
                self._file(event).write((event.offset, event.data))
            case Kind.TRUNCATE:
                self._file(event).write((event.offset, None))
            case Kind.FLUSH:
                self._flush(self._inodes[event.inode])
            case Kind.FAILED if event.inode == Kind.FLUSH:
                failed = self.names.get(self._path(event.name))
                if failed is not None:
                    failed.fail()
            case Kind.MKDIR:
                self._name(self._path(event.name), None)
            case Kind.UNLINK:
                path = self._path(event.name)
                self._change(Naming(str(Path(path).parent), gone=(path,)))
            case Kind.RENAME:
                old, new = self._path(event.name), self._path(event.data.decode())
                self._change(Naming(str(Path(new).parent), {new: self.names[old]}, (old,)))
            case _:
                pass

    def after(self, draw: "Draw") -> dict[str, bytes]:
        """What is found once the power is back; missing folders take all below them along."""
        names = dict(self.durable)
        for change in draw.some(self.pending):
            change.apply(names)
        return self._found(names, draw.content)

    def certain(self) -> dict[str, bytes]:
        """What is found at the least."""
        return self._found(self.durable, lambda file: file.durable)

    def _found(self, names: Names, content: Callable[[File], bytearray]) -> dict[str, bytes]:
        folders = {".", *(path for path, is_ in names.items() if is_ is None)}
        found: dict[str, bytes] = {}
        for path, file in sorted(names.items()):
            if file is not None and all(str(folder) in folders for folder in Path(path).parents):
                found[path] = bytes(content(file))
        return found

    def seen(self) -> dict[str, bytes]:
        """What programs find that start again while the machine runs on."""
        return {path: bytes(file.seen) for path, file in self.names.items() if file is not None}

    def restarted(self, root: Path) -> "Disk":
        """The same disk for a program that starts while the machine runs on, its files below another folder."""
        other = deepcopy(self)
        other._root, other._inodes = f"{root}/", {}
        return other

    def _path(self, name: str) -> str:
        # The shim gives paths as they were asked for: "folder/." is one that a program opens to flush it.
        path = name.removeprefix(self._root).removesuffix("/.")
        return "." if f"{path}/" == self._root else path

    def _open(self, event: Event) -> None:
        path = self._path(event.name)
        if event.folder:
            self._inodes[event.inode] = path
            return
        if event.created:
            made = File()
            self._name(path, made)
            self._inodes[event.inode] = made
        else:
            found = self.names[path]
            assert found is not None, path
            self._inodes[event.inode] = found

    def _file(self, event: Event) -> File:
        found = self._inodes[event.inode]
        assert isinstance(found, File)
        return found

    def _flush(self, what: File | str) -> None:
        if isinstance(what, File):
            what.flush()
            return
        for change in [one for one in self.pending if one.folder == what]:
            change.apply(self.durable)
        self.pending = [one for one in self.pending if one.folder != what]

    def _name(self, path: str, is_: File | None) -> None:
        self._change(Naming(str(Path(path).parent), {path: is_}))

    def _change(self, change: Naming) -> None:
        change.apply(self.names)
        self.pending.append(change)


class Draw:
    """Chooses, by one random number generator, what of the uncertain is there after the power went."""

    def __init__(self, drawn: random.Random) -> None:
        self._drawn = drawn

    def some(self, changes: list[T]) -> list[T]:
        """None, all, the first ones or any of them, in their order."""
        how = self._drawn.random()
        if how < 0.3 or not changes:
            return []
        if how < 0.55:
            return changes
        if how < 0.75:
            return changes[: self._drawn.randrange(len(changes) + 1)]
        share = self._drawn.random()
        return [one for one in changes if self._drawn.random() < share]

    def content(self, file: File) -> bytearray:
        """The bytes of a file."""
        data = bytearray(file.durable)
        if not file.pending:
            return data
        if self._drawn.random() < 0.5:
            for write in self.some(file.pending):
                put(data, write)
            return data
        return self._torn(data, file.pending)

    def _torn(self, data: bytearray, pending: list[Write]) -> bytearray:
        """Each sector of each write is there or not; behind the old end, what never came is zero or anything."""
        end, sector, share = len(data), self._drawn.choice(SECTORS), self._drawn.choice((0.1, 0.5, 0.9))
        for write in pending:
            offset, part = write
            if part is None:
                if self._drawn.random() < share:
                    put(data, write)
                continue
            for first, last in pieces(offset, len(part), sector):
                if self._drawn.random() < share:
                    put(data, (first, part[first - offset : last - offset]))
        if self._drawn.random() < 0.3 and len(data) > end:
            rest = min(len(data), end + self._drawn.choice(SECTORS))
            data[end:rest] = self._drawn.randbytes(rest - end)
        return data


def pieces(offset: int, size: int, sector: int) -> Iterable[tuple[int, int]]:
    """(first, after the last) byte of each part of a write that lies in one sector."""
    at = offset
    while at < offset + size:
        upto = min(offset + size, (at // sector + 1) * sector)
        yield at, upto
        at = upto


def put(data: bytearray, write: Write) -> None:
    """Writes or truncates; what lies between is zero."""
    offset, part = write
    if part is None:
        del data[offset:]
        data.extend(bytes(offset - len(data)))
        return
    data.extend(bytes(max(0, offset - len(data))))
    data[offset : offset + len(part)] = part


def lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Writes the files below a folder."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
