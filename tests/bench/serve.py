"""What the product is compared with: small servers over the same parts, each without what is to be weighed.

`python -m tests.bench.serve KIND DATA` in a room's folder, on a free port:

    one-by-one   the room service, each command in a transaction of its own
    plain        TLS, frames, typed decoding, group commit and pushing to the site; no decision, chain or sealing
    raw          a WebSocket that is only held, a file, and a broadcast for each line on stdin

It prints `ready HOST:PORT`, as the room service does. Not for anything else: `plain` and `raw` believe everybody.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from proctor_console.room import hall, machine
from proctor_console.room.app import RoomService
from proctor_console.room.desk import Desk
from shared import ledger, limits, outbox
from shared import messages as m
from shared.crowd import Crowd
from shared.errors import KaodianError
from shared.io import door, link, loop, tls
from shared.io import peer as peers
from shared.io.store import Batch, Store
from shared.io.tasks import Tasks
from shared.ledger import Header, Parsed, Point
from shared.pace import Pace

MOST = limits.OFFER_BYTES


def _give_up(_name: str, _error: BaseException) -> None:
    """A baseline that does not do all it should is none."""
    asyncio.get_running_loop().stop()


class OneByOne(Desk):
    """A desk that commits each command alone."""

    async def _turn(self, now: int) -> None:
        waiting, self._inbox = self._inbox[1:], self._inbox[:1]
        await super()._turn(now)
        self._inbox[:0] = waiting


class Plain:
    """Stores frames as they come, all that wait in one transaction, and acknowledges them after it."""

    def __init__(self, folder: Path) -> None:
        self._store = Store(folder / "plain.db")
        self._waiting: list[tuple[peers.ServerPeer, Parsed]] = []
        self._wake = asyncio.Event()
        self._count = 0
        self._tasks = Tasks(_give_up)

    async def serve(self, peer: peers.ServerPeer) -> None:
        """One connection."""
        self._count += 1
        stream, position = f"plain/{self._count}", 0
        while True:
            message: m.Message = await peer.receive(m.PcMessage)
            assert isinstance(message, m.Records)
            for entry in message.entries:
                position += 1
                header = Header(stream, 1, position, b"", 0, "", 0, 0, b"")
                self._waiting.append((peer, Parsed(header, entry, b"")))
            self._wake.set()

    async def replicate(self, found: machine.Machine) -> None:
        """Pushes what is stored to the site, as the room service does, for ever."""
        site = found.site_file
        context = tls.client_context(site.ca_certificate, found.folder)
        peer = await link.dial(link.Address(site.host, site.port, "site", "/link"), context, m.SiteToRoom, MOST)
        await peer.send(m.Link(m.PROTOCOL_VERSION, found.room))
        await peer.send(m.Kept((), (), (), (), b"", False))
        self._tasks.spawn("hear", self._hear(peer))
        seq = 0
        while True:
            rows = self._store.since(seq, limits.RECORDS_PER_FRAME)
            for part in outbox.batches([row.entry for row in rows]):
                await peer.send(m.Push(part))
            seq = rows[-1].seq if rows else seq
            await asyncio.sleep(0 if rows else 0.05)

    async def _hear(self, peer: link.Peer[Any]) -> None:
        while True:
            await peer.receive()

    async def work(self) -> None:
        """Commits and acknowledges, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            work, self._waiting = self._waiting, []
            await self._store.commit(Batch([parsed for _, parsed in work]))
            for peer, parsed in work:
                peer.send(m.Ack(Point(1, parsed.header.position, b""), "accepted", ""))


class Raw:
    """Holds connections."""

    def __init__(self) -> None:
        self._held: set[web.WebSocketResponse] = set()

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """One connection."""
        made = web.WebSocketResponse(compress=False)
        await made.prepare(request)
        self._held.add(made)
        try:
            while (await made.receive()).type is WSMsgType.BINARY:
                pass
        finally:
            self._held.discard(made)
        return made

    async def broadcast(self, size: int) -> None:
        """As many bytes to everybody for each line that comes in."""
        data = bytes(size)
        while await asyncio.to_thread(sys.stdin.readline):
            for one in list(self._held):
                await one.send_bytes(data)


async def serve_parts(kind: str, found: machine.Machine, opened_size: int) -> None:
    """`plain` or `raw`, for ever."""
    app, tasks = web.Application(), Tasks(_give_up)
    raw = Raw()

    async def file(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(found.papers / request.match_info["name"])

    if kind == "raw":
        app.add_routes([web.get("/ws", raw.socket), web.get("/paper/{name}", file)])
        tasks.spawn("broadcast", raw.broadcast(opened_size))
    else:
        plain = Plain(found.folder)
        tasks.spawn("work", plain.work())
        tasks.spawn("replicate", plain.replicate(found))

        async def socket(request: web.Request) -> web.StreamResponse:
            peer = await peers.accept(request, pace=Pace(limits.FRAMES_AT_ONCE, limits.FRAMES_PER_SECOND))
            try:
                await plain.serve(peer)
            except KaodianError:
                await peer.gone()
            return web.Response()

        app.add_routes([web.get("/ws", socket)])
    runner = door.runner(app) if kind == "plain" else web.AppRunner(app, access_log=None)
    await runner.setup()
    context = tls.server_context(found.folder, found.site_file.ca_certificate)
    crowd = Crowd()
    crowd.known = 100_000
    if kind == "plain":
        await door.Door(runner, "127.0.0.1", 0, context, crowd).start()
    else:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context, backlog=door.BACKLOG).start()
    print(f"ready 127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


async def serve_one_by_one(found: machine.Machine) -> None:
    """The room service with another desk, for ever."""
    setattr(hall, "Desk", OneByOne)  # noqa: B010  # the one thing that is to differ
    service = RoomService(found)
    await service.start("127.0.0.1", 0)
    print(f"ready 127.0.0.1:{service.port}", flush=True)
    await service.wait()


def main(kind: str, folder: Path) -> None:
    """Serves until killed."""
    found = machine.load(folder)
    opened = ledger.GENESIS  # a key's size; the rest of the opening is some 100 bytes more
    if kind == "one-by-one":
        loop.serve(serve_one_by_one(found))
    else:
        loop.serve(serve_parts(kind, found, len(opened) + 150))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
