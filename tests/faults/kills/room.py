"""A room service killed while four candidates save: each goes on from what the room says it has."""

import asyncio
from pathlib import Path

from proctor_console.room import enrol
from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.errors import KaodianError
from shared.io.tasks import Tasks
from shared.ledger import START, Entry, Point
from tests.faults.processes import Blow, Nursery, Process
from tests.support.fake_site import CODE, LONG, ROOM, FakeSite, exam
from tests.support.pc import Console, Pc

TICKETS = ("1001", "1002", "1003", "1004")


class RoomDay:
    """One room in the middle of an exam."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self._folder = folder
        self._nursery = nursery
        self._site = FakeSite(exam(1_000, LONG, tickets=TICKETS))
        self._process: Process | None = None
        self._port = 0
        self._pcs: list[Pc] = []
        self._acked: dict[int, Point] = {}

    async def begin(self) -> None:
        """Everybody has begun."""
        await self._site.up(self._folder / "site")
        await enrol.enrol(self._folder / "room", self._site.site_file, ROOM, CODE)
        self._process = await self._serve()
        assert self._process is not None
        console = await self._console()
        assert await console.order(c.AllowLogin()) == ""
        assert await console.order(c.AllowStart()) == ""
        await console.close()
        self._pcs = [Pc(self._site, self._port, n + 1, self._folder / "pcs") for n in range(len(TICKETS))]
        for pc, ticket in zip(self._pcs, TICKETS, strict=True):
            await pc.log_in(ticket)
            while (await pc.answer(1, "A")).verdict != "accepted":  # noqa: ASYNC110  # too early
                await asyncio.sleep(0.1)

    async def kill(self, blow: Blow, again: Blow | None, within: float) -> bool:
        """The blow while everybody saves, another one in the recovery; then everybody goes on. Whether it was it."""
        assert self._process is not None
        tasks = Tasks()
        await self._process.trace(blow)
        for pc in self._pcs:
            tasks.spawn("save", self._save(pc))
        struck = await self._process.dead(within)
        await tasks.close()
        await self._process.end()
        if again is not None and (process := await self._serve(again)) is not None:
            await process.end()
        self._process = await self._serve()
        assert self._process is not None, "the room service does not start any more"
        await asyncio.gather(*(self._go_on(pc) for pc in self._pcs))
        return struck

    async def end(self) -> None:
        """Ends everything."""
        for pc in self._pcs:
            await pc.close()
        if self._process is not None:
            await self._process.end()
        await self._site.close()

    async def _serve(self, blow: Blow | None = None) -> Process | None:
        """The service once it is ready; None if it died before."""
        out, port = self._folder / "room.out", str(self._port)
        process = await self._nursery.fork("room", str(self._folder / "room"), port, out=out, blow=blow)
        line = await process.ready()
        if not line:
            await process.end()
            assert blow is not None, process.out.read_text()[-3000:]
            return None
        self._port = int(line.rsplit(":", 1)[1])
        return process

    async def _console(self) -> Console:
        while True:
            made = Console(self._site, self._port, self._folder / "consoles")
            try:
                if isinstance(await made.log_in(), m.ConsoleWelcome):
                    await made.board(lambda _board: True)
                    return made
            except (KaodianError, AssertionError):
                pass
            await made.close()
            await asyncio.sleep(0.1)

    async def _save(self, pc: Pc) -> None:
        """Saves until it is cut off; each acknowledgement is a promise."""
        turn = 0
        while not pc.cut:
            turn += 1
            try:
                for _ in range(1 + turn % 2):
                    await pc.put(r.Answered(("ABCD"[turn % 4],)), 1 + turn % 3)
                while (ack := await pc.want(m.Ack)).point != pc.chain.at:
                    self._acked[pc.seat] = ack.point
            except (KaodianError, AssertionError):
                return
            self._acked[pc.seat] = ack.point

    async def _go_on(self, pc: Pc) -> None:
        """What the room has must be what this PC wrote, and nothing acknowledged may be missing."""
        late = [one.point for one in pc.seen if isinstance(one, m.Ack)]
        acked = max([*late, self._acked.get(pc.seat, START)], key=lambda point: point.position)
        await pc.close()
        await pc.resume()
        head = (await pc.want(m.Admitted)).head
        same(pc.ticket, pc.entries, acked, head)
        for at in range(head.position, len(pc.entries), 100):
            await pc.records(*pc.entries[at : at + 100])
        if head.position < len(pc.entries):
            ack = await pc.want(m.Ack, lambda one: one.point == pc.chain.at)
            assert ack.verdict == "accepted", ack
        self._acked[pc.seat] = pc.chain.at


def same(who: str, entries: list[Entry], acked: Point, head: Point) -> None:
    """The receiver has all that it acknowledged of these entries, and nothing else."""
    held = head.position
    assert held >= acked.position, f"{who}: {acked.position} was acknowledged, the receiver has {held}"
    assert held <= len(entries), f"{who}: the receiver has what nobody wrote"
    assert not held or entries[held - 1].digest == head.digest, f"{who}: other records"
