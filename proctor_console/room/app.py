"""The room service: wiring, the one TLS port, and the life of the process.

`RoomService.start` opens the store, restores the sittings and listens; `wait` ends with the exit code: 0 when asked
to stop, 3 when storage or an essential task failed, so that a supervisor starts it again. Holds no rules.
"""

import asyncio
import logging

from aiohttp import web

from proctor_console.room import board, changes, enrol, probe, sessions, timekeeper
from proctor_console.room.connection import PcConnection
from proctor_console.room.desk import Desk
from proctor_console.room.hall import Hall
from proctor_console.room.machine import Machine
from proctor_console.room.orders import ConsoleConnection
from proctor_console.room.papers import Papers
from proctor_console.room.publishing import Publisher
from proctor_console.room.uplink import Uplink
from proctor_console.room.watch import Watch
from shared import limits
from shared import messages as m
from shared import records as r
from shared.crowd import Crowd
from shared.errors import KaodianError, Malformed, Refused, Unavailable
from shared.io import door, link, tls
from shared.io import peer as peers
from shared.io.clock import TrustedClock
from shared.io.store import Batch, Store
from shared.io.tasks import Tasks
from shared.machines import Enrolled, Kind
from shared.pace import Pace
from shared.refusal import Refusal

log = logging.getLogger(__name__)

TURNED_OUT, FAILED = 1, 3
REPLACED = "replaced"
"""Name of the store fact that keeps the TLS key with which this machine was turned out, as its id."""
_BOARD_EVERY = 0.25
_FLUSH = 1.0
"""Seconds the alarm of a failed disk gets to reach the consoles before the process ends."""


class RoomService:
    """One room's service. `port` is known after `start`."""

    def __init__(self, machine: Machine, store: Store | None = None, dial: link.Dial = link.dial) -> None:
        self.machine = machine
        self.port = 0
        self._store = store or probe.open_store(machine.database)
        self.hall = Hall(machine, self._store, TrustedClock(timekeeper.kept_anchor(self._store)))
        self._papers = Papers(machine)
        self._uplink = Uplink(self.hall, self._offered, self._changed, self._copied, self._replaced, dial)
        self._publishers: dict[str, Publisher] = {}
        self._tasks = Tasks(self._task_failed)
        self._desk_tasks: dict[str, asyncio.Task[object]] = {}
        self._peers: set[peers.ServerPeer] = set()
        self._dirty = asyncio.Event()
        self._over = asyncio.Event()
        self._code = 0
        self._runner: web.AppRunner | None = None
        self._crowd = Crowd(on_turned_away=self.hall.turned_away)
        self._crowd.known = len(self.hall.machines.all())
        self._machines: m.MachineBoard | None = None
        self.hall.presence.changed = self._dirty.set
        self.hall.machines.changed = self._machines_changed
        self.hall.staff.on_guessing = lambda tries: self.hall.alarm("pin_guessing", value=tries)

    async def start(self, host: str, port: int) -> None:
        """Restores, listens and starts working; on a disk that refuses it only shows what is there until `wait` ends.

        Raises:
            Unavailable: the port cannot be opened, or the disk has no place for papers (`disk_failed`).
            Refused: the site has replaced this machine (`room_replaced`).
            Untrusted: the stored ledger does not verify.
        """
        await self.restore()
        if self.hall.disk_ok:
            self._papers.make()
        app = web.Application()
        routes = [web.get("/ws", self._socket), web.get("/paper/{name}", self._paper), web.post("/enrol", self._enrol)]
        app.add_routes(routes)
        self._runner = door.runner(app)
        await self._runner.setup()
        try:
            context = tls.server_context(self.machine.folder, self.machine.site_file.ca_certificate)
            await door.Door(self._runner, host, port, context, self._crowd).start()
        except OSError as error:
            raise Unavailable(f"cannot listen on {host}:{port}: {error.strerror}", "no_port") from error
        self.port = self._runner.addresses[0][1]
        if self.hall.disk_ok:
            self.work()
        else:
            self._tasks.spawn("boards", self._boards())
            self._tasks.spawn("probe", self._await_disk())

    async def restore(self) -> None:
        """Everything from the store, and whether its disk takes a write; raises `Refused`, `Untrusted` as `start`."""
        try:
            await self._store.commit(probe.batch())
        except Unavailable:
            log.critical("the disk refuses a write: nothing is acknowledged until it takes one")
            self.hall.disk_ok = False
        if self._store.fact(REPLACED) == self.machine.key_id:
            raise Refused("the site has taken this machine's certificate back", "room_replaced")
        sessions.restore(self.hall)

    def work(self) -> None:
        """Sets to work whatever goes on by itself."""
        for desk in self.hall.desks.values():
            self._work(desk)
        self._tasks.spawn("disk", self._store.fails())
        self._tasks.spawn("timekeeper", self.hall.time.run())
        self._tasks.spawn("uplink", self._uplink.run())
        self._tasks.spawn("watch", Watch(self.hall).run())
        self._tasks.spawn("boards", self._boards())

    def stop(self) -> None:
        """Asks the service to end."""
        self._over.set()

    async def wait(self) -> int:
        """Returns the exit code once the service is to end."""
        await self._over.wait()
        if self._code:
            await asyncio.sleep(_FLUSH)
        return self._code

    async def _await_disk(self) -> None:
        """A fresh process recovers once the disk takes writes again."""
        self.hall.alarm("disk_failed")
        self._store.let_go()
        await probe.until_writable(self.machine.database)
        self._code = FAILED
        self._over.set()

    async def close(self) -> None:
        """Ends everything in order; what was queued is written."""
        for peer in list(self._peers):
            peer.drop()
        if self._runner is not None:
            await self._runner.cleanup()
        await self._tasks.close()
        self._store.close()

    def _work(self, desk: Desk) -> None:
        """Sets a desk to work and fetches its papers."""
        session = desk.state.session.id
        publisher = self._publishers[session] = Publisher(self.hall, desk)
        desk.on_commit = lambda made: self._committed(publisher, made)
        desk.on_stored = self._uplink.stored
        desk.on_keys = publisher.open_papers
        desk.on_late_keys = lambda: self.hall.alarm("keys_missing")
        self._desk_tasks[session] = self._tasks.spawn(f"desk {session}", desk.run())
        self._tasks.spawn(f"papers {session}", self._papers.fetch(desk.briefing.offer.papers))
        self._dirty.set()

    async def _offered(self, offer: m.SessionOffer, past: sessions.Past) -> None:
        try:
            desk = await sessions.take_offer(self.hall, offer, past)
        except Unavailable:
            raise  # the link was cut, or the disk refused, which ends this service
        except KaodianError:
            log.exception("an offered session was not taken in")
            self.hall.alarm("offer_refused")
            return
        if desk is not None:
            old = self._desk_tasks.pop(desk.state.session.id, None)
            if old is not None:
                old.cancel()
            self._work(desk)

    async def _replaced(self) -> None:
        """The site says that this machine's certificate counts no more: another one may serve the room by now."""
        await self._store.commit(Batch(facts={REPLACED: self.machine.key_id}))
        self._code = self._code or TURNED_OUT
        self.hall.alarm("room_replaced")
        self._over.set()

    def _changed(self, message: m.SessionChanged) -> None:
        # Not awaited: a desk may wait for trusted time, which comes by the same link.
        self._tasks.spawn(f"changes {message.session}", changes.take(self.hall, message))

    def _machines_changed(self) -> None:
        self._crowd.known = len(self.hall.machines.all())
        self._dirty.set()

    def _copied(self, session: str) -> None:
        publisher = self._publishers.get(session)
        if publisher is not None:
            publisher.became_final()
        self._dirty.set()

    def _committed(self, publisher: Publisher, made: list[r.SittingRecord]) -> None:
        publisher.committed(made)
        self._dirty.set()

    def _task_failed(self, name: str, error: BaseException) -> None:
        """Nothing essential is restarted in place: a fresh process folds the ledger again."""
        if self._code:
            return
        disk = isinstance(error, Unavailable) and error.wire_code == "disk_failed"
        self.hall.disk_ok = not disk
        self._code = FAILED
        self.hall.alarm("disk_failed" if disk else "internal")
        self._send_boards()
        self._over.set()

    async def _boards(self) -> None:
        """Sends boards to consoles after changes, at most four times a second, never of uncommitted state."""
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            self._send_machines()
            if self.hall.presence.consoles and self.hall.clock.known:
                for desk in list(self.hall.desks.values()):
                    await desk.settled.wait()
                self._send_boards()
            await asyncio.sleep(_BOARD_EVERY)

    def _send_machines(self) -> None:
        """Sends the machines to consoles when they changed; a console that attaches is sent them by its connection."""
        if not self.hall.presence.consoles:
            return
        now = self.hall.machine_board()
        if now != self._machines:
            self._machines = now
            self.hall.presence.tell_machines(now)

    def _send_boards(self) -> None:
        hall = self.hall
        if not hall.presence.consoles or not hall.clock.known:
            return
        hall.site_behind = self._behind()
        for desk in hall.desks.values():
            if desk.settled.is_set():
                hall.presence.tell_consoles(board.board(desk, hall.presence, hall.health(), hall.clock.now()))

    def _behind(self) -> int:
        """Records that the site's durable copy lacks."""
        lacking = 0
        for desk in self.hall.desks.values():
            points = [(desk.stream, desk.point)] + [
                (f"attempt/{desk.state.session.id}/{ticket}", point)
                for ticket, attempt in desk.state.attempts.items()
                for point in attempt.heads.values()
            ]
            lacking += sum(
                max(0, point.position - self.hall.copied.get((stream, point.epoch), 0))
                for stream, point in points
                if not self.hall.foreign(stream, point.epoch)
            )
        return lacking

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        try:
            machine = self._proven(request, {Kind.PC, Kind.CONSOLE})
        except KaodianError as error:
            return enrol.refused(error.wire_code)
        peer = await peers.accept(request, pace=Pace(limits.FRAMES_AT_ONCE, limits.FRAMES_PER_SECOND))
        await self.serve(peer, machine)
        return web.Response()

    async def serve(self, peer: peers.ServerPeer, machine: Enrolled) -> None:
        """Serves an accepted connection of a proven machine until it ends."""
        self._peers.add(peer)
        try:
            await self._converse(peer, machine)
        except Malformed as error:
            log.warning("a peer broke the protocol and is disconnected: %s", error)
            peer.send(m.Refused(Refusal(error.wire_code)))
        except Unavailable as error:
            log.debug("%s", error)
        finally:
            self._peers.discard(peer)
            await peer.gone()

    async def _converse(self, peer: peers.ServerPeer, machine: Enrolled) -> None:
        try:
            async with asyncio.timeout(limits.REQUEST / 1000):
                hello: m.Message = await peer.receive(m.PcHello | m.ConsoleHello)
        except TimeoutError:
            return
        if isinstance(hello, m.PcHello | m.ConsoleHello) and hello.version != m.PROTOCOL_VERSION:
            peer.send(m.Refused(Refusal("other_version", count=m.PROTOCOL_VERSION)))
        elif isinstance(hello, m.PcHello) and _fits(hello, machine):
            await PcConnection(self.hall, peer, hello, machine).run()
        elif isinstance(hello, m.ConsoleHello) and machine.kind is Kind.CONSOLE:
            await ConsoleConnection(self.hall, peer, hello, machine).run()
        else:
            self.hall.guests.turned_away("other_machine", machine.name, peer.address, machine.number)
            peer.send(m.Refused(Refusal("other_machine")))

    def _proven(self, request: web.Request, kinds: set[Kind]) -> Enrolled:
        """The machine behind a request; raises `Untrusted` if its certificate does not count for this."""
        machine = self.hall.guests.prove(request, kinds)
        self._crowd.prove(door.peer_of(request), machine.name)
        return machine

    async def _enrol(self, request: web.Request) -> web.StreamResponse:
        return await enrol.answer(self.hall, request)

    async def _paper(self, request: web.Request) -> web.StreamResponse:
        try:
            self._proven(request, {Kind.PC})
        except KaodianError as error:
            return enrol.refused(error.wire_code)
        path = self._papers.path(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path)


def _fits(hello: m.PcHello, machine: Enrolled) -> bool:
    """Whether what a PC says of itself is what its certificate says."""
    return (machine.kind, machine.number, machine.device) == (Kind.PC, hello.seat, hello.device)
