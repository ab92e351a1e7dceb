"""Every primitive against itself and, where a standard publishes one, against its test vector."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto
from shared.errors import BadSignature, Malformed
from shared.io import tls

KEY = bytes(range(32))
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
"""RFC 8032, section 7.1, test 1."""


def test_ed25519_is_that_of_the_rfc() -> None:
    signer = crypto.Ed25519Signer(SEED)
    assert signer.public.raw.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert signer.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")


def test_the_derived_key_is_hkdf_sha256_without_salt() -> None:
    # RFC 5869, A.3: no salt and no label; 32 of its 42 bytes.
    key = bytes.fromhex("0b" * 22)
    assert crypto.derive(key, "").hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    assert crypto.derive(KEY, "a") != crypto.derive(KEY, "b")


@pytest.mark.parametrize("alg", ["ed25519", "ecdsa-p256"])
def test_a_signature_holds_for_one_key_and_one_text(alg: str) -> None:
    def signer() -> crypto.Signer:
        return crypto.Ed25519Signer(crypto.new_key()) if alg == "ed25519" else crypto.EcdsaSigner(crypto.new_p256()[0])

    one, other = signer(), signer()
    assert one.public.alg == alg
    signature = one.sign(b"text")
    crypto.verify(one.public, signature, b"text")
    changed = bytes([signature[0], signature[1] ^ 1, *signature[2:]])
    for public, given_, text in (
        (other.public, signature, b"text"),
        (one.public, signature, b"texu"),
        (one.public, changed, b"text"),
        (one.public, b"", b"text"),
    ):
        with pytest.raises(BadSignature):
            crypto.verify(public, given_, text)


@pytest.mark.parametrize("alg", [crypto.ED25519, crypto.ECDSA_P256])
@given(raw=st.binary(max_size=70))
def test_a_key_that_is_no_key_verifies_nothing(alg: str, raw: bytes) -> None:
    with pytest.raises(BadSignature):
        crypto.verify(crypto.PublicKey(alg, raw), bytes(64), b"text")  # type: ignore[arg-type]  # one of the literals


def test_a_key_id_tells_algorithm_and_key() -> None:
    one = crypto.PublicKey(crypto.ED25519, KEY)
    assert len(one.id) == 16
    assert one.id != crypto.PublicKey(crypto.ECDSA_P256, KEY).id
    assert one.id != crypto.PublicKey(crypto.ED25519, KEY[::-1]).id


@given(st.binary(max_size=100), st.binary(max_size=20), st.data())
def test_a_sealed_part_opens_with_its_key_and_frame_only(plain: bytes, associated: bytes, data: st.DataObject) -> None:
    sealed = crypto.seal(KEY, plain, associated)
    assert len(sealed) == len(plain) + crypto.SEAL_OVERHEAD
    assert crypto.unseal(KEY, sealed, associated) == plain
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[at] ^= data.draw(st.integers(1, 255))
    for key, bytes_, frame in (
        (KEY, bytes(changed), associated),
        (KEY, sealed[:at], associated),
        (KEY, sealed, associated + b"x"),
        (bytes(32), sealed, associated),
    ):
        with pytest.raises(BadSignature):
            crypto.unseal(key, bytes_, frame)


def test_the_same_plain_text_is_never_sealed_twice_alike() -> None:
    assert len({crypto.seal(KEY, b"A", b"") for _ in range(50)}) == 50


def test_a_wrapped_key_is_for_one_recipient_and_one_purpose() -> None:
    private, point = crypto.new_p256()
    stranger, _ = crypto.new_p256()
    sealed = crypto.wrap(crypto.WrapKey(crypto.HPKE_P256, point), KEY, "kaodian/test/s1")
    assert crypto.unwrap(private, sealed, "kaodian/test/s1") == KEY
    for key, bytes_, info in (
        (stranger, sealed, "kaodian/test/s1"),
        (private, sealed, "kaodian/test/s2"),
        (private, sealed[:-1] + bytes([sealed[-1] ^ 1]), "kaodian/test/s1"),
        (private, sealed[:40], "kaodian/test/s1"),
        (private, b"", "kaodian/test/s1"),
        (private, bytes(len(sealed)), "kaodian/test/s1"),
    ):
        with pytest.raises(BadSignature):
            crypto.unwrap(key, bytes_, info)


def test_an_rsa_key_opens_what_is_wrapped_to_its_modulus_for_one_purpose_only() -> None:
    private, modulus = rsa_pair()
    key = crypto.WrapKey(crypto.RSA_OAEP, modulus)
    plain = bytes(5000)
    sealed = crypto.wrap(key, plain, "kaodian/test/s1")
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), b"kaodian/test/s1")
    inner = private.decrypt(sealed[:256], oaep)
    assert crypto.unseal(inner, sealed[256:], b"kaodian/test/s1") == plain
    with pytest.raises(BadSignature):
        crypto.unseal(inner, sealed[256:], b"kaodian/test/s2")
    assert sealed != crypto.wrap(key, plain, "kaodian/test/s1")


def test_every_kind_of_signature_verifies_with_its_own_key_and_data_only() -> None:
    private, modulus = rsa_pair()
    der, point = crypto.new_p256()
    edwards = crypto.Ed25519Signer(KEY)
    made = [
        (edwards.public, edwards.sign(b"data")),
        (crypto.PublicKey(crypto.ECDSA_P256, point), crypto.EcdsaSigner(der).sign(b"data")),
        (crypto.PublicKey(crypto.RSA_2048, modulus), private.sign(b"data", padding.PKCS1v15(), hashes.SHA256())),
    ]
    for number, (key, signature) in enumerate(made):
        crypto.check_public(key)
        crypto.verify(key, signature, b"data")
        for wrong in (b"", signature[:-1], signature + b"x", made[number - 1][1]):
            with pytest.raises(BadSignature):
                crypto.verify(key, wrong, b"data")
        with pytest.raises(BadSignature):
            crypto.verify(key, signature, b"date")


def test_keys_that_are_none_are_told() -> None:
    _, point = crypto.new_p256()
    compressed = bytes([2 + point[-1] % 2]) + point[1:33]
    for key in (
        crypto.PublicKey(crypto.ED25519, bytes(31)),
        crypto.PublicKey(crypto.ECDSA_P256, compressed),
        crypto.WrapKey(crypto.HPKE_P256, bytes(65)),
        crypto.WrapKey(crypto.HPKE_P256, b""),
        crypto.WrapKey(crypto.RSA_OAEP, bytes(256)),
        crypto.PublicKey(crypto.RSA_2048, bytes([255]) * 255),
    ):
        with pytest.raises(Malformed):
            crypto.check_public(key)
        if isinstance(key, crypto.PublicKey):
            with pytest.raises(BadSignature):
                crypto.verify(key, bytes(64), b"")


def rsa_pair() -> tuple[rsa.RSAPrivateKey, bytes]:
    """A fresh RSA-2048 key and its modulus."""
    private = rsa.generate_private_key(65_537, 2_048)
    return private, private.public_key().public_numbers().n.to_bytes(256)


def test_an_id_number_is_compared_as_candidates_type_it() -> None:
    mac = crypto.id_mac(KEY, "1001", "99000020000101123X")
    assert crypto.id_mac(KEY, "1001", "  99000020000101123x ") == mac
    others = [(KEY, "1002", "99000020000101123X"), (KEY, "1001", "990000200001011230"), (bytes(32), "1001", "X")]
    assert mac not in {crypto.id_mac(*other) for other in others}


def test_only_an_ec_key_signs_for_a_ca_or_unwraps() -> None:
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(Malformed):
        crypto.EcdsaSigner(other)
    with pytest.raises(Malformed):
        crypto.unwrap(other, bytes(100), "")


def test_a_certificate_gives_its_key() -> None:
    der, certificate = tls.make_ca("site s1")
    assert crypto.certificate_key(certificate) == crypto.EcdsaSigner(der).public


def test_what_is_no_certificate_or_holds_another_key_is_malformed() -> None:
    key = rsa.generate_private_key(65_537, 2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    begin, end = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begin).not_valid_after(end)
    for data in (b"", b"0" * 400, builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)):
        with pytest.raises(Malformed):
            crypto.certificate_key(data)


def test_a_certificate_of_unknown_version_or_another_curve_is_malformed() -> None:
    _, certificate = tls.make_ca("site s1")
    version = certificate.index(bytes.fromhex("a003020102")) + 4
    with pytest.raises(Malformed):
        crypto.certificate_key(certificate[:version] + b"\x22" + certificate[version + 1 :])
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    begin, end = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begin).not_valid_after(end)
    with pytest.raises(Malformed):
        crypto.certificate_key(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))


def test_passphrases_and_pins_are_hashed_with_their_salt() -> None:
    salt = bytes(16)
    assert len(crypto.passphrase_key("correct horse battery", salt)) == crypto.KEY_BYTES
    assert crypto.pin_hash("246810", salt) == crypto.pin_hash("246810", salt)
    assert crypto.pin_hash("246810", salt) != crypto.pin_hash("246811", salt)
    assert crypto.pin_hash("246810", salt) != crypto.pin_hash("246810", bytes([1]) * 16)


def test_comparison_is_of_the_whole() -> None:
    assert crypto.equal(b"ab", b"ab")
    assert not crypto.equal(b"ab", b"abc") and not crypto.equal(b"ab", b"ac")
