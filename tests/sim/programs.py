"""The product's programs on simulated machines: a candidate PC, a room service, a site service.

Each runs the product's own classes on the simulated store and LAN; left out are only the sockets themselves, HTTP
(papers lie on every disk already) and the platform, which gives a site its time now and then. A supervisor starts
again what ended.
"""

import asyncio
from collections.abc import Callable, Generator

from candidate_client.agent import Agent
from candidate_client.device import Device
from proctor_console.room import takeover
from proctor_console.room.app import RoomService
from shared import codec, limits, records
from shared.errors import KaodianError, Unavailable
from shared.io import clock
from shared.io.store import Batch, Store
from shared.io.tasks import Tasks
from shared.machines import Kind
from shared.messages import EnrolRequest
from shared.pace import Pace
from site_server import timewatch
from site_server.keys import Keys
from site_server.machines import Candidate
from site_server.site import Site
from site_server.station import Station
from tests.sim.disk import Disk, SimStore
from tests.sim.host import BEGAN, Host
from tests.sim.loop import SimLoop
from tests.sim.net import End, Line, Net, served
from tests.sim.scenery import ROOM, SITE, Scenery

RESTART = (0.5, 2.0)
"""Seconds until a supervisor has started a program again."""
RESYNC = 20.0
"""Seconds between two words of the platform on the time."""


class Program:
    """What runs on one host with one disk: started, killed, and started again when it ends by itself."""

    def __init__(self, host: Host, disk: Disk, net: Net, loop: SimLoop) -> None:
        self.host, self.disk, self.net, self.loop = host, disk, net, loop
        self.ended: Callable[[], None] = lambda: None
        self.broke: Callable[[BaseException], None] = lambda _error: None
        """Hears of an end that no fault explains."""
        self.store: SimStore | None = None
        self.gone = False
        """Destroyed, or not yet taken into use."""

    def start(self) -> None:
        """A new process on this machine."""
        if self.host.up or self.gone:
            return
        self.host.up = True
        self.store = SimStore(self.disk)
        self.host.spawn(self._main(self.store))

    def kill(self, power: bool = False) -> None:
        """The process is gone at once; with `power` the whole machine."""
        if self.store is not None:
            self.store.crash()
        self.host.kill()
        self.net.hang_up(self.host, power)
        if power:
            self.host.power_on()

    async def _main(self, store: SimStore) -> None:
        try:
            await self.run(store)
        except Exception as error:
            self.broke(error)
            raise
        self.loop.call_soon(self._over)

    def _over(self) -> None:
        """It ended by itself."""
        if self.host.up:
            self.kill()
            self.ended()
            self.loop.call_later(self.disk.draw.uniform(*RESTART), self.start)

    async def run(self, store: SimStore) -> None:
        """The program; ends where a real process would."""
        raise NotImplementedError


class SimDevice(Device):
    """A PC's files: the store on the simulated disk, the rest of the folder shared by all PCs and only read."""

    def __init__(self, scenery: Scenery, seat: int, disk: Disk, store: SimStore) -> None:
        self.folder = scenery.pc_folder
        self.key = scenery.machines.pc(seat).device
        self.store = store
        self.receipts: dict[str, bytes] = {}
        self._disk = disk

    def write_receipt(self, name: str, document: bytes) -> None:
        """Keeps it in memory."""
        self.receipts[name] = document

    async def set_aside(self) -> None:
        """An empty journal takes the place of the other, unless its disk refused before."""
        assert isinstance(self.store, SimStore)
        await self.store.commit(Batch())
        self.store.crash()
        self._disk.set_aside()
        self.store = SimStore(self._disk)

    def aside(self) -> Generator[Store, None, None]:
        """What was set aside, newest first."""
        yield from map(SimStore, reversed(self._disk.aside))


class Pc(Program):
    """A candidate PC; `seat` as enrolled."""

    def __init__(self, scenery: Scenery, seat: int, host: Host, disk: Disk, net: Net, loop: SimLoop) -> None:
        super().__init__(host, disk, net, loop)
        self.seat = seat
        self.device: SimDevice | None = None
        self.agent: Agent | None = None
        self.taken: Callable[[Pc], None] = lambda _pc: None
        """Called whenever the agent has worked off a message."""
        self.sitter = ""
        """Ticket of who sits here."""
        self.complain: Callable[[Pc], None] = lambda _pc: None
        """Somebody calls a technician to this PC."""
        self.public = scenery.machines.pc(seat).device.public.raw
        self._scenery = scenery

    async def run(self, store: SimStore) -> None:
        """The agent, for as long as the process lives."""
        self.device = SimDevice(self._scenery, self.seat, self.disk, store)
        dial = self.net.dialler(self.host, self._wire)
        self.agent = Agent(self.device, self._scenery.identities[self.seat], f"127.0.1.{self.seat}", dial=dial)
        await self.agent.run()

    @property
    def broken(self) -> bool:
        """Whether the page says that this PC cannot write."""
        return self.agent is not None and ("disk_failed" in (self.agent.state.error, *self.agent.state.faults))

    def kill(self, power: bool = False) -> None:
        """As any program."""
        self.agent = None
        super().kill(power)

    def _wire(self, end: End) -> None:
        end.taken = lambda: self.taken(self)


class RoomProgram(Program):
    """A room service; `number` 0 is the room's machine, 1 the spare."""

    def __init__(self, scenery: Scenery, number: int, host: Host, disk: Disk, net: Net, loop: SimLoop) -> None:
        super().__init__(host, disk, net, loop)
        self.number = number
        self.filled = False
        """Whether a spare machine has what the site holds."""
        self.service: RoomService | None = None
        self.told: Callable[[bytes], None] = lambda _data: None
        """Sees every frame that leaves for a PC."""
        self._scenery = scenery

    async def run(self, store: SimStore) -> None:
        """Until the service asks to be started again; a spare machine is filled from the site first."""
        dial = self.net.dialler(self.host)
        machine = self._scenery.room_machines[self.number]
        if self.number and not self.filled:
            try:
                await takeover.fill(machine, store=store, dial=dial)
            except Unavailable:
                return
            self.filled, store = True, SimStore(self.disk)
            self.store = store
        service = RoomService(machine, store, dial)
        await service.restore()
        self.service = service
        self.net.listen(f"room-{ROOM}", self.host, self._accept)
        if not service.hall.disk_ok:
            while self.disk.failing:  # as the product's own probe tries the disk again and again
                self.disk.failing -= self.disk.failing > 0
                await asyncio.sleep(1)
            return
        service.work()
        await service.wait()
        if service.hall.disk_ok:
            self.broke(AssertionError("the room service ended though its disk served"))

    def kill(self, power: bool = False) -> None:
        """As any program."""
        self.service = None
        super().kill(power)

    def _accept(self, line: Line) -> None:
        service = self.service
        if service is None:
            raise Unavailable("nobody listens", "no_link")
        seat = int(line.client.host.name.removeprefix("pc"))
        try:
            machine = service.hall.machines.prove(self._scenery.machines.pc(seat).certificate, {Kind.PC})
        except KaodianError as error:
            raise Unavailable("turned away", error.wire_code) from error
        line.server.told = self.told
        pace = Pace(limits.FRAMES_AT_ONCE, limits.FRAMES_PER_SECOND)
        self.host.spawn(service.serve(served(line, f"127.0.1.{seat}", pace), machine))


class SiteProgram(Program):
    """The site service."""

    def __init__(self, scenery: Scenery, host: Host, disk: Disk, net: Net, loop: SimLoop) -> None:
        super().__init__(host, disk, net, loop)
        self.station: Station | None = None
        self.online = True
        """Whether the platform answers."""
        self.told: Callable[[bytes], None] = lambda _data: None
        self.dongle = scenery.dongle()
        self._scenery = scenery

    async def run(self, store: SimStore) -> None:
        """Until a write failed."""
        folder = self._scenery.site_folder
        site = Site(folder, None, Keys(self.dongle, folder, SITE), store)
        try:
            await store.commit(Batch(facts={"probe": b"1"}))
            site.check_mark()
            self.station = Station(site)
            self.net.listen("site", self.host, self._accept)
            tasks = Tasks(lambda _name, error: None if site.broken.is_set() else self.broke(error))
            tasks.spawn("clock", timewatch.watch(self.station))
            tasks.spawn("time", self._platform(site))
            await site.begin()
            await site.broken.wait()
        except Unavailable:
            return

    def kill(self, power: bool = False) -> None:
        """As any program."""
        self.station = None
        super().kill(power)

    async def enrol(self, number: int) -> None:
        """Certifies a machine as the room's, in place of the one before; raises `KaodianError`."""
        if self.station is None:
            raise Unavailable("the site is down", "no_link")
        one = self._scenery.rooms[number].machine
        request = EnrolRequest(Kind.ROOM, ROOM, 0, "", one.point, one.device)
        await self.station.machines.certify([Candidate(request, 0, one.address, "站长")])

    def own(self) -> int:
        """Records of the site's own stream."""
        return sum(len(held) for (stream, _), held in self.disk.places.items() if stream.startswith("site/"))

    async def _platform(self, site: Site) -> None:
        """The platform's word on the time, as `timekeeping.sync` takes it."""
        while True:
            await asyncio.sleep(self.disk.draw.uniform(0.05, 0.5))
            if self.online:
                at = clock.boot_now()
                best = clock.Anchor(true_now(self.loop) - at, 20, at, clock.boot_id(), "platform")
                moved = site.clock.adopt(best) or 0
                made = records.TimeSynced(site.clock.now(), site.clock.now() - clock.system_now(), best.error, moved)
                await site.write(made, facts={"anchor": codec.encode(best)})
            await asyncio.sleep(RESYNC)

    def _accept(self, line: Line) -> None:
        station = self.station
        if station is None:
            raise Unavailable("nobody listens", "no_link")
        number = int(line.client.host.name.removeprefix("room"))
        certificate = self._scenery.rooms[number].certificate
        try:
            station.machines.may_greet(certificate)
        except KaodianError as error:
            raise Unavailable("turned away", error.wire_code) from error
        line.server.told = self.told
        peer = served(line, f"127.0.0.{number + 1}")

        async def serve() -> None:
            try:
                await station.rooms.speak(peer, certificate)
            finally:
                await peer.gone()

        self.host.spawn(serve())


def true_now(loop: SimLoop) -> int:
    """The truth, ms UTC."""
    return BEGAN + int(loop.now * 1000)
