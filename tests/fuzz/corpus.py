"""The inputs that are kept: a small corpus in the repository, and the growing one of a campaign in a work folder.

The repository's corpus is one MessagePack list of inputs per target, small enough to be replayed with every test
run. Does not choose inputs by coverage: libFuzzer does, `kept` only bounds what is taken over.
"""

import hashlib
from pathlib import Path
from typing import Final

from shared import codec, limits

FOLDER: Final = Path(__file__).parent / "corpus"
TARGET_BYTES: Final = 3 * limits.KIB
"""Most that one target's inputs may take in the repository."""
INPUT_BYTES: Final = 2 * limits.KIB


def inputs(target: str, folder: Path = FOLDER) -> list[bytes]:
    """The kept inputs of a target, smallest first; none if it has no file."""
    path = _path(target, folder)
    return codec.decode(list[bytes], path.read_bytes(), limits.MIB) if path.is_file() else []


def keep(target: str, best: list[bytes], more: list[bytes], folder: Path = FOLDER) -> int:
    """Replaces a target's kept inputs: the smallest of `best` that fit, then the smallest of `more`; how many there
    are now.
    """
    chosen: dict[bytes, None] = {}
    for one in (*sorted(best, key=_by_size), *sorted(more, key=_by_size)):
        if len(one) <= INPUT_BYTES and sum(map(len, chosen)) + len(one) <= TARGET_BYTES:
            chosen[one] = None
    path = _path(target, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(codec.encode(sorted(chosen, key=_by_size)))
    return len(chosen)


def spread(found: list[bytes], work: Path) -> Path:
    """Puts inputs into a work folder as libFuzzer has them, one file each named by its digest; the folder."""
    work.mkdir(parents=True, exist_ok=True)
    for one in found:
        path = work / hashlib.sha1(one, usedforsecurity=False).hexdigest()
        if not path.exists():
            path.write_bytes(one)
    return work


def gathered(work: Path) -> list[bytes]:
    """All inputs in a work folder."""
    return [path.read_bytes() for path in sorted(work.iterdir()) if path.is_file()] if work.is_dir() else []


def _by_size(data: bytes) -> tuple[int, bytes]:
    return len(data), data


def _path(target: str, folder: Path) -> Path:
    return folder / f"{target.replace('/', '-')}.msgpack"
