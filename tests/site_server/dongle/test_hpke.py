"""HPKE with the Diffie-Hellman step elsewhere, against `cryptography`."""

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import crypto
from shared.errors import BadSignature
from site_server.dongle import hpke as ours

PRIVATE = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
POINT = crypto.public_point(PRIVATE.public_key())
SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def agree(point: bytes) -> bytes:
    """What a token does."""
    return PRIVATE.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))


@given(st.binary(max_size=300), st.text(max_size=60))
@settings(max_examples=50)
def test_it_opens_what_cryptography_seals(plain: bytes, info: str) -> None:
    sealed = SUITE.encrypt(plain, PRIVATE.public_key(), info=info.encode())
    assert ours.unwrap(agree, POINT, sealed, info) == plain
    assert ours.unwrap(agree, POINT, crypto.wrap(crypto.WrapKey(crypto.HPKE_P256, POINT), plain, info), info) == plain


def test_every_changed_byte_another_purpose_or_key_is_refused() -> None:
    sealed = SUITE.encrypt(b"data key", PRIVATE.public_key(), info=b"purpose")
    for at in range(len(sealed)):
        with pytest.raises(BadSignature):
            ours.unwrap(agree, POINT, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], "purpose")
        with pytest.raises(BadSignature):
            ours.unwrap(agree, POINT, sealed[:at], "purpose")
    other = crypto.public_point(ec.generate_private_key(ec.SECP256R1()).public_key())
    for point, info in ((POINT, "other"), (other, "purpose")):
        with pytest.raises(BadSignature):
            ours.unwrap(agree, point, sealed, info)


def test_a_point_off_the_curve_never_reaches_the_token() -> None:
    def never(_point: bytes) -> bytes:
        raise AssertionError

    with pytest.raises(BadSignature):
        ours.unwrap(never, POINT, b"\4" + bytes(64) + bytes(40), "purpose")
