"""Opening a key wrapped by RSAES-OAEP (RFC 8017, SHA-256) whose raw RSA step is done elsewhere, in a token.

Tokens offer OAEP with SHA-1 at most, but raw RSA (`CKM_RSA_X_509`) everywhere. The padding is judged as a whole and
only at the end, so that neither error nor (as far as Python can) time tells which part was wrong. Holds no key.
"""

import hashlib
import hmac
from collections.abc import Callable

from shared import crypto
from shared.errors import BadSignature

_HASH = 32


def unwrap(power: Callable[[bytes], bytes], sealed: bytes, info: str) -> bytes:
    """The plain bytes of `sealed` as `shared.crypto.wrap` made it; `power` is the raw private operation on 256 bytes.

    Raises:
        BadSignature: other recipient, other `info`, or changed bytes.
    """
    label, block = info.encode(), sealed[: crypto.RSA_BYTES]
    if len(block) != crypto.RSA_BYTES:
        raise BadSignature("a wrapped key is cut short")
    key = unpad(power(block), label)
    return crypto.unseal(key, sealed[crypto.RSA_BYTES :], label)


def unpad(block: bytes, label: bytes) -> bytes:
    """The 32-byte message in an OAEP block of 256 bytes, or as many random bytes: what was sealed with the real key
    does not open with them, and nothing else tells that the padding was wrong.
    """
    if len(block) != crypto.RSA_BYTES:
        # Not what the raw operation gives: a library at fault, and nothing secret in how long it is.
        return crypto.new_key()
    masked_seed, masked = block[1 : 1 + _HASH], block[1 + _HASH :]
    seed = _xor(masked_seed, _mask(masked, _HASH))
    data = _xor(masked, _mask(seed, len(masked)))
    filler = len(data) - _HASH - 1 - crypto.KEY_BYTES
    due = hashlib.sha256(label).digest() + bytes(filler) + b"\1"
    good = hmac.compare_digest(data[: len(due)], due) & (block[0] == 0)
    return (crypto.new_key(), data[len(due) :])[good]


def _mask(seed: bytes, size: int) -> bytes:
    """MGF1 with SHA-256."""
    blocks = (hashlib.sha256(seed + count.to_bytes(4)).digest() for count in range(-(-size // _HASH)))
    return b"".join(blocks)[:size]


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))
