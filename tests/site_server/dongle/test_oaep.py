"""OAEP with the raw RSA step elsewhere: against `cryptography`, and every fault told alike."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from shared import crypto
from shared.errors import BadSignature
from site_server.dongle import oaep

PRIVATE = rsa.generate_private_key(65_537, 2_048)
NUMBERS = PRIVATE.private_numbers()
MODULUS = NUMBERS.public_numbers.n
KEY = crypto.WrapKey(crypto.RSA_OAEP, MODULUS.to_bytes(256))


def power(block: bytes) -> bytes:
    """What a token does."""
    return pow(int.from_bytes(block), NUMBERS.d, MODULUS).to_bytes(256)


def raw(block: bytes) -> bytes:
    """The public operation on a block of our own making."""
    return pow(int.from_bytes(block), 65_537, MODULUS).to_bytes(256)


def test_it_opens_what_cryptography_seals() -> None:
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), b"label")
    for number in range(20):
        key = crypto.sha256(bytes([number]))
        assert oaep.unpad(power(PRIVATE.public_key().encrypt(key, scheme)), b"label") == key
    assert oaep.unwrap(power, crypto.wrap(KEY, b"x" * 9000, "info"), "info") == b"x" * 9000


def test_a_fault_in_any_part_of_the_block_gives_no_key_and_no_reason() -> None:
    sealed = crypto.wrap(KEY, b"plain", "info")
    whole = power(sealed[:256])
    told = set()
    for at in (0, 1, 20, 33, 40, 64, 70, 150, 222, 223, 224, 255):
        block = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        with pytest.raises(BadSignature) as refused:
            oaep.unwrap(lambda _sealed, block=block: block, sealed, "info")  # type: ignore[misc]
        told.add(str(refused.value))
    with pytest.raises(BadSignature) as other:
        oaep.unwrap(power, sealed, "another purpose")
    assert told == {str(other.value)}
    assert oaep.unpad(whole, b"another") != oaep.unpad(whole, b"another"), "a wrong padding gives random keys"


def test_other_lengths_than_ours_are_refused() -> None:
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), b"info")
    for key in (b"", b"short", bytes(31), bytes(33)):
        inner = PRIVATE.public_key().encrypt(key, scheme)
        sealed = inner + crypto.seal(key.ljust(32, b"\0")[:32], b"plain", b"info")
        with pytest.raises(BadSignature):
            oaep.unwrap(power, sealed, "info")
    for cut in (0, 100, 255, 256, 260):
        with pytest.raises(BadSignature):
            oaep.unwrap(power, crypto.wrap(KEY, b"plain", "info")[:cut], "info")
    assert raw(power(bytes(255) + b"\2")) == bytes(255) + b"\2"


@pytest.mark.parametrize("size", [0, 1, 5, 33, 65, 255, 257, 512])
def test_a_token_that_answers_another_length_gives_no_key(size: int) -> None:
    sealed = crypto.wrap(KEY, b"plain", "info")
    with pytest.raises(BadSignature):
        oaep.unwrap(lambda _: bytes(range(1, 256)).ljust(512)[:size], sealed, "info")
