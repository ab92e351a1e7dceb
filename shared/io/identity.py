"""Who a machine is on the site's LAN: its folder, and how it gets its certificate.

The folder holds `site.kdd` (the site file), `tls.key` and `tls.crt`, and, written last, `machine.json` with kind, room
and number. `enrol` asks for the certificate over TLS pinned to the site file's CA, a room at the site, PC and console
at their room, and keeps nothing unless its own key was certified. `tls.asking` is the key while the answer is open,
so that a machine that asks again is the same one. Does not open windows or confirm anybody.
"""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import aiohttp
import msgspec

from shared import codec, crypto, limits, trust
from shared import documents as d
from shared.errors import BadSignature, Refused, Unavailable, WrongBinding
from shared.io import tls
from shared.io.clock import boot_now
from shared.io.files import read_limited, write_durably
from shared.io.link import Address, problem
from shared.io.ways import Ways
from shared.machines import Kind, name_of
from shared.messages import EnrolReply, EnrolRequest

MARKER = "machine.json"
SITE_FILE = "site.kdd"
ASKING = "tls.asking"
_ANSWER_BYTES = 16 * limits.KIB
_AGAIN = 1.0
"""Seconds before a machine that waits asks again."""
_HELD = 2 * limits.SECOND
"""A request that was open for so long had the right code: when its way to the site is cut, the machine asks again."""
AGAIN = frozenset({"not_confirmed", "link_cut"})
"""After these a machine asks again by itself: nothing was decided."""


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a machine was enrolled as; `number` as in `shared.machines`."""

    kind: Kind
    room: str
    number: int


class Identity:
    """An enrolled machine, read from its folder."""

    def __init__(self, folder: Path, place: Place, site_file: d.SiteFile) -> None:
        self.folder = folder
        self.place = place
        self.site_file = site_file

    @property
    def name(self) -> str:
        """TLS name."""
        return name_of(self.place.kind, self.place.room, self.place.number)

    def context(self) -> ssl.SSLContext:
        """What this machine connects with: its certificate, and the only CA that it trusts."""
        return tls.client_context(self.site_file.ca_certificate, self.folder)

    def ways(self, local: str = "") -> Ways:
        """Where its room takes PCs and consoles; raises `Refused` (`unknown_room`)."""
        return Ways(room_addresses(self.site_file, self.place.room, local), self.folder)


def read_site_file(path: Path) -> bytes:
    """The bytes of a site file from a stick, checked to be whole; raises `Unavailable` (`no_site_file`), `Malformed`,
    `BadSignature`.
    """
    try:
        data = read_limited(path)
    except Unavailable as error:
        raise Unavailable(f"cannot read the site file {path}", "no_site_file") from error
    trust.site_file(data)
    return data


def room_addresses(site: d.SiteFile, room: str, local: str = "") -> list[Address]:
    """Where room `room` takes PCs and consoles, spare addresses last; raises `Refused` (`unknown_room`)."""
    where = site.rooms.get(room)
    if where is None:
        raise Refused(f"the site file names no room {room!r}, only {', '.join(sorted(site.rooms))}", "unknown_room")
    return [Address(one.host, one.port, f"room-{room}", "/ws", local) for one in (where, *site.spares.get(room, ()))]


def load(folder: Path, kind: Kind) -> Identity:
    """The machine of that kind in `folder`.

    Raises:
        Unavailable: none was enrolled here (`not_enrolled`).
        WrongBinding: one of another kind (`other_machine`).
        Untrusted: a file was damaged.
    """
    if not (folder / MARKER).is_file():
        raise Unavailable(f"{folder} holds no enrolled machine", "not_enrolled")
    place = codec.decode_json(Place, read_limited(folder / MARKER), limits.FRAME_BYTES)
    if place.kind is not kind:
        raise WrongBinding(f"{folder} holds a machine of the kind {place.kind}, not {kind}", "other_machine")
    return Identity(folder, place, trust.site_file(read_limited(folder / SITE_FILE)))


async def enrol(
    folder: Path,
    site_bytes: bytes,
    request: EnrolRequest,
    local: str = "",
    on_waiting: Callable[[], None] = lambda: None,
) -> Identity:
    """Has this machine certified and keeps the identity; `request` without its `point`, which is made here.

    `on_waiting` is called once when staff must confirm first; then this asks again for up to `limits.ENROL_PATIENCE`.

    Raises:
        Refused: code, room or machine were turned down.
        Unavailable: nobody answers.
        Untrusted: site file or certificate are not what they should be.
    """
    site_file = trust.site_file(site_bytes)
    key, point = _asking_key(folder)
    body = codec.encode(msgspec.structs.replace(request, code=request.code.strip(), point=point))
    if request.kind is Kind.ROOM:
        where = [Address(site_file.host, site_file.port, "site", "/enrol", local)]
    else:
        where = room_addresses(site_file, request.room, local)
    reply = await _until_answered(where, site_file.ca_certificate, body, on_waiting)
    name = name_of(request.kind, request.room, reply.number)
    if tls.certificate_key(reply.certificate).raw != point or tls.certificate_name(reply.certificate) != name:
        raise BadSignature("the site certified another key or name than ours")
    place = Place(request.kind, request.room, reply.number)
    keep(folder, place, key, reply.certificate, site_bytes)
    return load(folder, request.kind)


def keep(folder: Path, place: Place, key: bytes, certificate: bytes, site_bytes: bytes) -> None:
    """Writes an identity; the last file marks it as whole."""
    tls.write_identity(folder, key, certificate)
    write_durably(folder / SITE_FILE, site_bytes)
    write_durably(folder / MARKER, codec.encode_json(place))
    (folder / ASKING).unlink(missing_ok=True)


async def _until_answered(
    where: list[Address], ca_certificate: bytes, body: bytes, on_waiting: Callable[[], None]
) -> EnrolReply:
    until, open_ = boot_now() + limits.ENROL_PATIENCE, False
    while True:
        try:
            return await _ask_any(where, ca_certificate, body)
        except (Refused, Unavailable) as error:
            open_ = open_ or error.wire_code in AGAIN
            nothing_decided = error.wire_code in AGAIN or isinstance(error, Unavailable)
            if boot_now() > until or not (open_ and nothing_decided):
                raise
            if error.wire_code == "not_confirmed":
                on_waiting()
                on_waiting = _told
        await asyncio.sleep(_AGAIN)


def _told() -> None:
    """Said already."""


async def _ask_any(where: list[Address], ca_certificate: bytes, body: bytes) -> EnrolReply:
    """One request, to the first who is there; raises like `_ask`."""
    for one in where[:-1]:
        try:
            return await _ask(one, ca_certificate, body)
        except Unavailable as error:
            if error.wire_code != "no_link":
                raise
    return await _ask(where[-1], ca_certificate, body)


async def _ask(where: Address, ca_certificate: bytes, body: bytes) -> EnrolReply:
    """One request. Raises `Unavailable` `no_link` when nobody is there, `link_cut` when an open request was cut."""
    begun = boot_now()
    timeout = aiohttp.ClientTimeout(total=(limits.ENROL_HELD + limits.LINK_SILENT) / 1000)
    connector = aiohttp.TCPConnector(local_addr=(where.local, 0) if where.local else None)
    url = f"https://{where.host}:{where.port}/enrol"
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=connector) as client,
            client.post(
                url, data=body, ssl=tls.client_context(ca_certificate), server_hostname=tls.host_name(where.name)
            ) as reply,
        ):
            data = await reply.content.read(_ANSWER_BYTES)
            status = reply.status
    except aiohttp.ClientConnectorError as error:
        raise Unavailable(f"{where.name} does not answer: {error.__class__.__name__}", "no_link") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"{where.name} hung up: {error.__class__.__name__}", "link_cut") from error
    if status == 200:
        return codec.decode(EnrolReply, data, _ANSWER_BYTES)
    why = problem(data, status)
    if status == 503:
        raise Unavailable(why.detail or why.code, "link_cut" if boot_now() - begun > _HELD else why.code)
    raise Refused(why.detail or why.code, why.code)


def _asking_key(folder: Path) -> tuple[bytes, bytes]:
    path = folder / ASKING
    if path.is_file():
        key = path.read_bytes()
        return key, crypto.EcdsaSigner(key).public.raw
    key, point = crypto.new_p256()
    write_durably(path, key)
    return key, point
