"""What this room machine is: its identity, its ledger, and the key that signs heads and receipts.

To the files of `shared.io.identity` the folder adds `head.key` (32 bytes, owner only), `room.db` and `papers/`. Does
not enrol (`enrol.py` does) and opens no exam document.
"""

import ssl
from pathlib import Path

from shared import crypto, trust
from shared import documents as d
from shared.errors import Malformed, Unavailable
from shared.io import identity, tls
from shared.io.files import read_limited
from shared.machines import Kind

HEAD_KEY = "head.key"


class Machine:
    """An enrolled room machine, read from its folder."""

    def __init__(self, found: identity.Identity, signer: crypto.Ed25519Signer) -> None:
        self.folder = found.folder
        self.room = found.place.room
        self.site_file = found.site_file
        self.signer = signer
        self.platform = trust.PlatformTrust(self.site_file.root, self.site_file.issuer)
        self.ca_key = tls.certificate_key(self.site_file.ca_certificate)

    @property
    def database(self) -> Path:
        """The ledger of the room."""
        return self.folder / "room.db"

    @property
    def key_id(self) -> bytes:
        """The id of the TLS key that the site certified."""
        certificate = ssl.PEM_cert_to_DER_cert((self.folder / "tls.crt").read_text("ascii"))
        return tls.certificate_key(certificate).id.encode()

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
        Unavailable: `not_enrolled`, or a file is missing.
        Untrusted: a file there was damaged, or the machine is of another kind.
    """
    found = identity.load(folder, Kind.ROOM)
    seed = read_limited(folder / HEAD_KEY)
    if len(seed) != crypto.KEY_BYTES:
        raise Malformed("head.key is not a key")
    return Machine(found, crypto.Ed25519Signer(seed))
