"""What a rehearsal is asked to do, and the fixed numbers that follow from it.

Addresses: room `r` (counted from 1) listens on 127.(20+r).255.1, its PC at seat `s` binds 127.(20+r).0.`s`. Starts
nothing.
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
    crash_candidates: int
    kill_room: bool
    kill_site: bool
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
        return max(2, -(-self.seats // 10), -(-self.crash_candidates // (2 * self.rooms)) + 1)

    def shrunk(self, duration: int) -> int:
        """A planned duration as this rehearsal keeps it, ms."""
        return int(duration * self.minutes / FULL_MINUTES)


def room_id(number: int) -> str:
    """`01`, `02`, ..."""
    return f"{number:02d}"


def room_host(room: str) -> str:
    """The fixed address of a room's machine."""
    return f"127.{20 + int(room)}.255.1"


def pc_host(room: str, seat: int) -> str:
    """The fixed address of a candidate PC."""
    return f"127.{20 + int(room)}.0.{seat}"
