"""The client's end over real sockets: typed, pinned, and back again after every cut."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from shared import codec, limits
from shared import messages as m
from shared.errors import Malformed, Unavailable
from shared.io import link, tls
from shared.io.peer import ServerPeer
from shared.io.tasks import Tasks
from tests.support.wire import PATIENCE, wire


async def greet(peer: ServerPeer) -> None:
    """Says something, then listens."""
    peer.send(m.Notice("reminder", 5))
    while True:
        await peer.receive(m.HandUp)
        peer.send(m.Notice("hand_seen"))


async def test_a_dialled_link_carries_messages_both_ways(tmp_path: Path) -> None:
    async with wire(tmp_path, greet) as server:
        peer: link.Peer[m.Notice] = await link.dial(server.address(), tls.client_context(server.ca), m.RoomToPc)
        assert await peer.receive() == m.Notice("reminder", 5)
        await peer.send(m.HandUp())
        assert await peer.receive() == m.Notice("hand_seen")
        await peer.close()
        for use in (peer.receive(), peer.send(m.HandUp())):
            with pytest.raises(Unavailable) as caught:
                await use
            assert caught.value.wire_code == "link_cut"


@pytest.mark.parametrize(("now", "counts"), [(None, True), (99_999, False), (100_000, True), (200_000, False)])
async def test_a_server_counts_within_its_dates_once_there_is_trusted_time(
    tmp_path: Path, now: int | None, counts: bool
) -> None:
    async with wire(tmp_path, greet) as server:
        await server.stop()
        server.identity("room-01", (100_000, 200_000))
        await server.start()
        dialled = link.dial(server.address(), tls.client_context(server.ca), m.RoomToPc, now=lambda: now)
        if counts:
            await (await dialled).close()
            return
        with pytest.raises(Unavailable) as caught:
            await dialled
        assert caught.value.wire_code == "certificate_expired"


async def test_whoever_is_turned_away_hears_why_and_goes_on_trying(tmp_path: Path) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"code": "revoked"}, status=403)

    async with wire(tmp_path, greet) as server:
        await server.stop()
        app = web.Application()
        app.router.add_get("/ws", refuse)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        door = web.TCPSite(runner, "127.0.0.1", server.port, ssl_context=tls.server_context(tmp_path / "room-01"))
        await door.start()
        heard: asyncio.Queue[Unavailable] = asyncio.Queue()
        tasks = Tasks()
        keep = link.keep(
            server.address, tls.client_context(server.ca), m.RoomToPc, _never, on_failed=heard.put_nowait
        )  # fmt: skip
        tasks.spawn("keep", keep)
        async with asyncio.timeout(PATIENCE):
            assert [(await heard.get()).wire_code for _ in "12"] == ["revoked", "revoked"]
        await tasks.close()
        await runner.cleanup()


async def _never(_peer: link.Peer[Any]) -> None:
    raise AssertionError("nobody is connected")


async def test_a_message_for_somebody_else_is_malformed(tmp_path: Path) -> None:
    async with wire(tmp_path, greet) as server:
        peer: link.Peer[Any] = await link.dial(server.address(), tls.client_context(server.ca), m.RoomToConsole)
        with pytest.raises(Malformed):
            await peer.receive()
        await peer.close()


async def test_a_text_frame_is_malformed(tmp_path: Path) -> None:
    async def serve(peer: ServerPeer) -> None:
        await peer._socket.send_str("hello")
        await peer.receive(m.HandUp)

    async with wire(tmp_path, serve) as server:
        peer: link.Peer[Any] = await link.dial(server.address(), tls.client_context(server.ca), m.RoomToPc)
        with pytest.raises(Malformed, match="text frame"):
            await peer.receive()
        await peer.close()


async def test_a_frame_over_the_limit_cuts_the_link(tmp_path: Path) -> None:
    async def serve(peer: ServerPeer) -> None:
        peer.send_bytes(codec.encode(m.Receipt(bytes(limits.FRAME_BYTES))))
        await peer.receive(m.HandUp)

    async with wire(tmp_path, serve) as server:
        peer: link.Peer[Any] = await link.dial(server.address(), tls.client_context(server.ca), m.RoomToPc)
        with pytest.raises(Unavailable):
            await peer.receive()
        more = 2 * limits.FRAME_BYTES
        wide: link.Peer[Any] = await link.dial(server.address(), tls.client_context(server.ca), m.RoomToPc, more)
        assert len((await wide.receive()).document) == limits.FRAME_BYTES
        await peer.close()
        await wide.close()


async def test_who_does_not_answer_or_is_somebody_else_is_unavailable(tmp_path: Path) -> None:
    async with wire(tmp_path, greet) as server:
        _, stranger = tls.make_ca("elsewhere")
        other_name = link.Address("127.0.0.1", server.port, "room-02", "/ws")
        other_path = link.Address("127.0.0.1", server.port, "room-01", "/nothing")
        known = tls.client_context(server.ca)
        for address, context in (
            (server.address(), tls.client_context(stranger)), (other_name, known), (other_path, known),
        ):  # fmt: skip
            with pytest.raises(Unavailable) as caught:
                await link.dial(address, context, m.RoomToPc)
            assert caught.value.wire_code == "no_link"
    with pytest.raises(Unavailable):
        await link.dial(server.address(), known, m.RoomToPc)


async def test_a_link_binds_the_address_it_is_given(tmp_path: Path) -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def serve(peer: ServerPeer) -> None:
        seen.put_nowait(peer.address)

    async with wire(tmp_path, serve) as server:
        address = server.address()
        address.local = "127.0.3.7"
        peer = await link.dial(address, tls.client_context(server.ca), m.RoomToPc)
        assert await asyncio.wait_for(seen.get(), PATIENCE) == "127.0.3.7"
        await peer.close()


async def test_a_kept_link_comes_back_after_every_cut(tmp_path: Path) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def speak(peer: link.Peer[m.Notice]) -> None:
        heard.put_nowait((await peer.receive()).kind)
        await peer.receive()

    async with wire(tmp_path, greet) as server:
        tasks = Tasks()
        context = tls.client_context(server.ca)
        keeping = link.keep(server.address, context, m.RoomToPc, speak, lambda: heard.put_nowait("down"))
        tasks.spawn("link", keeping)
        for _ in range(2):
            assert await asyncio.wait_for(heard.get(), PATIENCE) == "reminder"
            await server.stop()
            assert await asyncio.wait_for(heard.get(), PATIENCE) == "down"
            await server.start()
        assert await asyncio.wait_for(heard.get(), PATIENCE) == "reminder"
        await tasks.close()


async def test_nobody_is_asked_in_a_tight_loop() -> None:
    asked: list[float] = []
    enough = asyncio.Event()

    def where() -> link.Address:
        asked.append(asyncio.get_running_loop().time())
        if len(asked) == 4:
            enough.set()
        return link.Address("127.0.0.1", port, "room-01", "/ws")

    async def never(_peer: link.Peer[Any]) -> None:
        raise AssertionError("nobody listens there")

    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = int(runner.addresses[0][1])
    await runner.cleanup()
    tasks = Tasks()
    tasks.spawn("link", link.keep(where, tls.client_context(tls.make_ca("x")[1]), m.RoomToPc, never))
    async with asyncio.timeout(PATIENCE):
        await enough.wait()
    await tasks.close()
    pauses = [1000 * (later - earlier) for earlier, later in pairwise(asked)]
    for grown, pause in enumerate(pauses):
        assert pause >= limits.LINK_RETRY_MIN * 2**grown / 2
