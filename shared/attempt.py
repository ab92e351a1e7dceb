"""What is known of one attempt stream without opening a record: heads, digests, verdicts, and when it was written.

Holds no answer. Does not decide what counts: `shared.receiving` does.
"""

import bisect
from array import array
from typing import NamedTuple

from shared import records as r
from shared.crypto import DIGEST_BYTES
from shared.ledger import START, Header, Point, open_epoch


class Request(NamedTuple):
    """A request to hand in: where it stands, and whether the PC made it by itself."""

    point: Point
    automatic: bool


def request_of(header: Header, digest: bytes) -> Request:
    """The request of that record's clear header; raises `Malformed`."""
    return Request(
        Point(header.epoch, header.position, digest), r.read_clear(header) == r.HandInRequested(automatic=True)
    )


class Attempt:
    """What the room holds of one attempt stream: heads and digests of each epoch, and how far it is accepted."""

    def __init__(self) -> None:
        self.heads: dict[int, Point] = {}
        self.digests: dict[int, bytearray] = {}
        self.accepted = START
        self.counted: dict[int, int] = {}
        """Last position of each epoch that counts, what two people decided included."""
        self.held: list[r.Held] = []
        """What nobody has decided about."""
        self.asked: Request | None = None
        """The last request to hand in, unless it was turned down or taken back."""
        self.items: set[int] = set()
        self.begun = 0
        """When the first stored answer was written, ms UTC; 0 before."""
        self.size = 0
        """About how many bytes are stored, of all epochs."""
        self.written = array("q")
        """When the PC wrote each stored record, by its own trusted time, ascending."""

    def digest_at(self, epoch: int, position: int) -> bytes | None:
        """Digest of a stored record, or None."""
        held = self.digests.get(epoch, b"")
        found = bytes(held[(position - 1) * DIGEST_BYTES : position * DIGEST_BYTES]) if position > 0 else b""
        return found or None

    def head(self, epoch: int, continues: Point) -> Point:
        """Where the epoch stands; its beginning if nothing of it is stored."""
        return self.heads.get(epoch) or open_epoch(epoch, continues)

    def wrote(self, at: int) -> None:
        """Notes when the PC wrote a stored record, ms UTC."""
        bisect.insort(self.written, at)

    def worked(self, until: int) -> int:
        """When the PC last wrote something at or before `until`, ms UTC; 0 if it never did. Asked for every row of
        every board, so it must not cost more the longer the attempt is.
        """
        before = bisect.bisect_right(self.written, until)
        return self.written[before - 1] if before else 0
