"""A candidate's PC at a real room: the room under test, its site file on a stick, and agents that sit at it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import msgspec

from candidate_client import view as v
from candidate_client.agent import Agent
from candidate_client.device import JOURNAL, Device
from candidate_client.headless import Script
from shared import documents as d
from shared import signed
from shared.io.identity import load
from shared.io.tasks import Tasks
from shared.machines import Kind
from shared.model import Rules
from tests.support.fake_site import ROOM, Exam, id_number, read_site_file
from tests.support.patience import within
from tests.support.pc import PATIENCE
from tests.support.room_day import RoomDay, room_day

SHORT = Rules(
    duration=3_000, late_entry=2_000, earliest_hand_in=300, last_leave=0, reminders=(1_000,), grace=700, makeup=20_000
)


class Sitter:
    """One agent running in this process; `events` is its trace."""

    def __init__(self, day: "CandidateDay", name: str, seat: int) -> None:
        self.day = day
        folder = day.machine(name, seat)
        self.device = Device(folder)
        self.events: list[tuple[str, dict[str, object]]] = []
        self._tasks = Tasks()
        self._changed = asyncio.Event()
        self.agent = Agent(self.device, load(folder, Kind.PC), local_of(seat), self._event)
        self.agent.subscribe(lambda _: self._changed.set())
        self._tasks.spawn("agent", self.agent.run())

    async def until(self, true: Callable[[v.View], bool]) -> v.View:
        """The first view for which `true` holds."""
        async with within(PATIENCE, lambda: f"another view than {self.agent.view}"):
            while not true(found := self.agent.view):
                self._changed.clear()
                await self._changed.wait()
        return found

    async def screen(self, screen: v.Screen) -> v.View:
        """Waits for a screen."""
        return await self.until(lambda view: view.screen is screen)

    async def log_in(self, ticket: str) -> None:
        """From connecting to the rules read."""
        await self.ask_in(ticket)
        await self.let_in()

    async def ask_in(self, ticket: str) -> None:
        """Types both numbers."""
        await self.until(lambda view: view.link)
        await self.agent.intent(v.LogIn(ticket, id_number(ticket)))

    async def let_in(self) -> None:
        """From the admission to the rules read."""
        await self.until(lambda view: view.person is not None)
        await self.agent.intent(v.ConfirmDetails(True))
        await self.agent.intent(v.ReadDone())

    async def answer(self, number: int, *letters: str) -> None:
        """Types one answer."""
        await self.agent.intent(v.Answer(number, letters))

    def said(self, event: str) -> list[dict[str, object]]:
        """The facts of every event of that name."""
        return [facts for name, facts in self.events if name == event]

    def fill_disk(self, table: str = "records") -> None:
        """From now on the journal's disk refuses every row of a table."""
        fill(self.device.folder / JOURNAL, table)

    async def leave(self) -> None:
        """The power goes."""
        await self._tasks.close()
        self.device.close()

    def _event(self, event: str, facts: dict[str, object]) -> None:
        self.events.append((event, facts))
        self._changed.set()


class CandidateDay:
    """The room, and whoever sits in it."""

    def __init__(self, folder: Path, room: RoomDay) -> None:
        self.folder = folder
        self.room = room
        self._sitters: list[Sitter] = []
        self._port = self.line = room.room.port
        """`line` is the port at which PCs made from now on look for the room."""

    def site_file(self) -> d.SiteFile:
        """The site file that names the room's port."""
        found = read_site_file(self.room.site.site_file)
        return msgspec.structs.replace(found, rooms={ROOM: d.RoomAddress("127.0.0.1", self.line)})

    def stick(self) -> Path:
        """The same as a signed file."""
        path = self.folder / "site.kdd"
        path.write_bytes(signed.sign(self.room.site._ca, d.SITE_FILE, self.site_file()))
        return path

    def machine(self, name: str, seat: int) -> Path:
        """The folder of an enrolled PC; the same name is the same PC."""
        folder = self.folder / name
        if not (folder / "machine.json").exists():
            self.room.site.machines.pc(seat).keep(folder, self.stick().read_bytes())
        return folder

    def sitter(self, name: str, seat: int) -> Sitter:
        """A PC that starts now; the same name is the same PC."""
        made = Sitter(self, name, seat)
        self._sitters.append(made)
        return made

    def script(self, seat: int, ticket: str, **more: object) -> Script:
        """What a headless candidate is told."""
        base: dict[str, object] = {
            "data": str(self.machine(f"pc{seat}", seat)),
            "ticket": ticket,
            "id_number": id_number(ticket),
            "trace": str(self.folder / f"trace{seat}.jsonl"),
            "local": local_of(seat),
        }
        return msgspec.convert(base | more, Script)

    async def cut(self) -> None:
        """The room goes away."""
        await self.room.stop()

    async def back(self) -> None:
        """The room comes back at the same address."""
        await self.room.start(self._port)

    async def close(self) -> None:
        """Ends the PCs."""
        for one in self._sitters:
            await one.leave()


@asynccontextmanager
async def candidate_day(folder: Path, *exams: Exam) -> AsyncIterator[CandidateDay]:
    """A room with these sessions, and nobody in it yet."""
    async with room_day(folder, *exams) as room:
        day = CandidateDay(folder, room)
        try:
            yield day
        finally:
            await day.close()


def fill(journal: Path, table: str) -> None:
    """From now on the disk refuses every row of a table of a journal."""
    with closing(sqlite3.connect(journal)) as db:
        db.execute(f"CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no room'); END")


def local_of(seat: int) -> str:
    """The address a PC enrolled from and binds."""
    return f"127.0.1.{seat}"


def trace_of(script: Script) -> list[dict[str, object]]:
    """The lines of a trace."""
    return [msgspec.json.decode(line) for line in Path(script.trace).read_bytes().splitlines()]
