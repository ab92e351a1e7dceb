"""A real site service at one stage after the other, and how each role reaches it over the wire.

Its platform's time is moved on between the stages; the site is stopped and opened again each time, as on another day.
Answers are words as in `callers`; the status of an HTTP request is its number. A site knows machines, not people:
roles that share a certificate cannot be told apart there and share an attempt.
"""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]  # publishes no types
import msgspec

from shared import crypto
from shared import messages as m
from shared.io import tls
from shared.io.clock import boot_now
from shared.machines import Kind
from shared.roles import STAFF, Role, Stage
from site_server.machines import Candidate
from site_server.station import Station
from tests.site_server.conftest import Running, serving
from tests.support.room_day import eventually
from tests.support.site_day import Made
from tests.support.small_day import MINUTE, ROOM, T
from tests.system.rogue import line as w
from tests.system.rogue.candidate import VERSION
from tests.system.rogue.phases import LOUD

WHEN = {
    Stage.BEFORE: T - 24 * 60 * MINUTE, Stage.EARLY: T - 90 * MINUTE, Stage.LOGIN: T - 30 * MINUTE,
    Stage.READING: T - MINUTE, Stage.ANSWERING: T + 30 * MINUTE, Stage.GRACE: T + 121 * MINUTE,
    Stage.OVER: T + 130 * MINUTE, Stage.ENDED: T + 150 * MINUTE,
}  # fmt: skip
SERVER = "site.kaodian"
GREETING: list[dict[str, Any]] = [
    {"m": "link", "version": VERSION, "room": ROOM},
    {"m": "kept", "machines": [], "gone": [], "grants": [], "sessions": [], "staff": b"", "more": False},
]


class SiteWorld:
    """The site while it runs; `folders` are the identities of a room, a PC and a console, certified by it."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.folders: dict[Kind, Path] = {}
        self.port = 0
        self._count = 0
        self._tls: dict[Path | None, ssl.SSLContext] = {}
        self._heard: dict[tuple[object, ...], str] = {}

    @asynccontextmanager
    async def at(self, stage: Stage) -> AsyncIterator[Running]:
        """The site at a stage."""
        self._heard.clear()
        self.made.platform.shift = WHEN[stage] - boot_now()
        station = self.made.open()
        try:
            if not self.folders:
                self.made.join(station)
                await station.held.load(self.made.day.formal, self.made.day.package, self.made.day.session_document)
            async with serving(station) as running:
                await eventually(lambda: self._told(station))
                if not self.folders:
                    await self._certify(station)
                self.port = running.port
                yield running
        finally:
            station.close()

    def _told(self, station: Station) -> bool:
        """Whether the site has its time from the platform, and not from the stage before any more."""
        trusted = station.site.clock
        return trusted.known and abs(trusted.now() - self.made.platform.now()) < MINUTE

    def identity(self, role: Role) -> Path | None:
        """The certificate a role has: its machine's."""
        if role is Role.SITE:
            return self.made.folder.tls
        kind = {Role.ROOM: Kind.ROOM, Role.CANDIDATE: Kind.PC} | dict.fromkeys(STAFF, Kind.CONSOLE)
        return self.folders[kind[role]] if role in kind else None

    def line(self, role: Role, with_ws: bool = False) -> w.Line:
        """A line of a role to the site from one more address; raises `Cut`."""
        self._count += 1
        identity = self.identity(role)
        if identity not in self._tls:
            self._tls[identity] = w.context(self.made.day.ca_certificate, identity)
        address = f"127.0.77.{1 + self._count % 250}"
        line = w.Line(self.port, self._tls[identity], address, with_ws=False, server=SERVER)
        try:
            if with_ws:
                line.upgrade("/link")
        except (w.Cut, TimeoutError):
            line.close()
            raise
        return line

    def requests(self, role: Role, request: str, body: bytes = b"") -> str:
        """The status of a request, or `shut` without a line."""
        about = (self.identity(role), request, body)
        if about not in self._heard:
            self._heard[about] = self._requests(role, request, body)
        return self._heard[about]

    def _requests(self, role: Role, request: str, body: bytes) -> str:
        head = f"{request} HTTP/1.1\r\nHost: site\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        try:
            with self.line(role) as line:
                return str(line.ask(head + body)[0])
        except w.Cut:
            return "shut"

    def says(self, role: Role, message: dict[str, Any]) -> str:
        """What the site answers to a message on a room's link, greeted first unless it is the greeting."""
        about = (self.identity(role), message["m"])
        if about not in self._heard:
            self._heard[about] = self._says(role, message)
        return self._heard[about]

    def _says(self, role: Role, message: dict[str, Any]) -> str:
        try:
            with self.line(role, with_ws=True) as line:
                for one in GREETING:
                    line.say(**(message if one["m"] == message["m"] else one))
                if message["m"] not in {one["m"] for one in GREETING}:
                    line.hear("linked")
                    line.say(**message)
                line.say(m="beacon", sent=LOUD)
                return _answer(line)
        except w.Cut as error:
            return "shut" if "status" in str(error) else "cut"

    def controls(self, verb: str) -> str:
        """Whether a verb is known at the control socket, asked with a field no verb has: `reached` or `unknown`."""
        body = msgspec.json.encode({"verb": verb, "no_such_field": 1})
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(self.made.folder.socket))
            raw.sendall(b"POST / HTTP/1.1\r\nHost: site\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            said = b""
            while b'"error"' not in said:
                said += raw.recv(1 << 16)
        return "reached" if b"no_such_field" in said else "unknown"

    async def _certify(self, station: Station) -> None:
        """Machines of every kind, on the site's list."""
        for kind, number in ((Kind.ROOM, 0), (Kind.PC, 1), (Kind.CONSOLE, 1)):
            key, point = crypto.new_p256()
            device = crypto.Ed25519Signer(crypto.new_key()).public
            asked = m.EnrolRequest(kind, ROOM, number, "", point, device)
            (made,) = await station.machines.certify([Candidate(asked, number, "127.0.0.1", "王")])
            self.folders[kind] = self.made.folder.path.parent / f"identity-{kind}"
            tls.write_identity(self.folders[kind], key, made.certificate)


UNASKED = {"linked", "site_head", "machines", "session_offer", "session_changed", "beacon"}
"""What a site tells a room by itself."""


def _answer(line: w.Line) -> str:
    answers: list[str] = []
    while True:
        opcode, payload = line.read_frame()
        if opcode != w.BINARY:
            return "cut"
        answer: dict[str, Any] = msgpack.unpackb(payload)
        if answer["m"] == "beacon_reply" and answer["sent"] == LOUD:
            return answers[0] if answers else "silent"
        if answer["m"] == "refused":
            answers.append(str(answer["refusal"]["code"]))
        elif answer["m"] not in UNASKED:
            answers.append(str(answer["m"]))
