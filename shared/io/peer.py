"""The server's end of a LAN link: one aiohttp WebSocket with bounded sending and typed, paced receiving.

Sending writes a whole frame to the transport at once. A peer that does not read fast enough is disconnected, never
awaited; one that sends too fast waits, and `on_flood` hears of it. Knows no message's meaning.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import WSMsgType, web

from shared import codec, limits
from shared.errors import Malformed, Unavailable
from shared.io.clock import boot_now
from shared.messages import Message
from shared.pace import Pace

log = logging.getLogger(__name__)
T = TypeVar("T")


_GOODBYE = 1.0
"""Seconds the other side gets to answer our closing frame."""
_CLOSE = b"\x88\x02\x03\xe8"
"""A closing frame, code 1000."""
_ENDS = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})


class ServerPeer:
    """One accepted connection. `address` is the peer's IP address, shown and recorded but never trusted."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, pace: Pace | None, most: int) -> None:
        self.on_flood: Callable[[], None] = lambda: None
        self._socket = socket
        self._pace = pace
        self._most = most
        self._waited = 0
        self._transport: Any = request.transport
        self.address = request.remote or ""
        self.closed = False

    def send(self, message: Message) -> None:
        """Sends one message; ends the connection of a peer that has not read what it was sent before."""
        self.send_bytes(codec.encode(message))

    def send_bytes(self, data: bytes) -> None:
        """Like `send`, for bytes encoded once and sent to many."""
        # Of one that is going down, heartbeat unanswered, not even the buffer may be asked any more.
        if self.closed or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > self._most:
            log.warning("peer %s reads too slowly and is disconnected", self.address)
            self.closed = True
            self._transport.abort()
            return
        self._transport.write(_frame(data))

    def drop(self) -> None:
        """Ends the connection after what was sent; a peer that does not agree to that is cut a moment later."""
        if self.closed:
            return
        self.closed = True
        if not self._transport.is_closing():
            self._transport.write(_CLOSE)
            asyncio.get_running_loop().call_later(_GOODBYE, self._transport.abort)

    async def gone(self) -> None:
        """Drops the peer and returns once it has agreed, or is cut; the last that whoever receives does."""
        self.drop()
        with contextlib.suppress(ConnectionError, RuntimeError):
            while (await self._socket.receive()).type not in _ENDS:
                pass
        self._transport.close()

    async def receive(self, expect: type[T] | Any) -> T:
        """The next message of the expected type or union.

        Raises:
            Unavailable: the connection is gone.
            Malformed: too large, not binary, or not such a message.
        """
        try:
            while True:
                if self._pace is not None and self._pace.overdrawn:
                    await self._even(self._pace)
                message = await self._socket.receive()
                if message.type is WSMsgType.BINARY:
                    data: bytes = message.data
                    self.charge(1 + len(data) // limits.FRAME_UNIT)
                    value: T = codec.decode(expect, data, limits.FRAME_BYTES)
                    return value
                self.charge(1)
                if message.type is WSMsgType.PING:
                    await self._socket.pong(message.data)
                elif message.type is not WSMsgType.PONG:
                    break
        except ConnectionError as error:  # the answer to a ping met a connection that is going down
            self.drop()
            raise Unavailable("the peer is gone", "link_cut") from error
        self.drop()
        if message.type in _ENDS:
            raise Unavailable("the peer is gone", "link_cut")
        raise Malformed("a text frame on a binary link")

    def charge(self, units: int) -> None:
        """Counts work that a message made like so many frames."""
        if self._pace is not None:
            self._pace.spend(units, boot_now())

    async def _even(self, pace: Pace) -> None:
        """Waits until the peer has sent no more than it may: unread frames stay in its own send buffer."""
        wait = pace.wait(boot_now())
        self._waited += wait
        if self._waited >= limits.FLOOD_NOTICED:
            self._waited = 0
            self.on_flood()
        await asyncio.sleep(wait / 1000)


def _frame(data: bytes) -> bytes:
    """A whole binary WebSocket frame, as a server sends it: unmasked."""
    size = len(data)
    if size < 126:
        return b"\x82" + size.to_bytes(1) + data
    if size < 65536:
        return b"\x82\x7e" + size.to_bytes(2) + data
    return b"\x82\x7f" + size.to_bytes(8) + data


async def accept(
    request: web.Request, silent: int = limits.LINK_SILENT, pace: Pace | None = None, most: int = limits.SEND_BYTES
) -> ServerPeer:
    """Upgrades a request; frames are limited, compression is off, a peer of which nothing came for `silent` ms is
    cut, and so is one that leaves more than `most` bytes unread. With a `pace` it is also kept to that (see
    `limits.FRAMES_PER_SECOND` for what counts).
    """
    # The library asks after its heartbeat and waits half as long again for the answer.
    heartbeat = silent / 1000 * 2 / 3
    socket = web.WebSocketResponse(
        heartbeat=heartbeat, max_msg_size=limits.FRAME_BYTES, compress=False, timeout=_GOODBYE, autoping=False,
        autoclose=False,
    )  # fmt: skip
    await upgrade(socket, request)
    return ServerPeer(socket, request, pace, most)


async def upgrade(socket: web.WebSocketResponse, request: web.Request) -> None:
    """Answers a request to speak WebSocket; raises `web.HTTPBadRequest` whatever is wrong with it."""
    try:
        await socket.prepare(request)
    except ValueError as error:
        # The library decodes and quotes headers without a thought for bytes that are no text.
        raise web.HTTPBadRequest from error
