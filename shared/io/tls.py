"""Certificates and TLS contexts: a pinned CA, TLS 1.3 only, independent of the system date.

X.509 validity is not checked by OpenSSL (X509_V_FLAG_NO_CHECK_TIME), because a LAN's wall clocks cannot be believed;
expiry is a matter of trusted time and checked by us (`validity`). Names are project names such as
`room-01.kaodian`, never addresses: an address never authenticates. Does not decide who gets a certificate.
"""

import asyncio
import datetime as dt
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared import crypto
from shared.crypto import certificate_key as certificate_key
from shared.errors import BadSignature, Malformed
from shared.io.files import write_durably

NO_CHECK_TIME: Final = 0x200000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_END = dt.datetime(2099, 12, 31, tzinfo=dt.UTC)
ALWAYS: Final = (0, int((_END - _EPOCH).total_seconds()) * 1000)
"""Validity of what is made before there is trusted time, from and to in ms UTC."""


def host_name(name: str) -> str:
    """The TLS name of a machine, e.g. `room-01` -> `room-01.kaodian`."""
    return f"{name.lower()}.kaodian"


def make_ca(name: str) -> tuple[bytes, bytes]:
    """A new CA: (PKCS#8 DER key, certificate DER)."""
    der, _ = crypto.new_p256()
    key = _load(der)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(subject, subject, key.public_key()).add_extension(x509.BasicConstraints(True, 0), critical=True)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    certificate = builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    return der, certificate.public_bytes(serialization.Encoding.DER)


def issue(ca_key: bytes, ca_certificate: bytes, name: str, point: bytes, valid: tuple[int, int] = ALWAYS) -> bytes:
    """A certificate (DER) for the machine `name` holding the key at `point` (65 bytes), valid from and to (ms UTC).

    Raises:
        ValueError: `point` is no point of the curve.
    """
    ca = x509.load_der_x509_certificate(ca_certificate)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host_name(name))])
    builder = _builder(subject, ca.subject, public, valid).add_extension(
        x509.BasicConstraints(False, None), critical=True
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host_name(name))]), critical=False)
    return builder.sign(_load(ca_key), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def self_signed(name: str) -> tuple[bytes, bytes]:
    """A key and a certificate that is its own CA, for a service that is pinned by its certificate."""
    der, _ = crypto.new_p256()
    key = _load(der)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host_name(name))])
    builder = _builder(subject, subject, key.public_key()).add_extension(x509.BasicConstraints(True, 0), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host_name(name))]), critical=False)
    return der, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def presented(transport: asyncio.BaseTransport | None) -> bytes:
    """The certificate (DER) that the peer of a connection proved itself with; raises `BadSignature`
    (`no_certificate`) if there is none.
    """
    found: ssl.SSLObject | None = transport.get_extra_info("ssl_object") if transport is not None else None
    certificate = found.getpeercert(True) if found is not None else None
    if not certificate:
        raise BadSignature("no client certificate", "no_certificate")
    return certificate


def check_issued(certificate: bytes, ca_certificate: bytes) -> None:
    """Raises `BadSignature` unless that CA signed the certificate (both DER), `Malformed` if it is none."""
    with _reading():
        found, ca = (x509.load_der_x509_certificate(one) for one in (certificate, ca_certificate))
    try:
        found.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise BadSignature("the certificate is not by this site's CA", "not_enrolled") from error


def certificate_name(certificate: bytes) -> str:
    """The project name in a certificate (DER), e.g. `room-01`; empty if it has none. Raises `Malformed`."""
    with _reading():
        names = x509.load_der_x509_certificate(certificate).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value).removesuffix(".kaodian") if names else ""


def validity(certificate: bytes) -> tuple[int, int]:
    """From and to in ms UTC, as a certificate (DER) states; raises `Malformed`."""
    with _reading():
        found = x509.load_der_x509_certificate(certificate)
        return _ms(found.not_valid_before_utc), _ms(found.not_valid_after_utc)


@contextmanager
def _reading() -> Iterator[None]:
    """A certificate is taken apart only where it is looked at, so any look may find it broken."""
    try:
        yield
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise Malformed("not a certificate") from error


def write_identity(folder: Path, key: bytes, certificate: bytes) -> None:
    """Keeps a key and its certificate as `tls.key` and `tls.crt` (PEM), durably and readable by the owner only."""
    pem = _load(key).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_durably(folder / "tls.key", pem)
    write_durably(folder / "tls.crt", ssl.DER_cert_to_PEM_cert(certificate).encode())


def server_context(folder: Path, client_ca: bytes | None = None) -> ssl.SSLContext:
    """Serves with the identity in `folder`; with `client_ca` (DER) a client may prove itself by certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    if client_ca is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=client_ca)
    return context


def client_context(ca_certificate: bytes, identity: Path | None = None) -> ssl.SSLContext:
    """Trusts exactly `ca_certificate` (DER); presents the identity in the folder, if given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    context.load_verify_locations(cadata=ca_certificate)
    if identity is not None:
        context.load_cert_chain(identity / "tls.crt", identity / "tls.key")
    return context


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)


def _load(pkcs8: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_der_private_key(pkcs8, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Malformed("not an EC private key")
    return key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, valid: tuple[int, int] = ALWAYS
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    begins, expires = (_EPOCH + dt.timedelta(seconds=one // 1000) for one in valid)
    return builder.not_valid_before(begins).not_valid_after(expires)


def _ms(instant: dt.datetime) -> int:
    return int((instant - _EPOCH).total_seconds()) * 1000
