"""A TLS machine on the loopback for tests of links: a CA, identities, and one WebSocket door."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from shared import crypto, limits
from shared.errors import KaodianError
from shared.io import tls
from shared.io.link import Address
from shared.io.peer import ServerPeer, accept
from shared.io.tasks import Tasks

PATIENCE = 20.0
Serve = Callable[[ServerPeer], Awaitable[None]]


class Wire:
    """A server named `room-01` that runs `serve` on every connection, and how it ended."""

    def __init__(self, folder: Path, serve: Serve) -> None:
        self.folder = folder
        self.ca_key, self.ca = tls.make_ca("site T")
        self.identity("room-01")
        self._serve = serve
        self._tasks = Tasks()
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.silent = limits.LINK_SILENT
        self.ends: asyncio.Queue[KaodianError] = asyncio.Queue()

    def identity(self, name: str, valid: tuple[int, int] = tls.ALWAYS) -> Path:
        """A folder with a key and a certificate of this CA, with dates in ms UTC."""
        key, point = crypto.new_p256()
        tls.write_identity(self.folder / name, key, tls.issue(self.ca_key, self.ca, name, point, valid))
        return self.folder / name

    def address(self) -> Address:
        """Where it listens."""
        return Address("127.0.0.1", self.port, "room-01", "/ws")

    async def start(self) -> None:
        """Listens, at the same port as before."""
        app = web.Application()
        app.router.add_get("/ws", self._connection)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        context = tls.server_context(self.folder / "room-01", self.ca)
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=context).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Cuts everybody."""
        await self._tasks.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def end(self) -> KaodianError:
        """How the next connection ends at the server."""
        return await asyncio.wait_for(self.ends.get(), PATIENCE)

    async def _connection(self, request: web.Request) -> web.StreamResponse:
        peer = await accept(request, self.silent)
        try:
            await self._serve(peer)
        except KaodianError as error:
            self.ends.put_nowait(error)
        finally:
            await peer.gone()
        return peer._socket


@asynccontextmanager
async def wire(folder: Path, serve: Serve) -> AsyncIterator[Wire]:
    """A running server."""
    made = Wire(folder, serve)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()
