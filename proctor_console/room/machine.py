"""What this room machine is: its data folder, site file, TLS identity and the key that signs heads and receipts.

The folder holds `site.kdd`, `tls.key`, `tls.crt`, `head.key` (32 bytes, owner only), `room.db`, `papers/` and,
written last when enrolment has succeeded, `room` with the room's id. Does not enrol (`enrol.py` does) and opens no
exam document.
"""

import os
from pathlib import Path

from shared import crypto, limits, trust
from shared import documents as d
from shared.errors import Malformed, Unavailable
from shared.io import tls


class Machine:
    """An enrolled room machine, read from its folder."""

    def __init__(self, folder: Path, room: str, site_file: d.SiteFile, signer: crypto.Ed25519Signer) -> None:
        self.folder = folder
        self.room = room
        self.site_file = site_file
        self.signer = signer
        self.platform = trust.PlatformTrust(site_file.root, site_file.issuer)
        self.ca_key = tls.certificate_key(site_file.ca_certificate)

    @property
    def database(self) -> Path:
        """The ledger of the room."""
        return self.folder / "room.db"

    @property
    def papers(self) -> Path:
        """Sealed paper forms, named by their SHA-256 in hex."""
        return self.folder / "papers"

    @property
    def address(self) -> d.RoomAddress:
        """Where the site file says that this room listens; raises `Unavailable` when it names no such room."""
        found = self.site_file.rooms.get(self.room)
        if found is None:
            raise Unavailable(f"the site file names no room {self.room!r}", "no_room")
        return found


def load(folder: Path) -> Machine:
    """The enrolled machine in `folder`.

    Raises:
        Unavailable: `not_enrolled`.
        Untrusted: a file there was damaged.
    """
    marker = folder / "room"
    if not marker.is_file():
        raise Unavailable(f"{folder} holds no enrolled room", "not_enrolled")
    seed = (folder / "head.key").read_bytes()
    if len(seed) != crypto.KEY_BYTES:
        raise Malformed("head.key is not a key")
    site_file = trust.site_file((folder / "site.kdd").read_bytes())
    return Machine(folder, marker.read_text("utf-8").strip(), site_file, crypto.Ed25519Signer(seed))


def write_durably(path: Path, data: bytes) -> None:
    """Puts a file in place whole or not at all, readable by the owner only."""
    temporary = path.with_name(path.name + ".part")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_limited(path: Path) -> bytes:
    """A document from a stick; raises `Malformed` when it is larger than a document may be."""
    if path.stat().st_size > limits.DOCUMENT_BYTES:
        raise Malformed(f"{path.name} is too large for a document", "too_large")
    return path.read_bytes()
