"""Every frame of the LAN, by who receives it; a decoded message must also survive its own encoding."""

from collections.abc import Callable
from types import UnionType
from typing import Any, Final

from shared import codec, limits
from shared import messages as m
from tests.fuzz.samples import samples
from tests.fuzz.target import Target

UNIONS: Final = sorted(name for name, kind in vars(m).items() if isinstance(kind, UnionType) and name[0].isupper())
"""Whatever one end of a link receives is a union in `shared.messages`."""


def decoding(kind: Any, most: int) -> Callable[[bytes], None]:
    """A run that decodes one value and, if it is one, encodes and decodes it again."""

    def run(data: bytes) -> None:
        value = codec.decode(kind, data, most)
        if codec.decode(kind, codec.encode(value), most + limits.KIB) != value:
            raise AssertionError("another value after encoding and decoding again")

    return run


def decoder(name: str, kind: Any, most: int, share: float = 1.0) -> Target:
    """A target that decodes MessagePack of one type."""
    return Target(
        name,
        decoding(kind, most),
        lambda: [codec.encode(one) for one in samples(kind)],
        shape="msgpack",
        most=min(most, limits.FRAME_BYTES),
        share=share,
    )


TARGETS = [
    *(decoder(f"wire/{union}", getattr(m, union), limits.FRAME_BYTES) for union in UNIONS),
    decoder("wire/SessionOffer", m.SessionOffer, limits.OFFER_BYTES),
]
