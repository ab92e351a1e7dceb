"""The way in from the LAN: one TLS port whose callers are counted (`shared.crowd`) before a byte of theirs is read.

A caller gets a limited time for the TLS handshake, for the head of the one request a connection may carry, and for a
body. Whoever is not let in is hung up on before the handshake. Knows no routes and no messages. Where the event loop
accepts by itself (Windows), the deadlines hold and nobody is counted.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import ClientPayloadError, web

from shared import limits
from shared.crowd import Crowd, Peer
from shared.errors import Malformed, Unavailable
from shared.io.clock import boot_now

log = logging.getLogger(__name__)

BACKLOG = 128
_LINGER = 0.5
"""Seconds a refused body is still read, so that the refusal reaches an honest sender."""
_SWITCHING = 101


class _Guest(socket.socket):
    """An accepted connection that says when it is closed."""

    leave: Callable[[], None] | None = None

    def hang_up(self) -> None:
        """Ends the connection; whoever serves it reads its end and closes it."""
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Closes the socket and tells so, once."""
        leave, self.leave = self.leave, None
        super().close()
        if leave is not None:
            leave()


class _Listener(socket.socket):
    """A listening socket that hangs up on whoever the crowd does not let in."""

    crowd: Crowd

    def accept(self) -> tuple[socket.socket, Any]:
        """The next caller who may come in; raises `BlockingIOError` when there is none."""
        for _ in range(BACKLOG):
            caller, address = super().accept()
            peer = address[:2]
            guest = _Guest(caller.family, caller.type, caller.proto, fileno=caller.detach())
            if self.crowd.enter(peer, boot_now(), guest.hang_up):
                guest.leave = partial(self.crowd.leave, peer)
                return guest, address
            guest.close()
        raise BlockingIOError


class Door(web.BaseSite):
    """A TLS port of an application that `runner` set up; used like aiohttp's own sites."""

    def __init__(
        self, runner: web.AppRunner, host: str, port: int, context: ssl.SSLContext, crowd: Crowd,
        handshake: int = limits.HANDSHAKE,
    ) -> None:  # fmt: skip
        super().__init__(runner, ssl_context=context, backlog=BACKLOG)
        self._host = host
        self._port = port
        self._crowd = crowd
        self._handshake = handshake / 1000

    @property
    def name(self) -> str:
        """Where it was to listen."""
        return f"https://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listens from now on; raises `OSError` when the port cannot be had."""
        await super().start()
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, proto, _, address = found[0]
        listener = _Listener(family, kind, proto)
        listener.crowd = self._crowd
        try:
            with contextlib.suppress(AttributeError):  # Windows has another meaning for it, and no need of it
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
        factory: Any = self._runner.server
        self._server = await loop.create_server(
            factory, sock=listener, ssl=self._ssl_context, backlog=BACKLOG,
            ssl_handshake_timeout=self._handshake, ssl_shutdown_timeout=1.0,
        )  # fmt: skip


def runner(app: web.Application, request: int = limits.REQUEST) -> web.AppRunner:
    """A runner whose connections carry one request each, and must have sent its head within `request` ms."""
    app.on_response_prepare.append(_one_request)
    return web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        keepalive_timeout=request / 1000,
        lingering_time=_LINGER,
        auto_decompress=False,
        shutdown_timeout=1.0,
    )


def peer_of(request: web.Request) -> Peer:
    """Who sent a request, as the crowd knows it."""
    name = request.transport.get_extra_info("peername") if request.transport is not None else None
    return (str(name[0]), int(name[1])) if name else ("", 0)


async def body(request: web.Request, most: int, within: int = limits.REQUEST) -> bytes:
    """The whole body of a request.

    Raises:
        Malformed: more than `most` bytes.
        Unavailable: it was not here after `within` ms, or its sender went away.
    """
    data = bytearray()
    try:
        async with asyncio.timeout(within / 1000):
            async for chunk in request.content.iter_any():
                data += chunk
                if len(data) > most:
                    raise Malformed(f"a body of more than {most} bytes", "too_large")
    except TimeoutError as error:
        raise Unavailable("the body did not come in time", "link_cut") from error
    except (ConnectionError, ClientPayloadError) as error:
        raise Unavailable("the body did not come whole", "link_cut") from error
    return bytes(data)


async def _one_request(_request: web.Request, response: web.StreamResponse) -> None:
    if response.status != _SWITCHING:
        response.force_close()
