"""What the site asks of a dongle, whatever it is made of.

A dongle holds two private keys that never leave it: one that the platform and the site wrap to, one that signs the
grants of the site stream and the dongle's own mark. Does not say how they are protected: the implementations do.
"""

from typing import Protocol

from shared import crypto
from shared import documents as d


class Dongle(crypto.Signer, Protocol):
    """An opened dongle. Every call may raise `Unavailable` (`dongle_gone`): taken out, dead, or closed."""

    @property
    def keys(self) -> d.DongleKeys:
        """The public side; `public` is its signing key."""
        ...

    def unwrap(self, sealed: bytes, info: str) -> bytes:
        """The plain bytes; raises `BadSignature` for another recipient or purpose."""
        ...

    def read_mark(self) -> d.Mark:
        """The mark written last; raises `Damaged` (`mark_damaged`) when it is missing or not signed by this dongle."""
        ...

    def write_mark(self, mark: d.Mark) -> None:
        """Replaces the mark, durable on return. The caller sees to it that it only moves on."""
        ...

    def alive(self) -> bool:
        """Whether this very dongle is still there and answers now; never raises."""
        ...

    def close(self) -> None:
        """Forgets the keys."""
        ...
