"""The way in from the LAN: one TLS port whose callers are counted (`shared.crowd`) before a byte of theirs is read.

A caller gets a limited time for the TLS handshake, for the head of the one request a connection may carry, and for a
body. Whoever is not let in is hung up on before the handshake. A herd that calls at once waits in the kernel's backlog
and is taken in order. Knows no routes and no messages. Where the event loop cannot watch a socket (Windows) it accepts
by itself: the deadlines hold and nobody is counted.
"""

import asyncio
import contextlib
import errno
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
from shared.io.tasks import Tasks

log = logging.getLogger(__name__)

BACKLOG = 4096
"""Callers the kernel holds until they are taken; a full backlog costs each of them a second and more."""
_AT_ONCE = 64
"""Callers taken in a row, so that whoever is inside already is served in between."""
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_RECOVER = 0.5
"""Seconds without new callers when the machine has no room for one more."""
_LINGER = 0.5
"""Seconds a refused body is still read, so that the refusal reaches an honest sender."""
_SHUTDOWN = 1.0
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
        super().close()
        self._left()

    def detach(self) -> int:
        """Leaves the descriptor to whoever closes it right now, and tells so, once."""
        found = super().detach()
        self._left()
        return found

    def _left(self) -> None:
        leave, self.leave = self.leave, None
        if leave is not None:
            leave()


class _Entrance:
    """A listening socket as aiohttp's runner knows it: `accept` is called when somebody is there."""

    def __init__(self, listener: socket.socket, accept: Callable[[], None]) -> None:
        self.sockets = (listener,)
        self._accept = accept
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        listener.listen(BACKLOG)
        self._loop.add_reader(listener, accept)

    def rest(self) -> None:
        """Nobody is taken for a moment."""
        self._loop.remove_reader(self.sockets[0])
        self._pause = self._loop.call_later(_RECOVER, self._loop.add_reader, self.sockets[0], self._accept)

    def close(self) -> None:
        """Takes nobody any more."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self.sockets[0])
        self.sockets[0].close()


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
        self._handshakes = Tasks()

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
        listener = socket.socket(family, kind, proto)
        try:
            with contextlib.suppress(AttributeError):  # Windows has another meaning for it, and no need of it
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
        entrance: Any
        try:
            entrance = _Entrance(listener, self._accept)
        except NotImplementedError:
            factory: Any = self._runner.server
            entrance = await loop.create_server(
                factory, sock=listener, ssl=self._ssl_context, backlog=BACKLOG,
                ssl_handshake_timeout=self._handshake, ssl_shutdown_timeout=_SHUTDOWN,
            )  # fmt: skip
        self._server = entrance

    async def stop(self) -> None:
        """Takes nobody any more; handshakes under way are cut."""
        await super().stop()
        await self._handshakes.close()

    def _accept(self) -> None:
        """Takes some of the callers that wait."""
        entrance: Any = self._server
        for _ in range(_AT_ONCE):
            try:
                caller, address = entrance.sockets[0].accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                log.warning("no room for one more connection: %s", error)
                entrance.rest()
                return
            self._greet(caller, address[:2])

    def _greet(self, caller: socket.socket, peer: Peer) -> None:
        guest = _Guest(caller.family, caller.type, caller.proto, fileno=caller.detach())
        guest.setblocking(False)
        if self._crowd.enter(peer, boot_now(), guest.hang_up):
            guest.leave = partial(self._crowd.leave, peer)
            self._handshakes.spawn("handshake", self._shake_hands(guest))
        else:
            guest.close()

    async def _shake_hands(self, guest: _Guest) -> None:
        factory: Any = self._runner.server
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                factory, guest, ssl=self._ssl_context, ssl_handshake_timeout=self._handshake,
                ssl_shutdown_timeout=_SHUTDOWN,
            )  # fmt: skip
        except OSError as error:  # TLS errors and time that ran out are such, too
            log.debug("a caller did not get through the handshake: %s", error)
            guest.close()


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
