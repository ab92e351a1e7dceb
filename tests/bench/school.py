"""A site and two rooms for the moves of a bench: the real services as processes, every PC and console enrolled at them
as on an install day, and attempts of any length filled in by the room's own desk.

The platform is `tests.support.fake_platform` on this process's loop. Measures nothing: `tests.bench.moves` does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from candidate_client import enrol as pc_enrol
from proctor_console.console import target
from proctor_console.room import enrol as room_enrol
from proctor_console.room import machine
from proctor_console.room.app import RoomService
from shared import crypto, documents, signed, trust
from shared import messages as m
from shared.documents import RoomAddress
from shared.io import clock, identity
from shared.machines import Kind
from shared.model import Person, Place, Room, Session
from shared.roles import Role
from site_server import verbs
from site_server.app import Service
from site_server.machine_verbs import Confirm, OpenWindow
from site_server.rehearsal.stage import free_port
from site_server.station import Station
from tests.bench import stage
from tests.bench.disk import start
from tests.bench.fill import fill
from tests.bench.kit import address_of
from tests.bench.stage import RULES, Server, offered, until
from tests.faults import shim
from tests.support.fake_platform import FakePlatform
from tests.support.fake_site import id_number, site_now
from tests.support.pc import Console, Scripted
from tests.support.site_day import PASSPHRASE, SiteDay, make
from tests.support.small_day import ROOM, SITE

OTHER = "02"
HEAD, PIN = "赵主考", "804716"


class MovesDay(SiteDay):
    """A session of so many candidates, all of the first room; the other one stands empty."""

    rooms = (Room(ROOM, "101 机房", 100, 0), Room(OTHER, "备用机房", 100, 0))

    def __init__(self, registration: bytes, candidates: int) -> None:
        super().__init__(registration)
        self.places = tuple(Place(f"{n:06}", ROOM, n, "A") for n in range(1, candidates + 1))
        start = site_now() + 1000
        self.session = Session(self.session.id, "理论考试", "电工", "四级", "theory", start, RULES)
        self.formal = signed.sign(self.issuing, documents.FORMAL, self._formal())
        self.session_document = signed.sign(self.issuing, documents.SESSION, self._session())

    def _formal(self) -> documents.FormalAuthorisation:
        key = self.keys.session
        people = tuple(
            Person(p.ticket, f"考生{p.seat}", "990***10", crypto.id_mac(key, p.ticket, id_number(p.ticket)))
            for p in self.places
        )
        roster = trust.seal_roster(people, self.session.id, key)
        return msgspec.structs.replace(super()._formal(), roster=roster)


class Desk(Console):
    """An enrolled console, the chief invigilator of the site at it."""

    def __init__(self, folder: Path) -> None:
        found = identity.load(folder, Kind.CONSOLE)
        Scripted.__init__(self, found.site_file.ca_certificate, folder, 0, m.RoomToConsole)
        self._address = identity.room_addresses(found.site_file, found.place.room, "")[0]
        self._count = 0
        self.patience = stage.PATIENCE


class School:
    """The machines; `pcs` says how many PCs each room has."""

    def __init__(self, folder: Path, candidates: int, pcs: dict[str, int], delay_us: int) -> None:
        self.folder = folder
        self.site = make(folder / "site")
        self.day = MovesDay(self.site.registration.read_bytes(), candidates)
        self.platform = FakePlatform(self.day, site_now())
        self.consoles: dict[str, Desk] = {}
        self._pcs = pcs
        self._delay_us = delay_us
        self._port = free_port("127.0.0.1")
        self._ports = {room: free_port("127.0.0.1") for room in pcs}
        self._running: list[Server] = []

    def room(self, room: str) -> Path:
        """A room machine's folder."""
        return self.folder / f"room-{room}"

    def pc(self, room: str, seat: int) -> tuple[Path, str]:
        """A PC's folder, and its address."""
        return self.folder / "pcs" / f"{room}-{seat}", address_of(1000 * int(room) + seat)

    async def install(self) -> None:
        """Joins the site, loads the session, enrols everybody; the services that this takes end again."""
        self.site.write_settings(msgspec.structs.replace(self.site.settings(), port=self._port))
        station = Station.open(self.site, PASSPHRASE)
        try:
            station.site.join(self.platform.welcome(SITE))
            station.site.clock.adopt(
                clock.Anchor(site_now() - clock.boot_now(), 1, clock.boot_now(), clock.boot_id(), "platform")
            )
            await station.held.load(self.day.formal, self.day.package, self.day.session_document)
            ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            service = Service(station)
            async with asyncio.TaskGroup() as group:
                group.create_task(service.run("127.0.0.1", self._port, 0, lambda _host, at: ready.set_result(at)))
                await ready
                await verbs.run(station, verbs.AddStaff("", HEAD, Role.CHIEF, PIN), print)
                where = {room: RoomAddress("127.0.0.1", port) for room, port in self._ports.items()}
                stick = self.folder / "site.kdd"
                await verbs.run(station, verbs.WriteSiteFile(where, str(stick)), print)
                for room in self._pcs:
                    await self._enrol(station, room, stick.read_bytes())
                service.stop()
        finally:
            station.close()

    async def _enrol(self, station: Station, room: str, stick: bytes) -> None:
        async def code(kind: Kind, count: int) -> str:
            return str((await verbs.run(station, OpenWindow(5, count, kind, room), print))["code"])

        folder, count = self.room(room), self._pcs[room]
        await room_enrol.enrol(folder, stick, room, await code(Kind.ROOM, 1))
        service = RoomService(machine.load(folder))
        await service.start("127.0.0.1", self._ports[room])
        try:
            await until(lambda: service.hall.site_online and offered(folder))
            await target.enrol(self.folder / f"console-{room}", stick, room, await code(Kind.CONSOLE, 1), "")
            window = await code(Kind.PC, count)
            async with asyncio.TaskGroup() as group:
                for seat in range(1, count + 1):
                    at, address = self.pc(room, seat)
                    group.create_task(pc_enrol.enrol(at, stick, room, window, seat, address))
                await until(lambda: len(station.desk.pending(room)) == count)
                await verbs.run(station, Confirm(room), print)
        finally:
            await service.close()

    async def fill(self, tickets: frozenset[str], records: int) -> None:
        """So many saves in the attempt of each of these candidates, the paper open."""
        await fill(
            self.room(ROOM), self.day.keys.session, self.day.paper_keys, site_now(), records * len(tickets), tickets
        )

    async def start(self) -> None:
        """Starts site, rooms and consoles."""
        site = ["kaodian-site", "--data", str(self.site.path), "serve", "--host", "127.0.0.1"]
        await self._run([*site, "--port", str(self._port), "--page-port", "0"], self.site.path)
        for room, port in self._ports.items():
            folder = self.room(room)
            serve = ["serve", "--host", "127.0.0.1", "--port", str(port)]
            await self._run(["kaodian-room", "--data", str(folder), *serve], folder)
            one = self.consoles[room] = Desk(self.folder / f"console-{room}")
            await one.log_in(HEAD, PIN)
            await one.board(lambda board: board.site_online and not board.site_behind)

    async def _run(self, command: list[str], folder: Path) -> None:
        slow = shim.environment(folder, delay_us=self._delay_us) if self._delay_us else {}
        self._running.append(await start(command, self.folder / f"{folder.name}.log", slow))

    async def close(self) -> None:
        """Ends everything."""
        for console in self.consoles.values():
            await console.close()
        for one in reversed(self._running):
            await one.stop()


@asynccontextmanager
async def school(
    folder: Path, candidates: int, pcs: dict[str, int], delay_us: int, busy: frozenset[str], records: int
) -> AsyncIterator[School]:
    """Everything up, `records` saves in the attempts of the `busy`; everything ends with the block."""
    made = School(folder, candidates, pcs, delay_us)
    async with made.platform.serving():
        try:
            await made.install()
            await made.fill(busy, records)
            await made.start()
            yield made
        finally:
            await made.close()
