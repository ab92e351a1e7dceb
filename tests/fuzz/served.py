"""A server behind sockets in this process, for targets that speak raw HTTP to it.

Judges what comes back: an answer 5xx of its own fault, a logged error or no end are findings. Makes no requests.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Coroutine

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

SECONDS = 20.0
QUIET_SECONDS = 0.02
ANSWER_BYTES = 1 << 20


class Watch(logging.Handler):
    """Keeps the first error that anything logs."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: logging.LogRecord | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler.emit`."""
        # What aiohttp itself finds to be no HTTP it logs and answers with 400: no fault of an application.
        kind = record.exc_info[0] if record.exc_info else None
        if kind is None or not issubclass(kind, HttpProcessingError):
            self.seen = self.seen or record

    def check(self) -> None:
        """Raises AssertionError with what was logged since the last check."""
        seen, self.seen = self.seen, None
        if seen is not None:
            text = logging.Formatter().format(seen)
            raise AssertionError(f"an error was logged: {text}")


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]


async def application(make: Callable[[], web.Application]) -> Connect:
    """The way to an application over socket pairs."""
    runner = web.AppRunner(make(), access_log=None, handle_signals=False)
    await runner.setup()
    server = runner.server
    assert server is not None

    async def connect() -> Streams:
        ours, theirs = socket.socketpair()
        await asyncio.get_running_loop().connect_accepted_socket(server, theirs)
        return await asyncio.open_connection(sock=ours)

    return connect


async def loopback(port: int) -> Connect:
    """The way to a port of this machine."""

    async def connect() -> Streams:
        return await asyncio.open_connection("127.0.0.1", port)

    return connect


class Served:
    """What `begin` serves in an event loop of its own."""

    def __init__(self, begin: Coroutine[None, None, Connect]) -> None:
        self.loop = asyncio.new_event_loop()
        self._watch = Watch()
        logging.getLogger().addHandler(self._watch)
        asyncio.set_event_loop(self.loop)
        self._connect = self.loop.run_until_complete(begin)

    def ask(self, data: bytes) -> bytes:
        """What the application answers to these bytes until it closes the connection."""
        answer = self.loop.run_until_complete(self._ask(data))
        self._watch.check()
        if b"HTTP/1.1 500 " in answer:
            raise AssertionError(f"an internal error is answered: {answer[:500]!r}")
        return answer

    async def _ask(self, data: bytes) -> bytes:
        reader, writer = await self._connect()
        writer.write(data)
        try:
            return await self._answer(reader, writer)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """Everything until the end; whoever waits for more of a request is told that nothing more comes."""
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                answer = await reader.read(ANSWER_BYTES)
        except TimeoutError:
            answer = b""
        async with asyncio.timeout(SECONDS):
            writer.write_eof()
            return answer + await reader.read(ANSWER_BYTES)
