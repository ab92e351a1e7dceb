"""The signed envelope, and behind a good signature every type of document."""

from collections.abc import Callable

from shared import codec, crypto, limits, signed
from shared import documents as d
from tests.fuzz.samples import samples
from tests.fuzz.target import Target
from tests.fuzz.world import signed_anew

SIGNER = crypto.Ed25519Signer(bytes(range(32)))


def _envelope(data: bytes) -> None:
    signed.open_envelope(data)
    signed.verify(data, d.TIME, SIGNER.public, d.TimeReply)


def _document(kind: type[d.Document]) -> Target:
    def run(data: bytes) -> None:
        found = signed.verify(signed_anew(SIGNER, "any", data), "any", SIGNER.public, kind)
        if codec.decode(kind, codec.encode(found), limits.DOCUMENT_BYTES) != found:
            raise AssertionError("another document after encoding and decoding again")

    seeds: Callable[[], list[bytes]] = lambda: [codec.encode(one) for one in samples(kind)]  # noqa: E731  # bound to kind
    return Target(f"documents/{kind.__name__}", run, seeds, shape="msgpack", most=16 * limits.KIB, share=0.5)


TARGETS = [
    Target("documents/envelope", _envelope, lambda: [signed.sign(SIGNER, d.TIME, d.TimeReply(b"n" * 16, 1, 2))],
           shape="msgpack", most=16 * limits.KIB),
    *(_document(kind) for kind in sorted(d.Document.__subclasses__(), key=lambda one: one.__name__)),
]  # fmt: skip
