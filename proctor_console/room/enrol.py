"""Enrolment: of this machine as a room's at the site, and of PCs and consoles that ask at the room's port.

The key of heads is made here and never leaves the machine; it outlives a new enrolment, because the sittings held here
were granted to it. Requests of others are handed on to the site, one guess per connection. Does not open windows or
judge codes: the site does.
"""

from pathlib import Path

from aiohttp import web

from proctor_console.room import machine
from proctor_console.room.hall import Hall
from shared import codec, crypto, limits, trust
from shared.errors import KaodianError
from shared.io import door, identity
from shared.io.files import write_durably
from shared.machines import Kind
from shared.messages import EnrolReply, EnrolRequest
from shared.refusal import Refusal

_STATUS = {"no_link": 503, "malformed": 400, "truncated": 400, "too_large": 413}


async def enrol(folder: Path, site_bytes: bytes, room: str, code: str) -> machine.Machine:
    """Enrols this machine as `room` and writes its folder; returns the machine.

    Raises:
        Refused: the site turned the code or the room down.
        Unavailable: the site does not answer.
        Untrusted: site file or certificate are not what they should be.
    """
    site_file = trust.site_file(site_bytes)
    trust.PlatformTrust(site_file.root, site_file.issuer)
    path = folder / machine.HEAD_KEY
    if not path.is_file():
        write_durably(path, crypto.new_key())
    head_key = crypto.Ed25519Signer(path.read_bytes()).public
    await identity.enrol(folder, site_bytes, EnrolRequest(Kind.ROOM, room, 0, code, b"", head_key))
    return machine.load(folder)


async def answer(hall: Hall, request: web.Request) -> web.Response:
    """Answers `POST /enrol` of a PC or console; the connection is closed, whatever came of it."""
    found = await _ask(hall, request)
    if isinstance(found, EnrolReply):
        reply = web.Response(body=codec.encode(found))
    else:
        reply = refused(found.code)
        if found.code == "wrong_code" and found.count >= limits.ENROL_GUESSES_TOLD:
            hall.odd("enrol_guessing", 0, request.remote or "")
    reply.force_close()
    return reply


async def _ask(hall: Hall, request: web.Request) -> EnrolReply | Refusal:
    try:
        asked = codec.decode(EnrolRequest, await door.body(request, limits.ENROL_BYTES), limits.ENROL_BYTES)
    except KaodianError as error:
        return Refusal(error.wire_code)
    if asked.kind is Kind.ROOM or asked.room != hall.machine.room:
        return Refusal("no_room")
    return await hall.relay.enrol(asked, request.remote or "")


def refused(code: str) -> web.Response:
    """The answer to an HTTP request that leads to nothing."""
    body = codec.encode_json({"code": code})
    return web.Response(status=_STATUS.get(code, 403), body=body, content_type="application/json")
