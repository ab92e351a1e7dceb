"""Sealed paper forms on the site's disk, named by their SHA-256; ciphertext only.

Does not hold or know any paper key.
"""

from pathlib import Path

from shared import crypto, limits
from shared.io.files import read_limited, write_durably
from site_server.folder import Folder


def keep(folder: Folder, forms: dict[str, bytes]) -> None:
    """Stores sealed forms durably; those already here and whole are left alone."""
    for sealed in forms.values():
        if not whole(folder, crypto.sha256(sealed)):
            write_durably(folder.papers / crypto.sha256(sealed).hex(), sealed)


def whole(folder: Folder, sha256: bytes) -> bool:
    """Whether the form is here with exactly the bytes of that digest."""
    path = path_of(folder, sha256.hex())
    return path is not None and crypto.sha256(read_limited(path, limits.PAPER_BYTES * 2)) == sha256


def all_whole(folder: Folder, digests: list[bytes]) -> bool:
    """Whether all forms of these digests are here and whole."""
    return all(whole(folder, sha256) for sha256 in digests)


def path_of(folder: Folder, name: str) -> Path | None:
    """The file of a form by the hex of its SHA-256, or None."""
    if len(name) != 2 * crypto.DIGEST_BYTES or not set(name) <= set("0123456789abcdef"):
        return None
    path = folder.papers / name
    return path if path.is_file() else None
