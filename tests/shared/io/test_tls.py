"""Real handshakes: who is believed, who is not, and that the calendar plays no part."""

import asyncio
import datetime as dt
import ssl
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from shared import crypto
from shared.errors import BadSignature, Malformed
from shared.io import tls


class Machines:
    """A CA and a server on the loopback that answers with the name it saw in the client's certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca_key, self.ca = tls.make_ca("site T")
        self.port = 0

    def identity(self, name: str) -> Path:
        """A machine with a certificate of this CA."""
        key, point = crypto.new_p256()
        tls.write_identity(self.folder / name, key, tls.issue(self.ca_key, self.ca, name, point))
        return self.folder / name

    @asynccontextmanager
    async def serving(self, identity: Path) -> AsyncIterator[None]:
        """The server runs with the identity in a folder."""

        async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                name = tls.certificate_name(tls.presented(writer.transport))
            except BadSignature as error:
                name = error.wire_code
            writer.write(name.encode())
            await writer.drain()
            writer.close()

        context = tls.server_context(identity, self.ca)
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def ask(self, context: ssl.SSLContext, name: str = "room-01") -> str:
        """What the server answers."""
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self.port, ssl=context, server_hostname=tls.host_name(name)
            )
            found = await reader.read(100)
            writer.close()
        return found.decode()


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path)


async def test_a_client_is_known_by_its_certificate_or_not_at_all(machines: Machines) -> None:
    async with machines.serving(machines.identity("room-01")):
        assert await machines.ask(tls.client_context(machines.ca, machines.identity("Room-07"))) == "room-07"
        assert await machines.ask(tls.client_context(machines.ca)) == "no_certificate"


async def test_another_ca_is_refused_on_both_sides(machines: Machines, tmp_path: Path) -> None:
    stranger = Machines(tmp_path / "stranger")
    async with machines.serving(machines.identity("room-01")):
        with pytest.raises(ssl.SSLCertVerificationError):
            await machines.ask(tls.client_context(stranger.ca))
        # In TLS 1.3 the client is through before the server judges: it reads an alert, a reset, or just the end.
        answer = ""
        with suppress(ssl.SSLError, ConnectionError):
            answer = await machines.ask(tls.client_context(machines.ca, stranger.identity("room-07")))
        assert answer == ""


async def test_a_machine_is_not_taken_for_another_of_the_same_ca(machines: Machines) -> None:
    async with machines.serving(machines.identity("room-02")):
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            await machines.ask(tls.client_context(machines.ca))


async def test_a_certificate_outside_its_dates_still_proves_who_it_is(machines: Machines) -> None:
    folder = machines.identity("room-01")
    (folder / "tls.crt").write_text(ssl.DER_cert_to_PEM_cert(expired(machines, folder)))
    async with machines.serving(folder):
        assert await machines.ask(tls.client_context(machines.ca, machines.identity("room-07"))) == "room-07"
        strict = tls.client_context(machines.ca)
        strict.verify_flags &= ~ssl.VerifyFlags(tls.NO_CHECK_TIME)
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            await machines.ask(strict)


def expired(machines: Machines, folder: Path) -> bytes:
    """A certificate for the key in the folder that ended long ago."""
    key = serialization.load_pem_private_key((folder / "tls.key").read_bytes(), None)
    ca_key = serialization.load_der_private_key(machines.ca_key, None)
    ca = x509.load_der_x509_certificate(machines.ca)
    name = tls.host_name("room-01")
    builder = x509.CertificateBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
    builder = builder.issuer_name(ca.subject).public_key(key.public_key()).serial_number(1)  # type: ignore[arg-type]  # EC
    builder = builder.not_valid_before(dt.datetime(2001, 1, 1, tzinfo=dt.UTC))
    builder = builder.not_valid_after(dt.datetime(2002, 1, 1, tzinfo=dt.UTC))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = builder.sign(ca_key, hashes.SHA256())  # type: ignore[arg-type]  # EC
    return made.public_bytes(serialization.Encoding.DER)


async def test_tls_before_1_3_is_refused(machines: Machines) -> None:
    async with machines.serving(machines.identity("room-01")):
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(cadata=machines.ca)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await machines.ask(old)


async def test_a_self_signed_service_is_pinned_by_its_certificate(machines: Machines) -> None:
    key, certificate = tls.self_signed("platform")
    tls.write_identity(machines.folder / "platform", key, certificate)
    _, other = tls.self_signed("platform")
    async with machines.serving(machines.folder / "platform"):
        assert await machines.ask(tls.client_context(certificate), "platform") == "no_certificate"
        with pytest.raises(ssl.SSLCertVerificationError):
            await machines.ask(tls.client_context(other), "platform")


def test_a_key_file_is_readable_by_its_owner_only(machines: Machines) -> None:
    folder = machines.identity("room-01")
    assert stat.S_IMODE((folder / "tls.key").stat().st_mode) == 0o600


def test_only_an_ec_key_makes_certificates(machines: Machines) -> None:
    seed = crypto.Ed25519Signer(crypto.new_key())
    der = seed._key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(Malformed):
        tls.issue(der, machines.ca, "room-01", crypto.new_p256()[1])


def test_a_certificate_states_the_dates_it_was_issued_for(machines: Machines) -> None:
    point = crypto.new_p256()[1]
    valid = (904_694_400_500, 1_795_219_200_999)
    assert tls.validity(tls.issue(machines.ca_key, machines.ca, "pc-01-7", point, valid)) == (
        904_694_400_000, 1_795_219_200_000
    )  # fmt: skip
    assert tls.validity(machines.ca) == tls.ALWAYS
    assert tls.certificate_name(tls.issue(machines.ca_key, machines.ca, "PC-01-7", point)) == "pc-01-7"


def test_there_is_no_name_without_a_connection() -> None:
    with pytest.raises(BadSignature) as caught:
        tls.presented(None)
    assert caught.value.wire_code == "no_certificate"


def test_a_certificate_broken_where_it_is_looked_at_is_malformed() -> None:
    _, certificate = tls.self_signed("room-01")
    assert tls.certificate_name(certificate) == "room-01"
    begin, end = tls.validity(certificate)
    assert begin < end
    name = certificate.rindex(b"\x0c\x0froom-01.kaodian")
    for tag in (b"\x4c", b"\x03"):
        with pytest.raises(Malformed):
            tls.certificate_name(certificate[:name] + tag + certificate[name + 1 :])
    year = certificate.index(b"Z0") - 14
    broken = [certificate[:10], certificate[:year] + bytes(4) + certificate[year + 4 :]]
    for data in broken:
        with pytest.raises(Malformed):
            tls.validity(data)
