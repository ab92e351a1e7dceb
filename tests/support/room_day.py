"""A room under test: fake site up, machine enrolled, the real `RoomService` in this process on a port of its own."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from proctor_console.room import enrol, machine, takeover
from proctor_console.room.app import RoomService
from shared import commands as c
from shared import ledger
from shared import messages as m
from tests.support.fake_site import CODE, ROOM, Exam, FakeSite, site_now
from tests.support.machines import Known
from tests.support.patience import within
from tests.support.pc import PATIENCE, Console, Pc


class RoomDay:
    """The room and the hands that play with it."""

    def __init__(self, folder: Path, site: FakeSite) -> None:
        self.folder = folder
        self.site = site
        self.service: RoomService | None = None
        self.machine = folder / "room"
        self._ends: list[Pc | Console] = []

    @property
    def room(self) -> RoomService:
        """The running service."""
        assert self.service is not None
        return self.service

    async def start(self, port: int = 0) -> None:
        """Starts the service (again)."""
        self.service = RoomService(machine.load(self.machine))
        await self.service.start("127.0.0.1", port)

    async def stop(self) -> None:
        """Stops the service."""
        if self.service is not None:
            await self.service.close()
            self.service = None

    async def destroy(self) -> None:
        """The room's machine is gone, and everything on it."""
        await self.stop()
        shutil.rmtree(self.machine)

    async def take_over(self, port: int = 0) -> list[takeover.Taken]:
        """A spare machine takes the place of the room's and serves; what it found at the site."""
        self.machine = self.folder / f"{self.machine.name}-spare"
        found = await takeover.enrol_instead(self.machine, self.site.site_file, ROOM, CODE)
        taken = await takeover.fill(found)
        await self.start(port)
        await eventually(lambda: self.room.hall.clock.known)
        return taken

    def pc(self, seat: int, known: Known | None = None) -> Pc:
        """A PC at a seat; `known` is another machine than the seat's own."""
        made = Pc(self.site, self.room.port, seat, self.folder / "pcs", known)
        self._ends.append(made)
        return made

    def new_console(self, number: int = 1) -> Console:
        """A console at which nobody is logged in."""
        made = Console(self.site, self.room.port, self.folder / "consoles", number)
        self._ends.append(made)
        return made

    async def console(self, number: int = 1) -> Console:
        """A console with a person logged in, once the session is there."""
        made = self.new_console(number)
        await made.log_in()
        await made.board(lambda _board: True)
        return made

    async def as_chief(self, command: c.StaffCommand) -> str:
        """An order of the chief invigilator from a console of their own: empty when done, else the refusal's code."""
        made = self.new_console()
        try:
            await made.log_in("张主考")
            return await made.order(command)
        finally:
            await made.close()

    async def answering(self, seat: int = 1, ticket: str = "1001") -> Pc:
        """A candidate before the opened paper."""
        pc = self.pc(seat)
        await pc.log_in(ticket)
        await pc.want(m.Opened)
        return pc

    async def copied(self, stream: str = f"sitting/m1/{ROOM}") -> None:
        """Returns once the site holds everything of the first sitting."""
        desk = self.room.hall.desks["m1"]
        await eventually(lambda: self.site.ends(stream, desk.point.epoch) == desk.point.position)

    def kinds(self, stream: str, epoch: int) -> list[str]:
        """What the site holds of an epoch, but for the sign-outs of staff and what the room did not serve."""
        found = [ledger.header_of(entry).kind for entry in self.site.copies.get((stream, epoch), [])]
        return [kind for kind in found if kind not in ("StaffSignedOut", "Outage", "TimeLost")]

    async def armed(self) -> Console:
        """A console that has allowed log-in and start."""
        console = await self.console()
        assert await console.order(c.AllowLogin()) == ""
        assert await console.order(c.AllowStart()) == ""
        return console

    async def close(self) -> None:
        """Ends everything."""
        for one in self._ends:
            await one.close()
        await self.stop()
        await self.site.close()


@asynccontextmanager
async def room_day(folder: Path, *exams: Exam) -> AsyncIterator[RoomDay]:
    """A site with these sessions and a room that has linked to it."""
    site = FakeSite(*exams)
    await site.up(folder / "site")
    await enrol.enrol(folder / "room", site.site_file, ROOM, CODE)
    day = RoomDay(folder, site)
    try:
        await day.start()
        hall = day.room.hall
        await eventually(lambda: len(hall.desks) == len(exams) and hall.clock.known and bool(hall.machines.all()))
        yield day
    finally:
        await day.close()


async def eventually(true: Callable[[], bool]) -> None:
    """Returns once something another part does in the background has come true; fails after a while."""
    async with within(PATIENCE, lambda: f"{true.__qualname__} to come true"):
        while not true():  # noqa: ASYNC110  # the parts looked at know nothing of tests
            await asyncio.sleep(0.01)


async def until(instant: int) -> None:
    """Returns at an instant of the site's trusted time: rules of the exam are about time."""
    await asyncio.sleep(max(0, instant + 1 - site_now()) / 1000)
