"""Parts of a real site for the tests: made once, copied for each test, with its platform, its service and a room."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared import commands as c
from shared import crypto, limits
from shared import messages as m
from shared.documents import RoomAddress
from site_server import verbs
from site_server.app import Service
from site_server.machine_verbs import OpenWindow
from site_server.station import Station
from tests.support.room_peer import RoomPeer
from tests.support.site_day import Made, SiteDay, copy_of, make
from tests.support.small_day import MINUTE, ROOM, T


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made site that nobody opens; copies of it are used."""
    return make(tmp_path_factory.mktemp("template") / "site").path


@pytest.fixture
def made(template: Path, tmp_path: Path) -> Made:
    """A site of this test's own, not joined and not opened."""
    return copy_of(template, tmp_path / "site")


@pytest.fixture
async def joined(made: Made) -> AsyncIterator[Made]:
    """The same, with its platform serving; `station` joins it."""
    async with made.platform.serving():
        yield made


@pytest.fixture
def station(joined: Made) -> Iterator[Station]:
    """The site, open and joined to its platform."""
    opened = joined.open()
    joined.join(opened)
    yield opened
    opened.close()


class Running:
    """A running service and the way to its rooms."""

    def __init__(self, station: Station, port: int) -> None:
        self.station = station
        self.port = port

    def room(self, folder: Path) -> RoomPeer:
        """A room machine that is not enrolled yet."""
        return RoomPeer(folder, self.station.site.ca_certificate, self.port)


@asynccontextmanager
async def serving(station: Station, port: int = 0) -> AsyncIterator[Running]:
    """Runs the service on free ports, or its LAN's on `port`, until the block ends."""
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    service = Service(station)
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run("127.0.0.1", port, 0, lambda _host, port: ready.set_result(port)))
        try:
            yield Running(station, await ready)
        finally:
            service.stop()


async def enrolled_room(running: Running, folder: Path, made: Made) -> RoomPeer:
    """A room enrolled through a window, whose sitting is opened by its key."""
    out = str(folder.with_suffix(".kdd"))
    await verbs.run(running.station, verbs.WriteSiteFile({ROOM: RoomAddress("127.0.0.1", 1)}, out), nothing)
    await running.station.site.clock.wait_known()
    window = await verbs.run(running.station, OpenWindow(5, 1, room=ROOM), nothing)
    peer = running.room(folder)
    await peer.enrol(window["code"])
    first = (running.station.site.end.epoch - 1) * limits.SITTING_EPOCHS + 1
    made.day.take_room_key(crypto.Ed25519Signer(peer.head_key.seed), first)
    return peer


async def copied_day(station: Station, made: Made, folder: Path) -> None:
    """One candidate handed in, one moved and was collected, one was absent; all of it copied by the running service."""
    day = made.day
    await station.held.load(day.formal, day.package, day.session_document)
    async with serving(station) as running:
        peer = await enrolled_room(running, folder / "room", made)
        await station.site.clock.wait_known()
        link = await peer.link()
        await link.expect(m.SessionOffer)
        play(day)
        await link.hand_over(day)


def play(day: SiteDay) -> None:
    """The day itself, by the rules of the pure core."""
    day.open()
    day.log_in("1001")
    play_on(day)


def play_on(day: SiteDay) -> None:
    """The rest of it, after the first candidate has logged in."""
    day.log_in("1002")
    day.start()
    day.answer("1001", 1, "A")
    day.answer("1002", 1, "B")
    day.log_in("1002", seat=31)
    day.answer("1002", 2, "A", "C")
    day.now = T + 31 * MINUTE
    day.put(c.MarkAbsent("1003"))
    day.hand_in("1001")
    day.now = T + 123 * MINUTE
    day.put(c.Tick())
    day.put(c.EndSitting())


def nothing(_text: str) -> None:
    """Nobody is told."""
