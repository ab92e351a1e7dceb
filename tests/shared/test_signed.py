"""The envelope: one encoding, one type, one signer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto, documents, signed
from shared.errors import BadSignature, Malformed

SIGNER = crypto.Ed25519Signer(bytes(range(32)))
PAYLOAD = documents.TimeReply(b"nonce", 1, 2)


def test_golden_bytes() -> None:
    """Ed25519 is deterministic: a stranger's implementation must make exactly these bytes."""
    document = signed.sign(SIGNER, documents.TIME, PAYLOAD)
    assert crypto.sha256(document).hex() == "50fe98629bba4084241e9961548422b0c89a520313a37256e83326ca0c6181c7"
    assert signed.verify(document, documents.TIME, SIGNER.public, documents.TimeReply) == PAYLOAD


def test_type_and_signer_must_fit() -> None:
    document = signed.sign(SIGNER, documents.TIME, PAYLOAD)
    with pytest.raises(Malformed):
        signed.verify(document, documents.GRANT, SIGNER.public, documents.TimeReply)
    other = crypto.Ed25519Signer(bytes(32)).public
    with pytest.raises(BadSignature):
        signed.verify(document, documents.TIME, other, documents.TimeReply)


def test_the_ca_signs_with_ecdsa() -> None:
    signer = crypto.EcdsaSigner(crypto.new_p256()[0])
    document = signed.sign(signer, documents.TIME, PAYLOAD)
    assert signed.verify(document, documents.TIME, signer.public, documents.TimeReply) == PAYLOAD


def test_every_byte_counts() -> None:
    document = signed.sign(SIGNER, documents.TIME, PAYLOAD)
    for at in range(len(document)):
        for bit in range(8):
            changed = bytearray(document)
            changed[at] ^= 1 << bit
            with pytest.raises((Malformed, BadSignature)):
                signed.verify(bytes(changed), documents.TIME, SIGNER.public, documents.TimeReply)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_typed(data: bytes) -> None:
    with pytest.raises(Malformed):
        signed.open_envelope(data)
