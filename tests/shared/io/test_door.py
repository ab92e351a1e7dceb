"""A port that counts its callers: the crowd is kept out, and whoever says nothing is hung up on."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web

from shared.crowd import Crowd
from shared.errors import KaodianError
from shared.io import door, tls

PATIENCE = 20.0


class House:
    """A server behind a door and what it heard; `within` is its time for heads, bodies and handshakes, ms."""

    def __init__(self, crowd: Crowd, within: int) -> None:
        self.crowd = crowd
        self.within = within
        self.bodies: list[bytes | str] = []
        self.port = 0
        self.certificate = b""

    async def answer(self, request: web.Request) -> web.Response:
        """Takes a body of at most 1000 bytes."""
        try:
            self.bodies.append(await door.body(request, 1_000, self.within))
        except KaodianError as error:
            self.bodies.append(error.wire_code)
            return web.Response(status=400)
        return web.Response(text="well")

    async def call(self, text: bytes, address: str = "127.0.0.1") -> bytes:
        """What the server says to these bytes before it hangs up; empty when it does so at once."""
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self.port, ssl=tls.client_context(self.certificate), server_hostname="h.kaodian",
                local_addr=(address, 0),
            )  # fmt: skip
        except (OSError, ssl.SSLError):
            return b""
        writer.write(text)
        said = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        return said

    async def hung_up(self, caller: socket.socket) -> None:
        """Returns when the server has closed a silent connection."""
        loop = asyncio.get_running_loop()
        caller.setblocking(False)
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(loop.sock_recv(caller, 1), PATIENCE) == b""


@asynccontextmanager
async def house(folder: Path, crowd: Crowd | None = None, within: int = 5_000) -> AsyncIterator[House]:
    """A running server."""
    made = House(crowd or Crowd(), within)
    key, made.certificate = tls.self_signed("h")
    tls.write_identity(folder, key, made.certificate)
    app = web.Application()
    app.router.add_post("/", made.answer)
    runner = door.runner(app, within)
    await runner.setup()
    await door.Door(runner, "127.0.0.1", 0, tls.server_context(folder), made.crowd, within).start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


def post(body: bytes, extra: bytes = b"") -> bytes:
    """A request."""
    return b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), extra, body)


async def test_a_connection_carries_one_request(tmp_path: Path) -> None:
    async with house(tmp_path) as server:
        said = await server.call(post(b"one") + post(b"two"))
        assert said.startswith(b"HTTP/1.1 200") and said.count(b"HTTP/1.1") == 1
        assert server.bodies == [b"one"]


async def test_a_body_is_limited_as_it_comes_and_never_unpacked(tmp_path: Path) -> None:
    async with house(tmp_path) as server:
        await server.call(post(bytes(1_000)))
        await server.call(post(bytes(1_001)))
        await server.call(post(b"no gzip", b"Content-Encoding: gzip\r\n"))
        assert server.bodies == [bytes(1_000), "too_large", b"no gzip"]


@pytest.mark.parametrize("said", [b"", b"POST / HTTP/1.1\r\nHost: h\r\nX: "])
async def test_a_head_that_does_not_come_ends_the_connection(tmp_path: Path, said: bytes) -> None:
    async with house(tmp_path, within=200) as server:
        assert await server.call(said) == b""


async def test_a_body_that_does_not_come_ends_the_connection(tmp_path: Path) -> None:
    async with house(tmp_path, within=200) as server:
        assert (await server.call(post(bytes(9))[:-1])).startswith(b"HTTP/1.1 400")
        assert server.bodies == ["link_cut"]


async def test_a_sender_who_goes_away_in_the_middle_is_no_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(tmp_path) as server:
        context = tls.client_context(server.certificate)
        _, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context, server_hostname="h.kaodian")
        writer.write(post(bytes(9))[:-1])
        await writer.drain()
        writer.transport.abort()
        async with asyncio.timeout(PATIENCE):
            while not server.bodies:  # noqa: ASYNC110  # the server tells nobody
                await asyncio.sleep(0.01)
        assert server.bodies == ["link_cut"]
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_handshake_that_does_not_come_ends_the_connection(tmp_path: Path) -> None:
    async with house(tmp_path, within=200) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as silent:
            await server.hung_up(silent)


async def test_one_address_cannot_crowd_the_port(tmp_path: Path) -> None:
    turned_away: list[str] = []
    async with house(tmp_path, Crowd(3, turned_away.append)) as server:
        held = [socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.9.1", 0)) for _ in "123"]
        assert await server.call(post(b"own"), "127.0.9.1") == b""
        assert (await server.call(post(b"other"), "127.0.9.2")).startswith(b"HTTP/1.1 200")
        assert turned_away == ["127.0.9.1"]
        for one in held:
            one.close()
        async with asyncio.timeout(PATIENCE):
            while not (await server.call(post(b"own again"), "127.0.9.1")).startswith(b"HTTP/1.1 200"):  # noqa: ASYNC110  # the kernel tells nobody
                await asyncio.sleep(0.01)
        assert server.bodies == [b"other", b"own again"]
