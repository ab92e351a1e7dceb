"""The way in from the LAN: one TLS port whose callers are counted before a byte of theirs is read.

A caller gets a limited number of connections at once and of new ones a second, a limited time for the TLS handshake and
for the head of the one request a connection may carry, and for a body. Whoever asks for more is hung up on before the
handshake; everybody else notices nothing. Knows no routes and no messages. Where the event loop accepts by itself
(Windows), the deadlines hold and the counting does not.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web

from shared import limits
from shared.errors import Malformed, Unavailable
from shared.io.clock import boot_now
from shared.pace import Pace

log = logging.getLogger(__name__)

BACKLOG = 128
_LINGER = 0.5
"""Seconds a refused body is still read, so that the refusal reaches an honest sender."""
_MOST_PACES = 4_000
_SWITCHING = 101


class Crowd:
    """Who is connected, by address. `on_turned_away(address)` hears of each caller that is hung up on."""

    def __init__(
        self, per_address: int = limits.CONNECTIONS_PER_ADDRESS, on_turned_away: Callable[[str], None] = lambda _: None
    ) -> None:
        self.on_turned_away = on_turned_away
        self._per_address = per_address
        self._inside: dict[str, int] = {}
        self._paces: dict[str, Pace] = {}
        self._all = 0

    def enter(self, address: str, now: int) -> bool:
        """Counts a new connection, or says no."""
        if len(self._paces) > _MOST_PACES:
            self._paces = {one: pace for one, pace in self._paces.items() if not pace.full(now)}
        pace = self._paces.setdefault(address, Pace(limits.CONNECTS_AT_ONCE, limits.CONNECTS_PER_SECOND))
        inside = self._inside.get(address, 0)
        if pace.wait(now) or inside >= self._per_address or self._all >= limits.CONNECTIONS:
            self.on_turned_away(address)
            return False
        pace.spend(1, now)
        self._inside[address] = inside + 1
        self._all += 1
        return True

    def leave(self, address: str) -> None:
        """A connection that had entered is gone."""
        self._all -= 1
        self._inside[address] -= 1
        if not self._inside[address]:
            del self._inside[address]


class _Guest(socket.socket):
    """An accepted connection that says when it is closed."""

    leave: Callable[[], None] | None = None

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
            if self.crowd.enter(address[0], boot_now()):
                guest = _Guest(caller.family, caller.type, caller.proto, fileno=caller.detach())
                guest.leave = partial(self.crowd.leave, address[0])
                return guest, address
            caller.close()
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


async def body(request: web.Request, most: int, within: int = limits.REQUEST) -> bytes:
    """The whole body of a request.

    Raises:
        Malformed: more than `most` bytes.
        Unavailable: it was not here after `within` ms.
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
    return bytes(data)


async def _one_request(_request: web.Request, response: web.StreamResponse) -> None:
    if response.status != _SWITCHING:
        response.force_close()
