"""A site service killed while a room pushes: its copies hold all that it acknowledged, and the room goes on."""

import contextlib
from contextlib import AsyncExitStack
from pathlib import Path

from shared import messages as m
from shared.errors import KaodianError
from shared.io.tasks import Tasks
from shared.ledger import Entry, Point, attempt_stream
from shared.ledger import header_of as header
from tests.faults.kills.room import same
from tests.faults.processes import Blow, Nursery, Process
from tests.site_server.conftest import enrolled_room, serving
from tests.support.room_peer import Linked, RoomPeer
from tests.support.site_day import copy_of, make
from tests.support.small_day import TICKETS


class SiteDay:
    """One site to which one room is linked."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self._folder = folder
        self._nursery = nursery
        self._open = AsyncExitStack()
        self._process: Process | None = None
        self._acked: dict[str, int] = {}

    async def begin(self) -> None:
        """The site is made, joined and authorised, its room enrolled."""
        self._made = copy_of(make(self._folder / "made").path, self._folder / "site")
        await self._open.enter_async_context(self._made.platform.serving())
        station = self._made.open()
        self._made.join(station)
        async with serving(station) as running:
            self._peer: RoomPeer = await enrolled_room(running, self._folder / "room", self._made)
            day = self._made.day
            await station.held.load(day.formal, day.package, day.session_document)
        station.close()
        day.open()
        for ticket in TICKETS:
            day.log_in(ticket)
        day.start()
        self._process = await self._serve()
        await self._go_on()

    async def kill(self, blow: Blow, again: Blow | None, within: float) -> bool:
        """The blow while the room pushes, another one in the recovery; then it goes on. Whether it was it."""
        assert self._process is not None
        tasks = Tasks()
        await self._process.trace(blow)
        pushing = tasks.spawn("push", self._push())
        struck = await self._process.dead(within)
        await tasks.close()
        assert pushing.done()
        await self._process.end()
        if again is not None and (process := await self._serve(again)) is not None:
            await process.end()
        self._process = await self._serve()
        await self._go_on()
        return struck

    async def end(self) -> None:
        """Ends everything."""
        await self._link.peer.close()
        if self._process is not None:
            await self._process.end()
        await self._open.aclose()

    async def _serve(self, blow: Blow | None = None) -> Process | None:
        """The service once it is ready; None if it died before."""
        site = str(self._made.folder.path)
        process = await self._nursery.fork("site", site, out=self._folder / "site.out", blow=blow)
        line = await process.ready()
        if not line:
            await process.end()
            assert blow is not None, process.out.read_text()[-3000:]
            return None
        self._peer.port = int(line.rsplit(":", 1)[1])
        return process

    async def _push(self) -> None:
        """Pushes each answer as it comes; each acknowledgement is a promise."""
        day, turn = self._made.day, 0
        with contextlib.suppress(KaodianError, AssertionError):
            while True:
                turn += 1
                ticket = TICKETS[turn % len(TICKETS)]
                before = len(day.pcs[ticket].entries), len(day.sitting_entries)
                day.answer(ticket, 1 + turn % 3, "ABCD"[turn % 4])
                new = day.pcs[ticket].entries[before[0] :] + day.sitting_entries[before[1] :]
                self._acked |= await self._link.push(new)

    async def _go_on(self) -> None:
        """What the site says it has must be what the room wrote, and nothing acknowledged may be missing."""
        day = self._made.day
        self._link: Linked = await self._peer.link()
        linked = await self._link.expect(m.Linked)
        mine: dict[str, list[Entry]] = {day.chain.stream: day.sitting_entries}
        mine |= {attempt_stream(day.session.id, ticket): day.pcs[ticket].entries for ticket in TICKETS}
        lacking: list[Entry] = []
        for stream, entries in mine.items():
            points = linked.points.get(stream, ())
            head = points[-1] if points else Point(1, 0, b"")
            acked = self._acked.get(stream, 0)
            same(stream, entries, Point(1, acked, b""), head)
            lacking += entries[head.position :]
        assert all(header(one).epoch == 1 for one in lacking)
        self._acked |= await self._link.push(lacking)
