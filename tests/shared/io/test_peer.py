"""The server's end over real sockets: strict frames, and nobody waits for a slow or silent peer."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any, TypeVar

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from shared import codec, limits
from shared import messages as m
from shared.errors import Malformed, Unavailable
from shared.io import tls
from shared.io.peer import ServerPeer
from tests.support.wire import PATIENCE, Wire, wire

T = TypeVar("T", bound=m.Message)


async def echo(peer: ServerPeer) -> None:
    """Answers every beacon."""
    while True:
        asked: m.Beacon = await peer.receive(m.Beacon)
        peer.send(m.BeaconReply(asked.sent, 1, 2, 3))


async def raw(server: Wire, **options: Any) -> ClientConnection:
    """A client that can send anything."""
    return await connect(
        f"wss://127.0.0.1:{server.port}/ws", ssl=tls.client_context(server.ca), server_hostname="room-01.kaodian",
        compression=None, proxy=None, **options,
    )  # fmt: skip


async def heard(client: ClientConnection, kind: type[T]) -> T:
    """The next message."""
    data = await asyncio.wait_for(client.recv(), PATIENCE)
    assert isinstance(data, bytes)
    return codec.decode(kind, data, limits.FRAME_BYTES)


async def test_messages_go_both_ways(tmp_path: Path) -> None:
    async with wire(tmp_path, echo) as server, await raw(server) as client:
        for sent in range(3):
            await client.send(codec.encode(m.Beacon(sent)))
            assert await heard(client, m.BeaconReply) == m.BeaconReply(sent, 1, 2, 3)


@pytest.mark.parametrize(
    "upgrade", [b"web\xffsocket", b"websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \xff"]
)
async def test_an_upgrade_that_is_no_text_is_the_callers_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, upgrade: bytes
) -> None:
    async with wire(tmp_path, echo) as server:
        context = tls.client_context(server.ca)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=context, server_hostname="room-01.kaodian"
        )
        writer.write(b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: " + upgrade + b"\r\n\r\n")
        assert (await asyncio.wait_for(reader.readline(), PATIENCE)).startswith(b"HTTP/1.1 400 ")
        writer.close()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    "frame",
    ["text", b"", b"\xc1", codec.encode(m.HandUp()), codec.encode(m.Beacon(1)) + b"\0"],
    ids=["text", "empty", "no-msgpack", "other-message", "more-bytes"],
)
async def test_a_frame_that_is_no_message_ends_the_connection(tmp_path: Path, frame: str | bytes) -> None:
    async with wire(tmp_path, echo) as server, await raw(server) as client:
        await client.send(frame)
        assert isinstance(await server.end(), Malformed)
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(client.recv(), PATIENCE)


async def test_a_frame_over_the_limit_is_not_even_read(tmp_path: Path) -> None:
    async with wire(tmp_path, echo) as server, await raw(server) as client:
        await client.send(bytes(limits.FRAME_BYTES + 1))
        assert isinstance(await server.end(), Unavailable)
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(client.recv(), PATIENCE)


async def test_a_peer_that_hangs_up_is_unavailable(tmp_path: Path) -> None:
    async with wire(tmp_path, echo) as server:
        client = await raw(server)
        await client.close()
        error = await server.end()
        assert isinstance(error, Unavailable) and error.wire_code == "link_cut"


async def test_a_slow_reader_is_dropped_and_the_others_hear_on(tmp_path: Path) -> None:
    peers: asyncio.Queue[ServerPeer] = asyncio.Queue()

    async def serve(peer: ServerPeer) -> None:
        peers.put_nowait(peer)
        await echo(peer)

    frame = codec.encode(m.Receipt(bytes(60_000)))
    async with wire(tmp_path, serve) as server, await raw(server) as good:
        await peers.get()
        bad = await raw(server, max_queue=1, close_timeout=0.1)
        bad.transport.pause_reading()
        slow = await peers.get()
        async with asyncio.timeout(PATIENCE):
            while not slow.closed:
                slow.send_bytes(frame)
                await asyncio.sleep(0)
        slow.send_bytes(frame)  # to a dropped peer: nothing, and no error
        await good.send(codec.encode(m.Beacon(7)))
        assert (await heard(good, m.BeaconReply)).sent == 7
        assert isinstance(await server.end(), Unavailable)
        bad.transport.abort()


async def test_a_peer_that_went_silent_is_cut_in_the_stated_time(tmp_path: Path) -> None:
    """The network goes without a word: no byte more, no reset."""
    async with wire(tmp_path, echo) as server:
        server.silent = 600
        client = await silent(server)
        started = asyncio.get_running_loop().time()
        error = await server.end()
        took = 1000 * (asyncio.get_running_loop().time() - started)
        client.close()
    assert isinstance(error, Unavailable)
    assert 500 < took < 850


async def test_a_quiet_peer_that_answers_pings_is_kept(tmp_path: Path) -> None:
    async with wire(tmp_path, echo) as server:
        server.silent = 150
        async with await raw(server) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.recv(), 0.6)
            assert server.ends.empty()


async def silent(server: Wire) -> socket.socket:
    """A client that upgrades by hand and then neither reads nor answers pings."""

    def dial() -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        context: ssl.SSLContext = tls.client_context(server.ca)
        made = context.wrap_socket(plain, server_hostname="room-01.kaodian")
        made.sendall(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert made.recv(1_000).startswith(b"HTTP/1.1 101")
        return made

    return await asyncio.to_thread(dial)


async def test_what_is_queued_leaves_before_a_drop(tmp_path: Path) -> None:
    async def serve(peer: ServerPeer) -> None:
        await peer.receive(m.HandUp)
        for value in range(3):
            peer.send(m.Notice("reminder", value))
        peer.drop()

    async with wire(tmp_path, serve) as server, await raw(server) as client:
        await client.send(codec.encode(m.HandUp()))
        assert [(await heard(client, m.Notice)).value for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ConnectionClosed):
            await client.recv()
