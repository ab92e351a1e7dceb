"""Opening an HPKE message (RFC 9180, base mode) whose Diffie-Hellman step is done elsewhere, in a token.

DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: byte-compatible with `shared.crypto.wrap`. Holds no key.
"""

import hashlib
import hmac
from collections.abc import Callable

from shared import crypto
from shared.errors import BadSignature, Malformed

_KEM = b"KEM" + (0x0010).to_bytes(2)
_SUITE = b"HPKE" + (0x0010).to_bytes(2) + (0x0001).to_bytes(2) + (0x0002).to_bytes(2)
_BASE = b"\0"


def unwrap(agree: Callable[[bytes], bytes], point: bytes, sealed: bytes, info: str) -> bytes:
    """The plain bytes of `sealed`, made for the 65-byte `point`; `agree` gives the 32-byte x coordinate of the private
    key times a point.

    Raises:
        BadSignature: other recipient, other `info`, or changed bytes.
    """
    encapsulated, ciphertext = sealed[: crypto.POINT_BYTES], sealed[crypto.POINT_BYTES :]
    try:
        crypto.check_public(crypto.WrapKey(crypto.HPKE_P256, encapsulated))
    except Malformed as error:
        raise BadSignature("a wrapped key begins with no point of the curve") from error
    shared = _extract_and_expand(agree(encapsulated), encapsulated + point)
    context = _BASE + _extract(b"", _SUITE, b"psk_id_hash", b"") + _extract(b"", _SUITE, b"info_hash", info.encode())
    secret = _extract(shared, _SUITE, b"secret", b"")
    key = _expand(secret, _SUITE, b"key", context, crypto.KEY_BYTES)
    nonce = _expand(secret, _SUITE, b"base_nonce", context, crypto.NONCE_BYTES)
    return crypto.unseal_at(key, nonce, ciphertext, b"")


def _extract_and_expand(agreed: bytes, context: bytes) -> bytes:
    """DHKEM's `ExtractAndExpand` (section 4.1)."""
    return _expand(_extract(b"", _KEM, b"eae_prk", agreed), _KEM, b"shared_secret", context, crypto.KEY_BYTES)


def _extract(salt: bytes, suite: bytes, label: bytes, material: bytes) -> bytes:
    """`LabeledExtract` (section 4)."""
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + material, hashlib.sha256).digest()


def _expand(key: bytes, suite: bytes, label: bytes, context: bytes, size: int) -> bytes:
    """`LabeledExpand` (section 4) of at most 32 bytes: one block of HKDF-Expand."""
    text = size.to_bytes(2) + b"HPKE-v1" + suite + label + context
    return hmac.new(key, text + b"\1", hashlib.sha256).digest()[:size]
