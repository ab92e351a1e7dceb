"""What a rehearsal is asked to do, and the fixed numbers that follow from it.

Starts nothing. Addresses begin with 127, or with 10 where every room machine has a network of its own
(`site_server.rehearsal.lan`): room `r` (counted from 1) listens on N.(20+r).255.1, its PC at seat `s` binds
N.(20+r).0.`s`, the site is N.20.0.1.
"""

from dataclasses import dataclass
from pathlib import Path

from shared import limits
from shared.crypto import HPKE_P256
from shared.model import Rules

SAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "sample"
SESSION = "LL01"
SITE = "KD01"
STAFF = "监考甲"
CHIEF = "主考甲"
PASSPHRASE = "rehearsal passphrase, not a secret"  # noqa: S105  # a rehearsal protects nothing
FULL_MINUTES = Rules().duration // limits.MINUTE
FAULTS = ("kill", "lan", "disk", "room", "site")
"""Kinds of faults: processes killed, LANs cut, a disk filled, a room machine and the site machine destroyed."""
APART = frozenset({"lan", "disk"})
"""Faults that need networks and mounts of this rehearsal's own."""


@dataclass(frozen=True)
class Options:
    """The command line, with defaults filled in."""

    bank: Path
    images: Path | None
    roster: Path
    rooms: int
    candidates: int
    minutes: float
    absent: int
    violations: int
    faults: frozenset[str]
    clock_chaos: bool
    offline: bool
    seed: int
    out: Path
    keep: bool
    dongle: str = "file"
    wrap: str = HPKE_P256

    @property
    def seats(self) -> int:
        """Seats in each room."""
        return -(-self.candidates // self.rooms)

    @property
    def spares(self) -> int:
        """Spare PCs in each room: one per ten seats, and enough for the planned crashes."""
        return max(2, -(-self.seats // 10), -(-self.crashes // (2 * self.rooms)) + 1)

    @property
    def crashes(self) -> int:
        """Candidate PCs that lose power: one in twenty, two at least."""
        return min(self.candidates, max(2, self.candidates // 20)) if "kill" in self.faults else 0

    @property
    def apart(self) -> bool:
        """Whether every room machine has a network of its own."""
        return bool(self.faults & APART)

    @property
    def site_host(self) -> str:
        """The fixed address of the site machine."""
        return f"{self._net}.20.0.1"

    def room_host(self, room: str) -> str:
        """The fixed address of a room's machine, as its PCs know it."""
        return f"{self._net}.{20 + int(room)}.255.1"

    def spare_host(self, room: str) -> str:
        """Where a spare machine takes that room's place by the site file; empty: at the old one's address. Without
        networks of its own a rehearsal can give a machine any address.
        """
        return f"{self._net}.{20 + int(room)}.255.3" if "room" in self.faults and not self.apart else ""

    def back_host(self, room: str) -> str:
        """The same machine's address on its other side, where site and consoles are."""
        return f"{self._net}.20.{int(room)}.1" if self.apart else self.room_host(room)

    def pc_host(self, room: str, seat: int) -> str:
        """The fixed address of a candidate PC."""
        return f"{self._net}.{20 + int(room)}.0.{seat}"

    @property
    def _net(self) -> int:
        return 10 if self.apart else 127

    def shrunk(self, duration: int) -> int:
        """A planned duration as this rehearsal keeps it, ms."""
        return int(duration * self.minutes / FULL_MINUTES)


def room_id(number: int) -> str:
    """`01`, `02`, ..."""
    return f"{number:02d}"
