"""What a dongle's side reads: wrapped keys, what a token's process and its vendor's library answer, a mark."""

import functools
import io

from cryptography.hazmat.primitives.asymmetric import rsa

from shared import codec, crypto, limits
from shared import documents as d
from shared.ledger import START
from site_server.dongle import hpke, mark, oaep, wire
from tests.fuzz.samples import samples
from tests.fuzz.target import Target
from tests.fuzz.targets.wire import decoder
from tests.fuzz.world import EDITS, changed, day, payload_of, signed_anew

KEY = bytes(range(32))
INFO = "kaodian/x"
SIGNER = crypto.Ed25519Signer(KEY)


@functools.cache
def _wrapped() -> bytes:
    return crypto.wrap(day().dongle_keys.wrap, KEY, INFO)


def _hpke(data: bytes) -> None:
    """A wrapped key, and as first 32 bytes what the token makes of it."""
    hpke.unwrap(lambda _: data[:32], day().dongle_keys.wrap.key, data[32:], INFO)


@functools.cache
def _numbers() -> rsa.RSAPrivateNumbers:
    return rsa.generate_private_key(65_537, 2_048).private_numbers()


def _oaep(data: bytes) -> None:
    """What the token answers, of any length, to a wrapped key."""
    oaep.unwrap(lambda _: data, bytes(crypto.RSA_BYTES) + bytes(60), INFO)


def _oaep_sealed(data: bytes) -> None:
    """A wrapped key, its raw RSA step done as a token does it."""
    numbers = _numbers()

    def power(block: bytes) -> bytes:
        given = int.from_bytes(block)
        low, high = pow(given, numbers.dmq1, numbers.q), pow(given, numbers.dmp1, numbers.p)
        return (low + (high - low) * numbers.iqmp % numbers.p * numbers.q).to_bytes(crypto.RSA_BYTES)

    oaep.unwrap(power, data, INFO)


def _request(data: bytes) -> None:
    source = io.BytesIO(data)
    while wire.receive(source) is not None:
        pass


def _mark(edits: bytes) -> None:
    good = payload_of(mark.seal(SIGNER, d.Mark("s1", 1, START)))
    mark.read(signed_anew(SIGNER, d.MARK, changed(good, edits)), SIGNER.public)


def _unwrapped(edits: bytes) -> None:
    """What `crypto.unwrap` opens and `check_public` is shown."""
    keys = codec.decode(d.DongleKeys, changed(codec.encode(day().dongle_keys), edits), limits.KIB)
    crypto.check_public(keys.wrap)
    crypto.wrap(keys.wrap, KEY, INFO)


TARGETS = [
    Target("dongle/hpke", _hpke, lambda: [bytes(32) + _wrapped()], most=512),
    Target("dongle/oaep", _oaep, lambda: [bytes(256), b"\0" + bytes(range(255))], most=512),
    Target("dongle/oaep_sealed", _oaep_sealed, lambda: [bytes(256) + bytes(60)], most=512, share=0.5),
    Target("dongle/request", _request, lambda: [wire.framed(one) for one in samples(wire.AnyRequest)], most=2048),
    decoder("dongle/Reply", wire.Reply, limits.FRAME_BYTES, 0.5),
    Target("dongle/mark", _mark, lambda: EDITS, most=256, share=0.5),
    Target("dongle/public", _unwrapped, lambda: EDITS, most=256, share=0.5),
]
