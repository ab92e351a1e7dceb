"""The site service: one TLS port for rooms, a loopback page, the control socket, and what goes on by itself.

    POST /enrol             a room machine asks for its certificate (one guess per connection)
    GET  /link              the WebSocket of an enrolled room
    GET  /paper/<sha256>    a sealed paper form, for enrolled rooms

Everything else does not exist. Wires the parts together and knows no exam rules.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from shared import codec, limits
from shared.crowd import Crowd
from shared.errors import KaodianError, Refused, Unavailable
from shared.io import door, tls
from shared.io.peer import accept
from shared.io.tasks import Tasks
from shared.machines import Kind
from shared.messages import EnrolReply, EnrolRequest
from shared.refusal import Refusal
from site_server import guard, papers, status, statuspage, timekeeping, timewatch
from site_server.control import Control, socket_path
from site_server.platform import Platform
from site_server.station import Station
from site_server.telling import Telling

log = logging.getLogger(__name__)
ROOM_CONNECTIONS = 256
"""From one address: the rooms of a rehearsal share one machine."""
REPORT_SECONDS = 60
DISK_FAILED = 3
"""Exit code after a failed write: the supervisor starts the service again."""


class Service:
    """A running site service."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._tasks = Tasks(self._failed)
        self._ended = asyncio.Event()
        self._exit = 0
        self._runners: list[web.AppRunner] = []
        self._crowd = Crowd(ROOM_CONNECTIONS)

    async def run(self, host: str, port: int, page_port: int, ready: Callable[[str, int], None]) -> int:
        """Serves until SIGTERM or a failed write; the exit code. `ready(host, port)` once connections are accepted."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        folder = self._station.site.folder
        folder.socket.unlink(missing_ok=True)
        try:
            context = tls.server_context(folder.tls, self._station.site.ca_certificate)
            await self._page(page_port)
            public = await self._site(self.app())
            await door.Door(public, host, port, context, self._crowd).start()
            control = await self._site(Control(self._station, self._tasks).app())
            await web.UnixSite(control, socket_path(folder)).start()
            folder.socket.chmod(0o600)
            await self._station.site.begin()
            self._tasks.spawn("time", timekeeping.keep(self._station.site, self._moved))
            self._tasks.spawn("clock", timewatch.watch(self._station))
            self._tasks.spawn("heads", Telling(self._station).run())
            self._tasks.spawn("report", self._report())
            self._tasks.spawn("disk", self._watch_disk())
            # Who left before this service began goes on though the room left may never link again.
            self._tasks.spawn("moves", self._station.rooms.mover.regain())
            self._tasks.spawn("saves", self._station.saver.run())
            self._tasks.spawn("old saves", self._station.saver.watch())
            self._tasks.spawn("dongle", guard.watch(self._station.site))
            ready(*public.addresses[0][:2])
            await self._ended.wait()
        except OSError as error:
            raise Unavailable(f"port or socket cannot be opened: {error.strerror}", "port_taken") from error
        finally:
            folder.socket.unlink(missing_ok=True)
            await self._close()
        return self._exit

    def stop(self) -> None:
        """Ends `run`."""
        self._ended.set()

    def app(self) -> web.Application:
        """What the TLS port serves."""
        app = web.Application(client_max_size=limits.ENROL_BYTES)
        app.router.add_post("/enrol", self._enrol)
        app.router.add_get("/link", self._link, allow_head=False)
        app.router.add_get("/paper/{sha256}", self._paper, allow_head=False)
        return app

    async def _site(self, app: web.Application) -> web.AppRunner:
        runner = door.runner(app)
        self._runners.append(runner)
        await runner.setup()
        return runner

    async def _page(self, port: int) -> None:
        page = await self._site(statuspage.app(self._station))
        try:
            await web.TCPSite(page, "127.0.0.1", port).start()
        except OSError as error:
            # Rooms matter more than the page: the exam goes on without it.
            log.warning("no status page at port %d: %s", port, error.strerror)
        else:
            log.info("status page at http://127.0.0.1:%d/", page.addresses[0][1])

    async def _close(self) -> None:
        for peer in list(self._station.rooms.links.values()):
            peer.drop()
        for runner in reversed(self._runners):
            await runner.cleanup()
        await self._tasks.close()
        await self._station.rooms.mover.close()

    def _failed(self, name: str, _error: BaseException) -> None:
        if not name.startswith("command"):
            self._exit = self._exit or 1
            self._ended.set()

    def _moved(self, ms: int) -> None:
        self._station.rooms.warn("time_moved", f"{ms} ms")

    async def _watch_disk(self) -> None:
        """Ends the service with the first commit that the disk refuses, whoever made it."""
        with suppress(Unavailable):
            await self._station.site.store.fails()
        self._station.site.broken.set()
        log.critical("the disk refused a write; nothing more is acknowledged until a restart")
        self._exit = DISK_FAILED
        self._ended.set()

    async def _report(self) -> None:
        """Tells the platform the state now and then; one that is away hears it later."""
        site = self._station.site
        while True:
            if site.welcome is not None:
                try:
                    async with Platform(site.welcome) as platform:
                        await platform.report(status.report(status.of(self._station)))
                except KaodianError as error:
                    log.info("the platform was not told the state: %s", error)
            await asyncio.sleep(REPORT_SECONDS)

    async def _enrol(self, request: web.Request) -> web.StreamResponse:
        found: list[EnrolReply | Refusal] = []
        try:
            wanted = codec.decode(EnrolRequest, await door.body(request, limits.ENROL_BYTES), limits.ENROL_BYTES)
            if wanted.kind is not Kind.ROOM:
                raise Refused("PCs and consoles enrol at their room", "not_allowed")
            await self._station.desk.ask(wanted, request.remote or "", found.append)
        except KaodianError as error:
            found.append(Refusal(error.wire_code))
        reply = found[0]
        log.info("enrolment from %s: %s", request.remote, reply.code if isinstance(reply, Refusal) else "certified")
        answer = _refusal(reply) if isinstance(reply, Refusal) else web.Response(body=codec.encode(reply))
        # One guess per connection, whatever its outcome.
        answer.force_close()
        return answer

    async def _link(self, request: web.Request) -> web.StreamResponse:
        try:
            certificate = tls.presented(request.transport)
            self._station.machines.may_greet(certificate)
            self._crowd.prove(door.peer_of(request), tls.certificate_name(certificate))
        except KaodianError as error:
            self._station.rooms.turned_away(request.remote or "", error)
            return _refusal(Refusal(error.wire_code))
        # A room that links is offered every session at once.
        peer = await accept(request, most=limits.SITTINGS_PER_ROOM * limits.OFFER_BYTES)
        try:
            await self._station.rooms.speak(peer, certificate)
        finally:
            await peer.gone()
        return web.Response()

    async def _paper(self, request: web.Request) -> web.StreamResponse:
        try:
            self._proven(request)
        except KaodianError as error:
            return _refusal(Refusal(error.wire_code))
        path = papers.path_of(self._station.site.folder, request.match_info["sha256"])
        return web.FileResponse(path) if path is not None else _refusal(Refusal("not_found"))

    def _proven(self, request: web.Request) -> None:
        """Raises `Untrusted` unless a room's certificate was presented that counts."""
        found = self._station.machines.prove(tls.presented(request.transport))
        self._crowd.prove(door.peer_of(request), found.name)


def _refusal(refusal: Refusal) -> web.Response:
    status = {"not_found": 404, "malformed": 400, "truncated": 400, "too_large": 413}.get(refusal.code, 403)
    body = codec.encode_json({"code": refusal.code})
    return web.Response(status=status, body=body, content_type="application/json")
