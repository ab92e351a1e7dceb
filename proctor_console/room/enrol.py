"""Enrolment of a room machine at the site: pinned TLS, a short code, and in return a certificate for our own key.

The keys are made here and never leave the machine. Nothing is kept unless the site certified them; enrolling again
with a fresh code makes a fresh TLS key. Does not open windows or judge codes: the site does.
"""

from pathlib import Path

import aiohttp
import msgspec

from proctor_console.room import machine
from shared import codec, crypto, limits, trust
from shared.errors import BadSignature, Malformed, Refused, Unavailable
from shared.io import tls

_ANSWER_BYTES = 16 * limits.KIB


class EnrolRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /enrol`: the room, the code, the 65-byte TLS point and the key that will sign heads."""

    room: str
    code: str
    point: bytes
    head_key: crypto.PublicKey


class EnrolReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The certificate (DER) for `room-<id>`."""

    certificate: bytes


class EnrolError(msgspec.Struct, frozen=True):
    """Why not."""

    code: str
    detail: str = ""


async def enrol(folder: Path, site_bytes: bytes, room: str, code: str) -> machine.Machine:
    """Enrols this machine as `room` and writes its folder; returns the machine.

    Raises:
        Refused: the site turned the code or the room down.
        Unavailable: the site does not answer.
        Untrusted: site file or certificate are not what they should be.
    """
    site_file = trust.site_file(site_bytes)
    trust.PlatformTrust(site_file.root, site_file.issuer)
    key, point = crypto.new_p256()
    seed = _head_seed(folder)
    request = EnrolRequest(room, code.strip(), point, crypto.Ed25519Signer(seed).public)
    url = f"https://{site_file.host}:{site_file.port}/enrol"
    certificate = await _ask(url, site_file.ca_certificate, codec.encode(request))
    if tls.certificate_key(certificate).raw != point:
        raise BadSignature("the site certified another key than ours")
    _keep(folder, key, certificate, {"head.key": seed, "site.kdd": site_bytes, "room": room.encode()})
    return machine.load(folder)


def _head_seed(folder: Path) -> bytes:
    """The key of heads outlives a new enrolment: the sittings held here were granted to it."""
    path = folder / "head.key"
    return path.read_bytes() if path.is_file() else crypto.new_key()


def _keep(folder: Path, key: bytes, certificate: bytes, files: dict[str, bytes]) -> None:
    """Writes the identity; the last file marks it as whole."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    tls.write_identity(folder, key, certificate)
    for name, data in files.items():
        machine.write_durably(folder / name, data)


async def _ask(url: str, ca_certificate: bytes, body: bytes) -> bytes:
    timeout = aiohttp.ClientTimeout(total=limits.LINK_SILENT / 1000)
    context = tls.client_context(ca_certificate)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.post(url, data=body, ssl=context, server_hostname=tls.host_name("site")) as reply,
        ):
            data = await reply.content.read(_ANSWER_BYTES)
            status = reply.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"the site does not answer: {error.__class__.__name__}", "no_link") from error
    if status == 200:
        return codec.decode(EnrolReply, data, _ANSWER_BYTES).certificate
    try:
        why = codec.decode_json(EnrolError, data, _ANSWER_BYTES)
    except Malformed:
        why = EnrolError("refused", f"status {status}")
    raise Refused(why.detail or why.code, why.code)
