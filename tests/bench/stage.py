"""The stage of a bench: a site, an enrolled room with many seats, the room's process, and the generator's.

Everything but the site is a real process; the site (`tests.support.fake_site`) answers on this process's loop and
acknowledges what the room pushes. A room of thousands of seats comes about by its formal authorisation alone: no
switch of the product is touched.
"""

import asyncio
import json
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from websockets.asyncio.client import connect

from proctor_console.room import enrol
from shared import codec, crypto, ledger, limits
from shared import commands as c
from shared import messages as m
from shared.io import peer as peers
from shared.io import tls
from shared.io.witnesses import OFFERS
from shared.ledger import Point
from shared.model import Paper, Place, Room, Rules, Session
from shared.package import seal_paper
from tests.bench import kit as kits
from tests.faults import shim
from tests.support.fake_site import CODE, PIN, ROOM, Exam, FakeSite, site_now
from tests.support.papers import small_paper

HOUR = 3_600_000
RULES = Rules(duration=4 * HOUR, late_entry=3 * HOUR, login_opens_before=HOUR, arm_opens_before=HOUR, reminders=())
PATIENCE = 120.0
_PUSHES = 0.5
"""Seconds, many times as long as a room waits between two pushes."""


class Site(FakeSite):
    """A site that looks at headers only, so that it costs the machine little. `received` counts records."""

    received = 0

    async def _take(self, peer: peers.ServerPeer, message: m.Message) -> None:
        if not isinstance(message, m.Push):
            await super()._take(peer, message)
            return
        self.received += len(message.entries)
        ends: dict[str, tuple[Point, ...]] = {}
        for entry in message.entries:
            header = codec.decode(ledger.Header, entry.header, limits.RECORD_BYTES)
            ends[header.stream] = (Point(header.epoch, header.position, b""),)
        peer.send(m.PushAck(ends))


def exam_of(seats: int, paper_bytes: int = 0, rules: Rules = RULES) -> Exam:
    """A session of so many seats that starts in a second; its forms carry a picture of `paper_bytes`."""
    places = tuple(Place(f"{n:06}", ROOM, n, "A") for n in range(1, seats + 1))
    session = Session("m1", "理论考试", "电工", "四级", "theory", site_now() + 1000, rules)
    made = Exam(session, places, Room(ROOM, "压力测试", seats, 0))
    if paper_bytes:
        small = small_paper(session.id, "A")
        paper = Paper(session.id, "A", small.title, small.items, {"meter.png": crypto.random_bytes(paper_bytes)})
        made.papers = {form: seal_paper(paper, key) for form, key in made.keys.items()}
        made.refs = tuple(m.PaperRef(form, crypto.sha256(data), len(data)) for form, data in made.papers.items())
    return made


class Server:
    """A server process: the room service or a baseline."""

    def __init__(self, process: asyncio.subprocess.Process, started: float) -> None:
        self.process = process
        self.started = started
        self.port = 0
        self.ready_after = 0.0
        self._seen = psutil.Process(process.pid)

    def cpu(self) -> float:
        """Seconds of CPU it used so far, all threads, kernel included."""
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> int:
        """Resident bytes."""
        return int(self._seen.memory_info().rss)

    async def ready(self) -> None:
        """Waits until it listens."""
        assert self.process.stdout is not None
        while line := await asyncio.wait_for(self.process.stdout.readline(), PATIENCE):
            if line.startswith(b"ready "):
                self.ready_after = time.monotonic() - self.started
                self.port = int(line.rsplit(b":", 1)[1])
                return
        raise RuntimeError("a server of the bench did not start")

    async def say(self) -> None:
        """One line on its stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        await self.process.stdin.drain()

    async def stop(self) -> None:
        """Ends it."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


class Generator:
    """The generator's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def hear(self) -> dict[str, Any]:
        """Its next word."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE * 3)
        found: dict[str, Any] = json.loads(line) if line else {"error": "the generator ended"}
        if "error" in found:
            raise RuntimeError(found["error"])
        return found

    async def tell(self, name: str, **arguments: Any) -> None:
        """Gives a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, arguments]).encode() + b"\n")
        await self._process.stdin.drain()

    async def do(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Gives a command and waits until it is carried out."""
        await self.tell(name, **arguments)
        found = await self.hear()
        while "done" not in found:
            found = await self.hear()
        done: dict[str, Any] = found["done"]
        return done

    async def stop(self) -> None:
        """Ends it."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


class Stage:
    """A site and a room's folder with machines for all seats; servers and generators start on it."""

    def __init__(self, folder: Path, exam: Exam, delay_us: int) -> None:
        self.folder = folder
        self.exam = exam
        self.seats = len(exam.places)
        self.room = folder / "room"
        self.delay_us = delay_us
        self.site = Site(exam, seats=0)
        self._started: list[Server | Generator] = []

    async def set(self) -> None:
        """Brings the site up, enrols the room, certifies every seat."""
        await self.site.up(self.folder / "site")
        await enrol.enrol(self.room, self.site.site_file, ROOM, CODE)
        seats = []
        for place in self.exam.places:
            known = self.site.machines.pc(place.seat, kits.address_of(place.seat))
            identity = self.folder / "pcs" / str(place.seat)
            tls.write_identity(identity, known.key, known.certificate)
            seats.append(kits.Seat(place.seat, place.ticket, known.machine.address, str(identity), known.device.seed))
        session = self.exam.session.id
        made = kits.Kit(session, self.exam.session_key, self.site.ca_certificate, tuple(seats))
        kits.write(self.folder / "kit", made)

    async def serve(self, kind: str = "room") -> Server:
        """Starts the room service, or a baseline of `tests.bench.serve`, and waits until it listens."""
        command = [str(Path(sys.executable).with_name("kaodian-room")), "--data", str(self.room), "serve"]
        command += ["--host", "127.0.0.1", "--port", "0"]
        if kind != "room":
            command = [sys.executable, "-m", "tests.bench.serve", kind, str(self.room)]
        slow = shim.environment(self.room, delay_us=self.delay_us) if self.delay_us else {}
        with (self.folder / f"{kind}.log").open("ab") as log:
            started = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                env=os.environ | slow | {"KAODIAN_LOG": "WARNING"},
            )  # fmt: skip
        made = Server(process, started)
        self._started.append(made)
        await made.ready()
        return made

    async def generator(self) -> Generator:
        """Starts a generator."""
        with (self.folder / "generator.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.generator", str(self.folder / "kit"),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        made = Generator(process)
        self._started.append(made)
        await made.hear()
        return made

    async def orders(self, server: Server) -> None:
        """Allows log-in and start from a console, which leaves at once: the bench has nobody who watches."""
        known = self.site.machines.console(1)
        folder = known.keep(self.folder / "console")
        context = tls.client_context(self.site.ca_certificate, folder)
        async with asyncio.timeout(PATIENCE):
            while not await self._order(server.port, context, c.AllowLogin()):  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.2)
            await self._order(server.port, context, c.AllowStart())

    async def _order(self, port: int, context: Any, command: c.StaffCommand) -> bool:
        uri, name = f"wss://127.0.0.1:{port}/ws", f"room-{ROOM}.kaodian"
        async with connect(uri, ssl=context, server_hostname=name, compression=None, proxy=None, max_size=None) as link:
            await link.send(codec.encode(m.ConsoleHello(m.PROTOCOL_VERSION, "王监考", PIN)))
            await link.send(codec.encode(m.Order(1, self.exam.session.id, command)))
            async for data in link:
                assert isinstance(data, bytes)
                message: m.Message = codec.decode(m.RoomToConsole, data, 1 << 30)  # type: ignore[arg-type]
                if isinstance(message, m.OrderDone):
                    return True
                if isinstance(message, m.Refused):
                    return message.refusal.code == "already_done"
        return False

    async def caught_up(self) -> None:
        """Waits until the room has nothing more to push from before."""
        before = -1
        while self.site.received > before:
            before = self.site.received
            await asyncio.sleep(_PUSHES)

    async def has_paper(self, name: str) -> None:
        """Waits until the room has fetched a form."""
        await until((self.room / "papers" / name).exists)

    async def rest(self) -> None:
        """Ends the processes; the folder stays."""
        for one in self._started:
            await one.stop()
        self._started.clear()

    def forget(self) -> None:
        """The room starts anew with its next service: nothing was ever recorded."""
        for name in ("room.db", "room.db-wal", "room.db-shm", "plain.db", "plain.db-wal", "plain.db-shm"):
            (self.room / name).unlink(missing_ok=True)
        self.site.copies.clear()


async def until(true: Callable[[], bool]) -> None:
    """Returns once something that another process does has come true."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.05)


def offered(room: Path) -> bool:
    """Whether the room in a folder has taken a session in and kept it."""
    with sqlite3.connect(f"file:{room / 'room.db'}?mode=ro", uri=True) as db:
        return bool(db.execute("SELECT count(*) FROM facts WHERE name LIKE ?", (f"{OFFERS}%",)).fetchone()[0])


@asynccontextmanager
async def stage(folder: Path, exam: Exam, delay_us: int = 0) -> AsyncIterator[Stage]:
    """A stage that is set; everything on it ends with the block."""
    made = Stage(folder, exam, delay_us)
    try:
        await made.set()
        yield made
    finally:
        await made.rest()
        await made.site.close()
