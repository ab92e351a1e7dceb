"""Pictures of questions: finds them in a folder or a .zip and accepts PNG, JPEG, GIF and WebP that are whole.

Reads no other file than one inside the given folder or archive. Does not look at the image itself.
"""

import hashlib
import zipfile
from pathlib import Path, PurePosixPath
from typing import Protocol

import msgspec

from central_platform.importers.files import open_zip, read_entry
from shared import limits
from shared.errors import Malformed

NAME_CHARS = 200


class Picture(msgspec.Struct, frozen=True):
    """The bytes of one picture and their SHA-256 in hex."""

    sha256: str
    data: bytes


class Pictures(Protocol):
    """Where a bank's pictures come from."""

    def find(self, name: str) -> Picture | str:
        """The picture called `name` in the bank, or the reason code of the fault."""


def open_pictures(images: Path | None, bank: Path) -> Pictures:
    """The source of pictures: a folder or .zip, else the folder of the bank's own file and `images` in it.

    Raises Malformed `file_missing`, `file_not_zip` or `file_too_large`.
    """
    if images is None:
        return Folder((bank.parent, bank.parent / "images"))
    if images.is_dir():
        return Folder((images, images.parent))
    if not images.is_file():
        raise Malformed(f"{images.name} is neither a folder nor a file", "file_missing")
    return Archive(images)


class Folder:
    """Pictures in folders. A name is looked up from each root in turn and must lead to a file inside it."""

    def __init__(self, roots: tuple[Path, ...]) -> None:
        self._roots = [root.resolve() for root in roots]

    def find(self, name: str) -> Picture | str:
        """See `Pictures.find`."""
        inner = inner_path(name)
        if inner is None:
            return "image_name"
        for root in self._roots:
            path = (root / inner).resolve()
            if path.is_relative_to(root) and path.is_file():
                try:
                    with path.open("rb") as stream:
                        return checked(stream.read(limits.PICTURE_BYTES + 1))
                except OSError:
                    return "image_missing"
        return "image_missing"


class Archive:
    """Pictures in a .zip, by their path inside it or, where that is unambiguous, by their bare name."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._archive = open_zip(path, "file_not_zip")
        self._entries: dict[str, zipfile.ZipInfo] = {}
        bare: dict[str, list[zipfile.ZipInfo]] = {}
        for entry in self._archive.infolist():
            inner = inner_path(_entry_name(entry))
            if inner is not None and not entry.is_dir():
                self._entries[str(inner)] = entry
                bare.setdefault(inner.name, []).append(entry)
        self._bare = {name: entries[0] for name, entries in bare.items() if len(entries) == 1}

    def find(self, name: str) -> Picture | str:
        """See `Pictures.find`."""
        inner = inner_path(name)
        if inner is None:
            return "image_name"
        entry = self._entries.get(str(inner)) or self._bare.get(inner.name)
        if entry is None:
            return "image_missing"
        if entry.file_size > limits.PICTURE_BYTES:
            return "image_too_large"
        try:
            return checked(read_entry(self._archive, entry, self._name))
        except Malformed:
            return "image_damaged"


def inner_path(name: str) -> PurePosixPath | None:
    """A picture's name as a relative path that stays below its root, or None."""
    path = PurePosixPath(name.replace("\\", "/"))
    if not path.parts or path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name:
        return None
    return path if len(name) <= NAME_CHARS else None


def checked(data: bytes) -> Picture | str:
    """The bytes as a picture, or the reason code of the fault."""
    if len(data) > limits.PICTURE_BYTES:
        return "image_too_large"
    kind = picture_type(data)
    if kind is None:
        return "image_type"
    if not _whole(kind, data):
        return "image_damaged"
    return Picture(hashlib.sha256(data).hexdigest(), data)


def picture_type(data: bytes) -> str | None:
    """ "png", "jpg", "gif" or "webp" by the first bytes, or None."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return None


def _whole(kind: str, data: bytes) -> bool:
    """Whether the file reaches its own end mark; cheap, and enough to notice one that was cut short."""
    if kind == "png":
        return b"IEND" in data[-64:]
    if kind == "jpg":
        scan = data.rfind(b"\xff\xda")
        return scan > 0 and data.find(b"\xff\xd9", scan) > 0
    if kind == "gif":
        return data.rstrip(b"\0").endswith(b";")
    return len(data) >= int.from_bytes(data[4:8], "little") + 8


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """Chinese Windows writes names in GBK without saying so; Python then reads them as code page 437."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gbk")
    except UnicodeError:
        return entry.filename
