"""A candidate's agent killed while it saves: its journal holds all that the room took from it, and it goes on."""

import shutil
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from shared.io.store import Store
from tests.faults.kills.room import TICKETS
from tests.faults.processes import Blow, Nursery, Process
from tests.faults.promises import everything
from tests.support.candidate_day import candidate_day
from tests.support.fake_site import LONG, exam
from tests.support.room_day import eventually

TICKET, SEAT = TICKETS[0], 1
STREAM = f"attempt/m1/{TICKET}"


class PcDay:
    """One PC at a room that runs in this process."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self._folder = folder
        self._nursery = nursery
        self._open = AsyncExitStack()
        self._process: Process | None = None

    async def begin(self) -> None:
        """The candidate types."""
        self._day = await self._open.enter_async_context(candidate_day(self._folder, exam(1_000, LONG)))
        console = await self._day.room.armed()
        await console.close()
        self._process = await self._start()
        await self._more(0)

    async def kill(self, blow: Blow, again: Blow | None, within: float) -> bool:
        """The blow while the candidate types, another one in the recovery; then it goes on. Whether it was it."""
        assert self._process is not None
        await self._process.trace(blow)
        struck = await self._process.dead(within)
        await self._process.end()
        self._whole()
        if again is not None:
            process = await self._start(again)
            await process.dead(within)
            await process.end()
            self._whole()
        # The room still works off what the dead one sent; only what the new one adds shows that it goes on.
        await eventually(lambda: not self._here())
        self._process = await self._start()
        await eventually(self._here)
        await self._more(self._taken())
        return struck

    async def end(self) -> None:
        """Ends everything."""
        if self._process is not None:
            await self._process.end()
        await self._open.aclose()

    async def _start(self, blow: Blow | None = None) -> Process:
        script = msgspec.json.encode(self._day.script(SEAT, TICKET)).decode()
        return await self._nursery.fork("pc", script, out=self._folder / "pc.out", blow=blow)

    def _here(self) -> bool:
        """Whether a PC holds the attempt."""
        return self._day.room.room.hall.presence.live("m1", TICKET) is not None

    def _taken(self) -> int:
        """How many records the room has of the newest epoch."""
        heads = self._day.room.room.hall.desks["m1"].state.attempts[TICKET].heads
        return max(heads.items())[1].position if heads else 0

    async def _more(self, than: int) -> None:
        await eventually(lambda: self._taken() > than)

    def _whole(self) -> None:
        """The journal is unbroken and reaches as far as the room was given."""
        with tempfile.TemporaryDirectory() as copy:
            for part in (self._folder / f"pc{SEAT}").glob("journal.db*"):
                shutil.copy(part, copy)
            store = Store(Path(copy) / "journal.db")
            held = everything(store).streams
            store.close()
        for epoch, head in self._day.room.room.hall.desks["m1"].state.attempts[TICKET].heads.items():
            mine = held.get(f"{STREAM} {epoch}", [])
            assert len(mine) >= head.position, f"the room has {head.position} records, the PC {len(mine)}"
            assert mine[head.position - 1] == head.digest, "the room has other records than the PC"
