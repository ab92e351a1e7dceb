"""Enrolling room machines: a window with a short code, opened by a technician for a while and a number of machines.

One guess per connection; `limits.ENROL_WRONG_CODES` wrong ones close the window. The window is kept as a fact of
this boot, so a restart of the service does not lose it. Knows rooms' keys, not what rooms do: an address never
authenticates.
"""

import asyncio
import secrets

import msgspec

from shared import codec, crypto, limits, records
from shared.errors import Malformed, Refused
from shared.io import clock, tls
from shared.io.store import Batch
from shared.machines import Kind, key_id, name_of
from site_server.site import Site

CODE_DIGITS = 8


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An open window: `until` on the boot-time clock of boot `boot`, machines `left`, `wrong` codes so far."""

    code: str
    until: int
    boot: str
    left: int
    wrong: int = 0


class EnrolRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /enrol`: `point` is the room's 65-byte TLS key, `head_key` what will sign its heads."""

    room: str
    code: str
    point: bytes
    head_key: crypto.PublicKey


class EnrolReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The certificate (DER) for the name `room-<id>`."""

    certificate: bytes


class Enrolled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A room machine as certified last; an older certificate of that room is no longer accepted."""

    point: bytes
    head_key: crypto.PublicKey


def room_fact(room: str) -> str:
    """Name of the fact that holds a room's `Enrolled`."""
    return f"room/{room}"


def enrolled(site: Site, room: str) -> Enrolled | None:
    """The machine enrolled as `room`, or None."""
    held = site.store.fact(room_fact(room))
    return codec.decode(Enrolled, held, limits.FRAME_BYTES) if held else None


def known_rooms(site: Site) -> dict[str, str]:
    """Room ids of the site file, by their lower-case form (as TLS names have it)."""
    held = site.store.fact("rooms")
    ids = codec.decode(list[str], held, limits.DOCUMENT_BYTES) if held else []
    return {room.lower(): room for room in ids}


async def open_window(site: Site, minutes: int, count: int) -> str:
    """Opens a window, replacing any other; the code to read out to the technicians."""
    if not (1 <= minutes <= 24 * 60 and 1 <= count <= 1000):
        raise Malformed("a window lasts 1 to 1440 minutes, for 1 to 1000 machines")
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    window = Window(code, clock.boot_now() + minutes * limits.MINUTE, clock.boot_id(), count)
    await site.commit(Batch(facts={"window": codec.encode(window)}))
    return code


def window_of(site: Site) -> Window | None:
    """The open window, or None."""
    held = site.store.fact("window")
    window = codec.decode(Window, held, limits.FRAME_BYTES) if held else None
    if window is None or window.boot != clock.boot_id() or window.until <= clock.boot_now():
        return None
    return window if window.left > 0 and window.wrong < limits.ENROL_WRONG_CODES else None


class Desk:
    """Answers enrolment requests one after the other, so that no two share one guess."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._window = window_of(site)
        self._turn = asyncio.Lock()

    def reopen(self) -> None:
        """Takes note of a window opened just now."""
        self._window = window_of(self._site)

    async def enrol(self, request: EnrolRequest) -> bytes:
        """Certifies a room machine; the certificate (DER).

        Raises:
            Refused: no open window (`no_window`), wrong code (`wrong_code`).
            Untrusted: a room that the site file does not name (`other_room`), or a point that is none.
        """
        async with self._turn:
            return await self._enrol(request)

    async def _enrol(self, request: EnrolRequest) -> bytes:
        window = self._window
        if window is None or window.until <= clock.boot_now():
            raise Refused("no enrolment window is open", "no_window")
        if not crypto.equal(window.code.encode(), request.code.encode()):
            await self._keep(msgspec.structs.replace(window, wrong=window.wrong + 1))
            raise Refused("the enrolment code is wrong", "wrong_code")
        if known_rooms(self._site).get(request.room.lower()) != request.room:
            raise Refused(f"the site file names no room {request.room[:80]!r}", "no_room")
        keys = self._site.keys
        try:
            certificate = tls.issue(
                keys.ca_key, self._site.ca_certificate, f"room-{request.room}", request.point
            )  # fmt: skip
        except ValueError as error:
            raise Malformed("the machine's key is no P-256 point") from error
        fact = codec.encode(Enrolled(request.point, request.head_key))
        name = name_of(Kind.ROOM, request.room, 0)
        key = key_id(request.point)
        record = records.MachineEnrolled(Kind.ROOM, request.room, 0, name, key, request.head_key, "", 0, "")
        await self._site.write(record, facts={room_fact(request.room): fact})
        await self._keep(msgspec.structs.replace(window, left=window.left - 1))
        return certificate

    async def _keep(self, window: Window) -> None:
        spent = window.left <= 0 or window.wrong >= limits.ENROL_WRONG_CODES
        self._window = None if spent else window
        await self._site.commit(Batch(facts={"window": None if spent else codec.encode(window)}))
