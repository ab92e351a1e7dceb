"""The machines of a site's LAN: their names, what the site certified, and what waits to be certified. Pure nouns.

A machine is a room service, a candidate PC or a console. Its TLS name says kind, room and number; what counts is
the key the site certified for it. An address is kept to be compared and shown, it never authenticates. Does not
issue certificates or read them: the site and `shared.io.tls` do.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

import msgspec

from shared import limits
from shared.crypto import ECDSA_P256, PublicKey
from shared.errors import BadSignature, Expired

ID_CHARS: Final = 16
"""Length of a machine's id."""


class Kind(StrEnum):
    """What a machine may do: a certificate of one kind never serves as another."""

    ROOM = "room"
    PC = "pc"
    CONSOLE = "console"


class Conflict(StrEnum):
    """Why a machine that asks to be enrolled must be confirmed by itself."""

    NONE = ""
    NO_SEAT = "no_seat"
    BEYOND_PLAN = "beyond_plan"
    ASKED_TWICE = "asked_twice"
    REPLACES = "replaces"


class Enrolled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine the site certified for the TLS key `point` (65 bytes), valid from `begins` to `expires` (ms UTC).

    `number` is a PC's seat, a console's count, 0 for a room; `device` the key that signs what it writes (none for a
    console); `revoked` says why it counts no more, empty while it does.
    """

    kind: Kind
    room: str
    number: int
    point: bytes
    device: PublicKey | None
    address: str
    begins: int
    expires: int
    revoked: str = ""

    @property
    def name(self) -> str:
        """TLS name."""
        return name_of(self.kind, self.room, self.number)

    @property
    def id(self) -> str:
        """Fingerprint of the TLS key, 16 hex digits."""
        return key_id(self.point)


class Certified(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine and its certificate (DER), which proves that the site's CA certified it."""

    machine: Enrolled
    certificate: bytes


class Pending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A PC that gave the right code and waits to be confirmed at the proposed seat `number` (0: none could be told)."""

    id: str
    number: int
    address: str
    conflict: Conflict


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An open enrolment window: until trusted time `until` for `left` more machines, after `wrong` wrong codes.

    `room` is empty for a window of the kind `room` that any room may use.
    """

    kind: Kind
    room: str
    code: str
    until: int
    left: int
    wrong: int = 0

    def open_at(self, now: int) -> bool:
        """Whether it still lets machines in."""
        return now < self.until and self.left > 0 and self.wrong < limits.ENROL_WRONG_CODES


def name_of(kind: Kind, room: str, number: int) -> str:
    """The TLS name of a machine, e.g. `room-01`, `pc-01-17`, `console-01-1`."""
    return (f"room-{room}" if kind is Kind.ROOM else f"{kind}-{room}-{number}").lower()


def key_id(point: bytes) -> str:
    """Fingerprint of a machine's TLS key, 16 hex digits."""
    return PublicKey(ECDSA_P256, point).id


def seat_by_address(address: str) -> int:
    """The seat an address suggests: its last number; 0 where that is none a seat can have."""
    last = address.rpartition(".")[2]
    return int(last) if last.isascii() and last.isdecimal() and int(last) <= limits.SEAT_MOST else 0


def judged_at(now: int | None, opened: int) -> int | None:
    """The instant that a certificate's dates are held against: in the middle of an exam that opened at `opened` (0: in
    none) that opening, so that nobody is cut off by a date; for a day at most.
    """
    return now if now is None or not opened else min(now, max(opened, now - limits.DAY))


def check(found: Enrolled | None, name: str, kinds: Collection[Kind], now: int | None) -> Enrolled:
    """The machine behind a genuine certificate for `name`, if it counts now; `found` is what the list says of its key.

    Raises:
        BadSignature: unknown, or under another name or of another kind (`not_enrolled`); `revoked`.
        Expired: outside its dates, where there is trusted time (`certificate_expired`).
    """
    if found is None or found.name != name or found.kind not in kinds:
        raise BadSignature(f"the certificate of {name[:80]!r} does not count here", "not_enrolled")
    if found.revoked:
        raise BadSignature(f"the certificate of {name} was revoked", "revoked")
    if now is not None and not found.begins <= now < found.expires:
        raise Expired(f"the certificate of {name} is not valid now", "certificate_expired")
    return found
