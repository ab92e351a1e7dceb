"""What is read back and sent on: the restart of a room with a long ledger, and the room's copy at the site."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from proctor_console.room import enrol
from shared import documents as d
from shared import signed
from shared.documents import RoomAddress
from shared.io import clock
from shared.model import Place, Room, Session
from site_server import verbs
from site_server.app import Service
from site_server.machine_verbs import OpenWindow
from site_server.rehearsal.stage import free_port
from tests.bench.fill import fill
from tests.bench.stage import RULES, Server, exam_of, offered, stage, until
from tests.bench.table import Row, Sample
from tests.faults import shim
from tests.support.fake_platform import FakePlatform
from tests.support.fake_site import site_now
from tests.support.site_day import PASSPHRASE, Made, SiteDay, make
from tests.support.small_day import ROOM


async def restart(folder: Path, disk: str, delay_us: int, repeats: int, seats: int, records: int) -> list[Row]:
    """From the start of the process to the open port, against a process that only reads and unseals."""
    samples = []
    async with stage(folder, exam_of(seats), delay_us) as here:
        await here.serve()
        await until(lambda: offered(here.room))
        await here.rest()
        await fill(here.room, here.exam.session_key, here.exam.keys, site_now(), records)
        held = _count(here.room / "room.db")
        for _ in range(repeats):
            server = await here.serve()
            await here.rest()
            begun = time.monotonic()
            command = [sys.executable, "-m", "tests.bench.readback", str(here.room), here.exam.sitting_key.hex()]
            read = int((await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)).stdout)
            samples.append(Sample(server.ready_after, time.monotonic() - begun, {"records": held}))
            if read != held:
                raise RuntimeError("the baseline read something else")
    return [Row("restart", disk, "s", samples, 3, at_most=True)]


async def replication(folder: Path, disk: str, delay_us: int, repeats: int, seats: int, records: int) -> list[Row]:
    """Records a second from the room's ledger to the site's durable copy, real services both, against raw inserts of
    the same rows in groups as large as a push.
    """
    samples = []
    for n in range(repeats):
        here = folder / str(n)
        here.mkdir()
        rate = await _replicate(here, delay_us, seats, records)
        samples.append(Sample(rate, _raw_inserts(here, delay_us)))
    return [Row("replication", disk, "records/s", samples, 0.25, at_most=False)]


class BenchDay(SiteDay):
    """A session of many candidates in one room."""

    def __init__(self, registration: bytes, seats: int) -> None:
        super().__init__(registration)
        self.room = Room(ROOM, "压力测试", seats, 0)
        self.places = tuple(Place(f"{n:06}", ROOM, n, "A") for n in range(1, seats + 1))
        start = site_now() + 1000
        self.session = Session(self.session.id, "理论考试", "电工", "四级", "theory", start, RULES)
        self.formal = signed.sign(self.issuing, d.FORMAL, self._formal())


async def _replicate(folder: Path, delay_us: int, seats: int, records: int) -> float:
    made = _made(folder, seats)
    port = free_port("127.0.0.1")
    room = await _enrolled(made, folder, port)
    site_slow = shim.environment(made.folder.path, delay_us=delay_us) if delay_us else {}
    room_slow = shim.environment(room, delay_us=delay_us) if delay_us else {}
    site_command = ["kaodian-site", "--data", str(made.folder.path), "serve"]
    site_command += ["--host", "127.0.0.1", "--port", str(port), "--page-port", "0"]
    room_command = ["kaodian-room", "--data", str(room), "serve", "--host", "127.0.0.1", "--port", "0"]
    site = await start(site_command, folder / "site.log", site_slow)
    try:
        service = await start(room_command, folder / "room.log", room_slow)
        try:
            await until(lambda: offered(room))
        finally:
            await service.stop()
        await fill(room, made.day.keys.session, made.day.paper_keys, site_now(), records)
        total = _count(room / "room.db")
        service = await start(room_command, folder / "room.log", room_slow)
        try:
            copy = made.folder.database
            own = _count(copy)
            await until(lambda: _count(copy) > own)
            begun, first = time.monotonic(), _count(copy)
            await until(lambda: _count(copy, "sitting/%") + _count(copy, "attempt/%") >= total)
            return (total + own - first) / (time.monotonic() - begun)
        finally:
            await service.stop()
    finally:
        await site.stop()


def _made(folder: Path, seats: int) -> Made:
    found = make(folder / "site")
    day = BenchDay(found.registration.read_bytes(), seats)
    return Made(found, day, FakePlatform(day, site_now()))


async def _enrolled(made: Made, folder: Path, port: int) -> Path:
    """Joins the site, loads the session and enrols a room; returns the room's folder."""
    made.folder.write_settings(msgspec.structs.replace(made.folder.settings(), port=port))
    async with made.platform.serving():
        station = made.open()
        made.join(station)
        anchor = clock.Anchor(site_now() - clock.boot_now(), 1, clock.boot_now(), clock.boot_id(), "platform")
        station.site.clock.adopt(anchor)
        await station.held.load(made.day.formal, made.day.package, None)
        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        service = Service(station)
        async with asyncio.TaskGroup() as group:
            group.create_task(service.run("127.0.0.1", port, 0, lambda _host, at: ready.set_result(at)))
            await ready
            out = folder / "site.kdd"
            await verbs.run(station, verbs.WriteSiteFile({ROOM: RoomAddress("127.0.0.1", 1)}, str(out)), print)
            window = await verbs.run(station, OpenWindow(5, 1), print)
            await enrol.enrol(folder / "room", out.read_bytes(), ROOM, window["code"])
            service.stop()
        station.close()
    return folder / "room"


async def start(command: list[str], log: Path, slow: dict[str, str]) -> Server:
    """Starts one of the project's services and waits until it listens."""
    program = [str(Path(sys.executable).with_name(command[0])), *command[1:]]
    environment = os.environ | slow | {"KAODIAN_LOG": "WARNING", "KAODIAN_PASSPHRASE": PASSPHRASE}
    with log.open("ab") as out:
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=out, env=environment
        )
    made = Server(process, started)
    await made.ready()
    return made


def _count(path: Path, streams: str = "") -> int:
    """Records in a ledger, or those of some streams."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        if streams:
            return int(db.execute("SELECT count(*) FROM records WHERE stream LIKE ?", (streams,)).fetchone()[0])
        return int(db.execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()[0])


def _raw_inserts(folder: Path, delay_us: int) -> float:
    """Rows a second of bare sqlite3 in a process of its own, under the same shim."""
    target = folder / "raw"
    target.mkdir()
    slow = shim.environment(target, delay_us=delay_us) if delay_us else {}
    command = [sys.executable, "-m", "tests.bench.rawinsert", str(folder / "room" / "room.db"), str(target / "raw.db")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | slow)
    return float(done.stdout)
