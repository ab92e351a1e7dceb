"""All cryptography of the project, as functions over bytes; the only pure module that imports `cryptography`.

Algorithms (byte-exact use in `docs/formats.md`): SHA-256, HMAC-SHA256, HKDF-SHA256 (RFC 5869), AES-256-GCM with a
random 96-bit nonce before the ciphertext, Ed25519 (RFC 8032), ECDSA P-256 with SHA-256 (DER signatures), RSA-2048
(RFC 8017: PKCS #1 v1.5 signatures, OAEP), HPKE (RFC 9180, base mode, P-256, HKDF-SHA256, AES-256-GCM), Argon2id (RFC
9106). Does not decide what is trusted: `shared.trust` does.
"""

import hashlib
import hmac
import secrets
from typing import Literal, Protocol

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import BadSignature, Malformed

KEY_BYTES = 32
DIGEST_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
SEAL_OVERHEAD = NONCE_BYTES + TAG_BYTES
ED25519: Literal["ed25519"] = "ed25519"
ECDSA_P256: Literal["ecdsa-p256"] = "ecdsa-p256"
RSA_2048: Literal["rsa2048-pkcs1-sha256"] = "rsa2048-pkcs1-sha256"
HPKE_P256: Literal["hpke-p256"] = "hpke-p256"
RSA_OAEP: Literal["rsa2048-oaep-sha256"] = "rsa2048-oaep-sha256"
POINT_BYTES = 65
RSA_BYTES = 256
_RSA_EXPONENT = 65_537

_HPKE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class PublicKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verification key: `raw` is 32 bytes (Ed25519), the 65-byte uncompressed point (P-256), or the modulus in 256
    big-endian bytes (RSA-2048, exponent 65537).
    """

    alg: Literal["ed25519", "ecdsa-p256", "rsa2048-pkcs1-sha256"]
    raw: bytes

    @property
    def id(self) -> str:
        """First 16 hex digits of SHA-256 over algorithm name, a zero byte and `raw`."""
        return sha256(self.alg.encode() + b"\0" + self.raw).hex()[:16]


class WrapKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key that others wrap to: the 65-byte point (`hpke-p256`) or the modulus in 256 big-endian bytes, exponent
    65537 (`rsa2048-oaep-sha256`).
    """

    type: Literal["hpke-p256", "rsa2048-oaep-sha256"]
    key: bytes


class Signer(Protocol):
    """Whatever can sign: a key in memory here, a token elsewhere."""

    @property
    def public(self) -> PublicKey:
        """The key that verifies what `sign` returns."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Signature over `data`."""
        ...


class Ed25519Signer:
    """An Ed25519 private key in memory; `seed` is its 32 raw bytes."""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self._key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(ED25519, self._key.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """64-byte signature."""
        return self._key.sign(data)


class EcdsaSigner:
    """An ECDSA P-256 private key in memory, given as PKCS#8 DER; used by the site's CA."""

    def __init__(self, pkcs8: bytes) -> None:
        key = serialization.load_der_private_key(pkcs8, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Malformed("not an EC private key")
        self._key = key
        self.public = PublicKey(ECDSA_P256, public_point(key.public_key()))

    def sign(self, data: bytes) -> bytes:
        """DER signature over SHA-256 of `data`."""
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def random_bytes(count: int) -> bytes:
    """`count` bytes from the operating system's generator."""
    return secrets.token_bytes(count)


def new_key() -> bytes:
    """A fresh 32-byte key or Ed25519 seed."""
    return secrets.token_bytes(KEY_BYTES)


def sha256(data: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(data).digest()


def equal(left: bytes, right: bytes) -> bool:
    """Comparison in constant time."""
    return hmac.compare_digest(left, right)


def derive(key: bytes, label: str) -> bytes:
    """HKDF-SHA256 without salt, `info` = the UTF-8 label, 32 bytes out."""
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=label.encode()).derive(key)


def id_mac(session_key: bytes, ticket: str, id_number: str) -> bytes:
    """Keyed HMAC by which a log-in compares ID numbers: HMAC-SHA256 under the derived key over ticket, NUL, number.

    The number is stripped and its check letter upper-cased first, as candidates type it.
    """
    text = f"{ticket}\0{id_number.strip().upper()}".encode()
    return hmac.new(derive(session_key, "kaodian/id-number"), text, hashlib.sha256).digest()


def seal(key: bytes, plain: bytes, associated: bytes) -> bytes:
    """AES-256-GCM: 12 random nonce bytes, ciphertext, 16 tag bytes."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def unseal(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Opposite of `seal`.

    Raises:
        BadSignature: key, bytes or associated data do not fit.
    """
    return unseal_at(key, sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)


def seal_at(key: bytes, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
    """AES-256-GCM under a nonce the caller counts; ciphertext and tag."""
    return AESGCM(key).encrypt(nonce, plain, associated)


def unseal_at(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Opposite of `seal_at`; raises `BadSignature`."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except (InvalidTag, ValueError) as error:
        raise BadSignature("a sealed part does not open with this key") from error


def verify(public: PublicKey, signature: bytes, data: bytes) -> None:
    """Checks one signature.

    Raises:
        BadSignature: it does not fit, or the key is no key.
    """
    try:
        match public.alg:
            case "ed25519":
                ed25519.Ed25519PublicKey.from_public_bytes(public.raw).verify(signature, data)
            case "ecdsa-p256":
                _point(public.raw).verify(signature, data, ec.ECDSA(hashes.SHA256()))
            case "rsa2048-pkcs1-sha256":
                _rsa(public.raw).verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError) as error:
        raise BadSignature(f"signature does not verify with key {public.id}") from error


def public_point(key: ec.EllipticCurvePublicKey) -> bytes:
    """65-byte uncompressed point."""
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def check_point(point: bytes) -> None:
    """Raises `ValueError` unless the 65 bytes are a point of P-256."""
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def certificate_key(certificate: bytes) -> PublicKey:
    """The P-256 key in an X.509 certificate (DER); raises `Malformed`."""
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise Malformed("not a certificate") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Malformed("the certificate holds no P-256 key")
    return PublicKey(ECDSA_P256, public_point(key))


def new_p256() -> tuple[bytes, bytes]:
    """A fresh P-256 pair: (PKCS#8 DER, 65-byte public point)."""
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return der, public_point(key.public_key())


def check_public(key: PublicKey | WrapKey) -> None:
    """Raises `Malformed` unless `key` is one of its kind: a point of the curve, a modulus of 2048 bits, 32 bytes."""
    raw = key.raw if isinstance(key, PublicKey) else key.key
    try:
        match key.alg if isinstance(key, PublicKey) else key.type:
            case "ed25519":
                ed25519.Ed25519PublicKey.from_public_bytes(raw)
            case "ecdsa-p256" | "hpke-p256":
                _point(raw)
            case _:
                _rsa(raw)
    except ValueError as error:
        raise Malformed("a public key that is none") from error


def wrap(recipient: WrapKey, plain: bytes, info: str) -> bytes:
    """Seals `plain` to one recipient for one purpose.

    `hpke-p256`: HPKE, 65 bytes of encapsulated key, then the ciphertext. `rsa2048-oaep-sha256`: 256 bytes of a fresh
    AES key under RSA-OAEP (SHA-256, MGF1-SHA-256, label = info), then `seal` with that key and info as associated data.
    """
    if recipient.type == HPKE_P256:
        return _HPKE.encrypt(plain, _point(recipient.key), info=info.encode())
    key, label = new_key(), info.encode()
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label)
    return _rsa(recipient.key).encrypt(key, oaep) + seal(key, plain, label)


def unwrap(pkcs8: bytes, sealed: bytes, info: str) -> bytes:
    """Opposite of `wrap` to a P-256 point, with the private key in memory.

    Raises:
        BadSignature: other recipient, other `info`, or changed bytes.
    """
    key = serialization.load_der_private_key(pkcs8, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Malformed("not an EC private key")
    try:
        return _HPKE.decrypt(sealed, key, info=info.encode())
    except (InvalidTag, ValueError) as error:
        raise BadSignature("a wrapped key was made for another recipient or purpose") from error


def _point(raw: bytes) -> ec.EllipticCurvePublicKey:
    """The P-256 key of an uncompressed point; raises `ValueError`."""
    if len(raw) != POINT_BYTES:
        raise ValueError("not an uncompressed point of P-256")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def _rsa(modulus: bytes) -> rsa.RSAPublicKey:
    """The RSA-2048 key of a modulus; raises `ValueError`."""
    number = int.from_bytes(modulus)
    if len(modulus) != RSA_BYTES or number.bit_length() != 8 * RSA_BYTES:
        raise ValueError("not a modulus of 2048 bits")
    return rsa.RSAPublicNumbers(_RSA_EXPONENT, number).public_key()


def passphrase_key(passphrase: str, salt: bytes) -> bytes:
    """Argon2id, 64 MiB, 3 passes, 1 lane: 32 bytes."""
    return Argon2id(salt=salt, length=KEY_BYTES, iterations=3, lanes=1, memory_cost=64 * 1024).derive(
        passphrase.encode()
    )


def pin_hash(pin: str, salt: bytes) -> bytes:
    """Argon2id, 19 MiB, 2 passes: what a room keeps of a staff PIN."""
    return Argon2id(salt=salt, length=KEY_BYTES, iterations=2, lanes=1, memory_cost=19 * 1024).derive(pin.encode())
