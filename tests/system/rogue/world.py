"""The honest world around a rogue: a site, one room service process, 39 PCs that save all the time, and a console.

It lives in a thread of its own with the project's own code, so that a rogue may block as it likes. `judged` measures
the save acknowledgements of the honest while a rogue works and says what must hold afterwards.
"""

import asyncio
import contextlib
import itertools
import random
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil

from proctor_console.room import enrol
from shared import codec, crypto, limits, roles
from shared import commands as c
from shared import messages as m
from shared.errors import KaodianError, Unavailable
from shared.io.clock import boot_now
from shared.ledger import Header
from shared.machines import Enrolled
from shared.model import Place, Room, Rules, Session, Staff
from tests.support.fake_site import CODE, PIN, ROOM, Exam, FakeSite, site_now
from tests.support.machines import Known
from tests.support.pc import PATIENCE, Console, Pc
from tests.support.pulse import Pulse
from tests.support.room_day import eventually
from tests.system.rogue import stages
from tests.system.rogue.candidate import Device
from tests.system.rogue.line import Line, context
from tests.system.rogue.verdict import P99, SAVES, Verdict, clean

T = TypeVar("T")
SEATS, SPARES, CONSOLES, ROGUE_SEAT = 40, 4, 14, 40
SESSION = "m1"
OWN_ADDRESS = f"127.0.1.{ROGUE_SEAT}"
NEWCOMER = 42
ROGUE = "1040"
"""The rogue's own ticket, at its own seat, and with its own ID number."""
MEMORY = 200 * limits.MIB
"""What a rogue may cost the room service at most."""
WAIT = int(1_000 * PATIENCE)
"""Milliseconds until the site must have a copy and the console an alarm."""
HOUR = 3_600_000
MAIN = "import sys; from proctor_console.room.cli import main; sys.exit(main(sys.argv[1:]))"


def ticket_at(seat: int) -> str:
    """The ticket of the candidate arranged at a seat."""
    return f"10{seat:02d}"


def the_exam() -> Exam:
    """Forty candidates who have just begun."""
    rules = Rules(duration=2 * HOUR, late_entry=HOUR, earliest_hand_in=0, last_leave=0, reminders=())
    places = tuple(Place(ticket_at(seat), ROOM, seat, "AB"[seat % 2]) for seat in range(1, SEATS + 1))
    session = Session(SESSION, "理论考试", "电工", "四级", "theory", site_now() - 1_000, rules)
    return Exam(session, places, Room(ROOM, "101 机房", SEATS, SPARES))


class World:
    """The honest world; `seats` honest candidates sit at seats 1 to 39 and the rogue at 40."""

    def __init__(self, folder: Path, honest: int = SEATS - 1) -> None:
        self.folder = folder
        self.exam = the_exam()
        self.site = FakeSite(self.exam, *stages.exams())
        self.port = 0
        self.alarms: list[m.Alarm] = []
        self.saves: list[tuple[int, int]] = []
        """(boot time of the save, ms until its acknowledgement), in the order of the acknowledgements."""
        self.pcs: list[Pc] = []
        self._tls: dict[str, ssl.SSLContext] = {}
        for seat in range(1, SEATS + SPARES + 1):
            self.site.machines.pc(seat)
        for number in range(1, CONSOLES + 1):
            self.site.machines.console(number)
        salt, pin = b"salt" * 4, crypto.pin_hash(PIN, b"salt" * 4)
        self.site.staff += tuple(Staff(role.value, role, salt, pin) for role in roles.STAFF)
        self.own = self.site.machines.pc(ROGUE_SEAT)
        self.device = Device(self.own.device.seed)
        """The rogue's own PC: certified like any other."""
        self._honest = honest
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="honest world")
        self._tasks: list[asyncio.Task[None]] = []
        self._errors: list[str] = []
        self._saving = asyncio.Event()
        self._room: subprocess.Popen[str] | None = None
        self._addresses = itertools.cycle(f"127.0.66.{n}" for n in range(1, 251))

    def __enter__(self) -> "World":
        self._thread.start()
        try:
            self.run(self._begin())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Does work of the project's own kind in the world's thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(90)

    def close(self) -> None:
        """Ends everybody."""
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def stderr(self) -> str:
        """What the room service has logged."""
        return (self.folder / "room.log").read_text("utf-8")

    def address(self) -> str:
        """One more address that a rogue gives itself."""
        return next(self._addresses)

    def line(self, address: str = "", with_ws: bool = True, machine: Known | None = None) -> Line:
        """A rogue's line to the room, by its own PC's certificate or another's, from its own address or another."""
        machine = machine or self.own
        name = machine.machine.id
        if name not in self._tls:
            self._tls[name] = context(self.site.ca_certificate, machine.keep(self.folder / "rogue" / name))
        return Line(self.port, self._tls[name], address or OWN_ADDRESS, with_ws)

    def stranger(self, address: str = "") -> Line:
        """A line of somebody without a certificate."""
        if "" not in self._tls:
            self._tls[""] = context(self.site.ca_certificate)
        return Line(self.port, self._tls[""], address or self.address(), with_ws=False)

    def newcomer(self) -> int:
        """An honest PC that comes just now: milliseconds until the room has greeted it."""
        return self.run(self._newcomer())

    def stored(self, ticket: str, epoch: int, least: int, session: str = SESSION) -> list[Any]:
        """The site's copy of an attempt's epoch, once it has as many records: what the room has stored."""
        name, end = (f"attempt/{session}/{ticket}", epoch), boot_now() + WAIT
        while len(self.site.copies.get(name, ())) < least and boot_now() < end:
            threading.Event().wait(0.02)
        return list(self.site.copies.get(name, ()))

    def kinds(self, stream: str) -> list[str]:
        """Kinds of the records of a stream that the room has stored: the site's copy may be behind an answer."""
        with contextlib.closing(sqlite3.connect(f"file:{self.folder / 'room' / 'room.db'}?mode=ro", uri=True)) as db:
            rows = db.execute("SELECT header FROM records WHERE stream = ? ORDER BY position", (stream,)).fetchall()
        return [codec.decode(Header, header, limits.RECORD_BYTES).kind for (header,) in rows]

    def victims(self, stage: str) -> list[tuple[object, ...]]:
        """What the board and the site's copies say about the honest candidates of the sitting at a stage."""
        tickets = {stages.ticket_of(stage, seat) for seat in (*stages.VICTIMS, stages.ABSENT)}
        board = self.board(stages.session_of(stage))
        rows = [(row.ticket, row.status, row.seat, row.answered, row.end, row.held, row.hand_up, row.warnings)
                for row in board.rows if row.ticket in tickets]  # fmt: skip
        copies = [(name, len(all_), all_[-1].digest) for (name, _), all_ in sorted(self.site.copies.items())
                  if name.rpartition("/")[2] in tickets]  # fmt: skip
        return [*rows, *copies]

    def wait_over(self) -> None:
        """Returns once the sitting that is to be over is."""
        self.run(self._over())

    def board(self, session: str = SESSION) -> m.Board:
        """The newest board of a session, asked of a fresh console."""
        return self.run(self._board(session))

    def tell_machines(self, *more: Enrolled) -> None:
        """The site tells the room of more machines."""
        told = self.site.machines.told(*more)
        self._loop.call_soon_threadsafe(self.site.tell_machines, told)
        self.run(self._know({one.id for one in more}))

    def told(self, code: str, seat: int = 0) -> bool:
        """Whether the console hears that alarm within a little while."""
        end = boot_now() + WAIT
        while boot_now() < end:
            if any(one.code == code and seat in (0, one.seat) for one in self.alarms):
                return True
            threading.Event().wait(0.05)
        return False

    @contextmanager
    def judged(self) -> Iterator[Verdict]:
        """Measures the honest while the block runs; afterwards all that no rogue may change must hold."""
        assert self._room is not None
        process = psutil.Process(self._room.pid)
        memory, begun, verdict = process.memory_info().rss, len(self.saves), Verdict()
        self.alarms.clear()
        self._loop.call_soon_threadsafe(self._saving.set)
        with Pulse() as pulse:
            try:
                yield verdict
                self._enough(begun, pulse)
            finally:
                self._loop.call_soon_threadsafe(self._saving.clear)
        took = clean(self.saves[begun:], pulse)
        assert self._errors == [], f"the honest were disturbed: {self._errors}"
        assert self._room.poll() is None, "the room service lives"
        assert len(took) >= SAVES, f"only {len(took)} honest saves were acknowledged in a minute"
        verdict.take(took)
        verdict.memory = process.memory_info().rss - memory
        assert verdict.p99 < P99, f"honest p99 {verdict.p99} ms of {len(took)}"
        assert verdict.memory < MEMORY, f"{verdict.memory >> 20} MiB more in the room service"

    def _enough(self, begun: int, pulse: Pulse) -> None:
        """Returns once as many saves were acknowledged as a judgement needs."""
        end = boot_now() + 60_000
        while len(clean(self.saves[begun:], pulse)) < SAVES and boot_now() < end and not self._errors:
            threading.Event().wait(0.02)

    async def _begin(self) -> None:
        await self.site.up(self.folder / "site")
        await enrol.enrol(self.folder / "room", self.site.site_file, ROOM, CODE)
        log = (self.folder / "room.log").open("w")
        line = [sys.executable, "-c", MAIN, "--data", str(self.folder / "room"), "serve", "--port", "0"]
        self._room = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=log, text=True)  # noqa: ASYNC220  # at once
        log.close()
        assert self._room.stdout is not None
        ready = await asyncio.to_thread(self._room.stdout.readline)
        self.port = int(ready.rsplit(":", 1)[1])
        self.console = await self._console(1, "王监考")
        await self.console.board(lambda board: board.session.id == stages.session_of(stages.STAGES[-1]))
        for command in (c.AllowLogin(), c.AllowStart()):
            assert await self.console.order(command, SESSION) == ""
        await stages.prepare(self.console, {seat: self._pc(seat) for seat in (*stages.VICTIMS, ROGUE_SEAT)})
        self.pcs = [self._pc(seat) for seat in range(1, self._honest + 1)]
        await asyncio.gather(*(pc.log_in(ticket_at(pc.seat)) for pc in self.pcs))
        self._tasks = [self._loop.create_task(self._save(pc)) for pc in self.pcs]
        self._tasks.append(self._loop.create_task(self._listen()))

    def _pc(self, seat: int) -> Pc:
        return Pc(self.site, self.port, seat, self.folder / "pcs")

    async def _console(self, number: int, name: str) -> Console:
        """A console with a person at it, once the room knows machines and staff."""
        while True:
            made = Console(self.site, self.port, self.folder / "consoles", number)
            with contextlib.suppress(Unavailable):
                if isinstance(await made.log_in(name), m.ConsoleWelcome):
                    return made
            await made.close()
            await asyncio.sleep(0.2)

    async def _newcomer(self) -> int:
        begun, pc = boot_now(), self._pc(NEWCOMER)
        await pc.hello()
        took = boot_now() - begun
        await pc.close()
        return took

    async def _over(self) -> None:
        """Its candidates are collected at its closing; the board and the copies that say so may come late."""
        console, session = await self._console(2, "李监考"), stages.session_of("over")
        try:
            async with asyncio.timeout(stages.CLOSING / 1000 + PATIENCE):
                while True:
                    with contextlib.suppress(AssertionError):
                        await console.board(lambda board: board.session.id == session and stages.collected(board))
                        break
                await eventually(lambda: stages.collections_copied(self.site.copies))
        finally:
            await console.close()

    async def _know(self, ids: set[str]) -> None:
        """Returns once the room shows these machines."""
        console = await self._console(2, "李监考")
        try:
            await console.want(m.MachineBoard, lambda board: ids <= {row.machine.id for row in board.rows})
        finally:
            await console.close()

    async def _board(self, session: str) -> m.Board:
        console = await self._console(2, "李监考")
        try:
            return await console.board(lambda board: board.session.id == session)
        finally:
            await console.close()

    async def _listen(self) -> None:
        """Collects the alarms of the console, and nothing else of it."""
        while True:
            self.alarms.append(await self._next_alarm())

    async def _next_alarm(self) -> m.Alarm:
        while True:
            with contextlib.suppress(AssertionError):
                return await self.console.want(m.Alarm)
            if self.console.cut:
                self._errors.append("the console was cut off")
                await asyncio.sleep(3_600)

    async def _save(self, pc: Pc) -> None:
        """One honest candidate: changes an answer twice a second and measures the acknowledgement."""
        drawn = random.Random(pc.seat)
        try:
            while (await pc.answer(1, "A")).reason == "early":  # noqa: ASYNC110  # the opening may have come already
                await asyncio.sleep(0.5)
            while True:
                await self._saving.wait()
                await asyncio.sleep(drawn.uniform(0.2, 0.6))
                sent = boot_now()
                ack = await pc.answer(drawn.randint(1, 3), drawn.choice("AB"))
                self.saves.append((sent, boot_now() - sent))
                assert ack.verdict == "accepted", ack
        except (AssertionError, KaodianError) as error:
            self._errors.append(f"seat {pc.seat}: {error!r}")

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in self.pcs:
            await one.close()
        with contextlib.suppress(AttributeError):
            await self.console.close()
        if self._room is not None:
            self._room.terminate()
            await asyncio.to_thread(self._room.wait, 10)
            assert self._room.stdout is not None
            self._room.stdout.close()
        await self.site.close()
        assert not [end for end in ends if isinstance(end, Exception)], ends
