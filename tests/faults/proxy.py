"""A bad line between a PC and its room: one TCP port that forwards, loses, delays or breaks what goes through it.

Sees only TLS. Linux's own network is not touched, so many lines of different badness live beside each other.
"""

import asyncio
import contextlib
from enum import StrEnum

from shared.io.tasks import Tasks

SLOW = 8_000
"""Bytes a second of a slow line, each way: 64 kbit/s."""
CHUNK = 2_000


class Line(StrEnum):
    """How a line behaves."""

    UP = "up"
    DOWN = "down"
    """Connections are reset, new ones at once."""
    HOLE = "hole"
    """Nothing comes through, nothing is refused."""
    DEAF = "deaf"
    """What the PC says does not come through."""
    MUTE = "mute"
    """What the room says does not come through."""
    SLOW = "slow"
    RESET = "reset"
    """Open connections are reset once."""
    CLOSED = "closed"
    """Open connections are ended in order, once."""
    LATE = "late"
    """The PC's end is reset, and what it had said comes to the room only after its next connection."""


class Proxy:
    """The line of one PC, which binds `local`."""

    def __init__(self, room: int, local: str) -> None:
        self.port = 0
        self._room = room
        self._local = local
        self._line = Line.UP
        self._news = asyncio.Event()
        self._tasks = Tasks()
        self._ends: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begins to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def become(self, line: Line) -> None:
        """From now on it behaves so."""
        self._line = line
        for pc, room in list(self._ends):
            if line in (Line.DOWN, Line.RESET):
                pc.transport.abort()
                room.transport.abort()
            elif line is Line.CLOSED:
                pc.close()
                room.close()
            elif line is Line.LATE:
                pc.transport.abort()
        self._news.set()
        self._news = asyncio.Event()

    async def close(self) -> None:
        """Ends it."""
        if self._server is not None:
            self._server.close()
        self.become(Line.DOWN)
        await self._tasks.close()

    async def _serve(self, reader: asyncio.StreamReader, pc: asyncio.StreamWriter) -> None:
        if self._line is Line.DOWN:
            pc.transport.abort()
            return
        try:
            answers, room = await asyncio.open_connection("127.0.0.1", self._room, local_addr=(self._local, 0))
        except OSError:
            pc.transport.abort()
            return
        ends = (pc, room)
        self._ends.add(ends)
        said = self._tasks.spawn("said", self._pump(reader, room, Line.DEAF))
        heard = self._tasks.spawn("heard", self._pump(answers, pc, Line.MUTE))
        await asyncio.wait([said, heard], return_when=asyncio.FIRST_COMPLETED)
        if heard.done():
            pc.transport.abort()
        # What the PC said before its end broke still comes through, when the line lets it.
        await asyncio.wait([said])
        room.transport.abort()
        await asyncio.wait([heard])
        pc.transport.abort()
        self._ends.discard(ends)

    async def _pump(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, lost: Line) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # the latter is how uvloop names a closed end
            while data := await source.read(CHUNK):
                held = (Line.HOLE, lost, Line.LATE) if lost is Line.DEAF else (Line.HOLE, lost)
                while self._line in held:
                    await self._news.wait()
                if self._line is Line.SLOW:
                    await asyncio.sleep(len(data) / SLOW)
                to.write(data)
                await to.drain()
