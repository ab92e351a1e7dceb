"""What the site asks of a dongle, whatever it is made of.

A dongle holds one P-256 key that never leaves it. Everything the platform seals for the site, and the site's own
keys at rest, are wrapped to its point (HPKE, `shared.crypto.wrap`). Does not say how the key is protected: the
implementations do.
"""

from typing import Protocol


class Dongle(Protocol):
    """An opened dongle."""

    @property
    def point(self) -> bytes:
        """The 65-byte public point that others wrap to."""
        ...

    def unwrap(self, sealed: bytes, info: str) -> bytes:
        """The plain bytes; raises `BadSignature` for another recipient or purpose, `Unavailable` once closed."""
        ...

    def close(self) -> None:
        """Forgets the key; later calls are refused."""
        ...
