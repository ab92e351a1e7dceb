"""Every PC and console of the rehearsal gets its certificate as at a school: window, code, one confirmation for all.

PCs ask through the candidate program's farm, a room at a time; consoles ask as the console program does. Knows nothing
of what happens in the exam.
"""

import asyncio
from collections.abc import Callable

from shared.errors import Refused
from shared.io import identity
from shared.io.text import translator
from shared.machines import Kind
from shared.messages import EnrolRequest
from site_server import control
from site_server.folder import Folder
from site_server.machine_verbs import ListMachines
from site_server.rehearsal.options import Options
from site_server.rehearsal.pcs import Farm
from site_server.rehearsal.stage import TOGETHER, Stage, number_in

_ = translator("site_server")
WAIT_SECONDS = 120.0
LOOK_EVERY = 0.3
MINUTES = 30


class Enrolling:
    """The technicians of all rooms."""

    def __init__(self, stage: Stage, farm: Farm, options: Options, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._farm = farm
        self._seats = options.seats + options.spares
        self._say = say

    async def run(self) -> None:
        """Enrols one console and all PCs of every room; raises `Refused` when one does not get through."""
        stage = self._stage
        self._say(_("rooms: enrol consoles and {count} PCs").format(count=self._seats * len(stage.rooms)))
        gate = asyncio.Semaphore(TOGETHER)

        async def one(room: str) -> None:
            async with gate:
                await self._console(room)
                await self._pcs(room)

        await asyncio.gather(*(one(room) for room in stage.rooms))

    async def _console(self, room: str) -> None:
        code = await self._window(room, Kind.CONSOLE, 1)
        site_bytes = await asyncio.to_thread(self._stage.site_file.read_bytes)
        asked = EnrolRequest(Kind.CONSOLE, room, 0, code, b"", None)
        await identity.enrol(self._stage.console(room), site_bytes, asked)

    async def _pcs(self, room: str) -> None:
        code = await self._window(room, Kind.PC, self._seats)
        for seat in range(1, self._seats + 1):
            await self._farm.enrol(room, seat, code)
        async with asyncio.timeout(WAIT_SECONDS):
            while await self._waiting(room) < self._seats:  # noqa: ASYNC110  # another process
                await asyncio.sleep(LOOK_EVERY)
        await self._stage.site("confirm", "--room", room)
        failed = await self._farm.wait_enrolled(room, WAIT_SECONDS)
        if failed:
            raise Refused(f"PCs of room {room} were not enrolled: {failed}", "rehearsal_step")

    async def _window(self, room: str, kind: Kind, count: int) -> str:
        asked = ["--kind", kind.value, "--room", room, "--minutes", MINUTES, "--count", count]
        return number_in(await self._stage.site("window", *asked), 8)

    async def _waiting(self, room: str) -> int:
        """How many PCs wait, asked of the running service as the command does."""
        facts = await control.ask(Folder(self._stage.work / "site"), ListMachines(room), lambda _text: None)
        if facts is None:
            raise Refused("the site service does not answer", "rehearsal_step")
        return len(facts["waiting"])
