"""The ways to one machine: its addresses, tried in turn, and the newest certificate that was met under its name.

A spare machine that took another's place was certified later, and the site never dates a room's certificates back: so
whoever has met the newer machine never speaks to the older one again, wherever and whenever that comes back. Dials
nothing: `shared.io.link` does, and asks here.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from shared import codec, limits
from shared.errors import Unavailable
from shared.io import tls
from shared.io.files import read_limited, write_durably
from shared.io.link import Address

log = logging.getLogger(__name__)
SEEN = "room.seen"


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest certificate: when it begins, ms UTC, and the fingerprint of its key."""

    begins: int
    key: str


class Ways:
    """The ways to a room. `here` is where to try next; the newest certificate is kept in `folder`."""

    def __init__(self, addresses: Sequence[Address], folder: Path) -> None:
        self._addresses = list(addresses)
        self._at = 0
        self._path = folder / SEEN
        self._seen = Seen(0, "")
        if self._path.is_file():
            self._seen = codec.decode_json(Seen, read_limited(self._path), limits.FRAME_BYTES)
        for address in self._addresses:
            address.check = self.check

    @property
    def here(self) -> Address:
        """Where to try now."""
        return self._addresses[self._at]

    def failed(self) -> None:
        """Nobody who counts was there: the next address is tried."""
        self._at = (self._at + 1) % len(self._addresses)

    def check(self, certificate: bytes) -> None:
        """Refuses a machine that another took the place of; raises `Unavailable` (`room_replaced`).

        Raises:
            Malformed: not a certificate.
        """
        found = Seen(tls.validity(certificate)[0], tls.certificate_key(certificate).id)
        if found.begins < self._seen.begins:
            raise Unavailable(f"{self.here.name}: a machine certified later took its place", "room_replaced")
        if found.begins == self._seen.begins:
            return
        self._seen = found
        try:
            write_durably(self._path, codec.encode_json(found))
        except OSError as error:
            # Known until a restart, and met again soon after it.
            log.warning("the newest room machine was not noted: %s", error)
