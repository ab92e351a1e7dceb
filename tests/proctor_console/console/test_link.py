"""The line over real TLS: log-in, orders, cuts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from proctor_console.console.link import Heard, Outcome, RoomLink
from proctor_console.console.target import read_target
from shared import commands as c
from shared import limits
from shared import messages as m
from shared.io import tls
from shared.io.tasks import Tasks
from shared.refusal import Refusal
from tests.support.console_room import PIN, SimulatedRoom


class Line:
    """A running line and what it heard."""

    def __init__(self, room: SimulatedRoom, pin: str) -> None:
        target = read_target(room.console())
        context = tls.client_context(target.ca_certificate, target.folder)
        hello = m.ConsoleHello(m.PROTOCOL_VERSION, "监考甲", pin)
        self.heard: list[Heard] = []
        self.cuts = 0
        self.news = asyncio.Event()
        self.link = RoomLink(target.ways, context, hello, self._hear, self._cut)

    def _hear(self, message: Heard) -> None:
        self.heard.append(message)
        self.news.set()

    def _cut(self) -> None:
        self.cuts += 1
        self.news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.news.clear()
                await self.news.wait()

    def count(self, kind: type[m.Message]) -> int:
        return sum(isinstance(one, kind) for one in self.heard)


@asynccontextmanager
async def running(folder: Path, pin: str = PIN) -> AsyncIterator[tuple[SimulatedRoom, Line, asyncio.Task[None]]]:
    room, tasks = SimulatedRoom(folder, -50 * limits.MINUTE), Tasks()
    await room.start()
    line = Line(room, pin)
    try:
        yield room, line, tasks.spawn("line", line.link.run())
    finally:
        await tasks.close()
        await room.stop()


async def test_boards_and_trusted_time_come_after_the_welcome(tmp_path: Path) -> None:
    async with running(tmp_path) as (room, line, _task):
        await line.until(lambda: line.count(m.Board) >= 1)
        assert isinstance(line.heard[0], m.ConsoleWelcome)
        async with asyncio.timeout(5):
            await line.link.clock.wait_known()
        assert abs(line.link.clock.now() - room.now()) < 100


async def test_orders_are_done_or_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as (room, line, _task):
        await line.until(lambda: line.count(m.Board) >= 1)
        assert await line.link.order("S1", c.AllowStart()) == Refusal("login_first")
        assert await line.link.order("S1", c.AllowLogin()) is Outcome.DONE
        assert room.sitting.login_allowed


async def test_a_refused_log_in_ends_the_line_and_is_not_repeated(tmp_path: Path) -> None:
    async with running(tmp_path, "000000") as (_room, line, task):
        async with asyncio.timeout(10):
            await task
        assert line.heard == [m.Refused(Refusal("pin_wrong"))]


async def test_a_cut_is_told_and_the_line_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path) as (room, line, _task):
        await line.until(lambda: line.count(m.Board) >= 1)
        await room.stop()
        await line.until(lambda: line.cuts >= 1)
        assert await line.link.order("S1", c.AllowLogin()) is Outcome.UNSENT
        await room.start()
        await line.until(lambda: line.count(m.ConsoleWelcome) >= 2)
        assert await line.link.order("S1", c.AllowLogin()) is Outcome.DONE


async def test_an_order_without_an_answer_is_unknown(tmp_path: Path) -> None:
    async with running(tmp_path) as (room, line, _task):
        await line.until(lambda: line.count(m.Board) >= 1)
        room.mute, tasks = True, Tasks()
        order = tasks.spawn("order", line.link.order("S1", c.AllowLogin()))
        async with asyncio.timeout(5):
            await room.muted.wait()
        await room.stop()
        assert await order is Outcome.UNKNOWN
