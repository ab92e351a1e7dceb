"""What the site asks of the child process that speaks to a PKCS#11 token, and what that answers.

Both ways: u32 length, big-endian, then MessagePack. One request is answered by one reply, in order. The child does
only what needs the token: key schedules, padding and marks are made on this side.
"""

from typing import IO

import msgspec

from shared import codec, limits
from shared import documents as d
from shared.errors import KaodianError, Malformed, Refused, Unavailable


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Base of all requests."""


class Open(Request, frozen=True):
    """Opens the token and the keys of `site`; makes them first when `make` names a wrap type."""

    module: str
    slot: int | None
    label: str
    site: str
    pin: str
    make: str = ""


class Agree(Request, frozen=True):
    """ECDH of the wrap key with a P-256 point."""

    point: bytes


class Raise(Request, frozen=True):
    """The raw RSA operation of the wrap key on 256 bytes."""

    block: bytes


class Sign(Request, frozen=True):
    """A signature with the signing key."""

    data: bytes


class ReadMark(Request, frozen=True):
    """All data objects that hold this site's mark."""


class WriteMark(Request, frozen=True):
    """Puts a mark in the place of those that are there."""

    data: bytes


class Alive(Request, frozen=True):
    """Whether the token still answers with this site's objects."""


AnyRequest = Open | Agree | Raise | Sign | ReadMark | WriteMark | Alive


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a request: `data`, the public keys after `Open`, `marks` after `ReadMark`, or an error's code."""

    data: bytes = b""
    marks: tuple[bytes, ...] = ()
    keys: d.DongleKeys | None = None
    code: str = ""
    detail: str = ""

    def raised(self) -> KaodianError | None:
        """The error this reply stands for."""
        if not self.code:
            return None
        kind = Unavailable if self.code in AWAY else Refused
        return kind(self.detail, self.code)


AWAY = frozenset({"dongle_gone", "no_token", "no_token_label", "no_module"})


def framed(message: Request | Reply) -> bytes:
    """The bytes of a message."""
    data = codec.encode(message)
    return len(data).to_bytes(4) + data


def size_of(prefix: bytes) -> int:
    """The size that a frame's first four bytes announce; raises `Malformed`."""
    size = int.from_bytes(prefix)
    if len(prefix) != 4 or size > limits.FRAME_BYTES:
        raise Malformed("the token's process sent no frame")
    return size


def receive(source: IO[bytes]) -> AnyRequest | None:
    """The child's next request, or None at the end of its input."""
    prefix = source.read(4)
    if not prefix:
        return None
    found: AnyRequest = codec.decode(AnyRequest, source.read(size_of(prefix)), limits.FRAME_BYTES)  # type: ignore[arg-type]  # a union is no type
    return found
