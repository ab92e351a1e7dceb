"""The server's end of a LAN link: one aiohttp WebSocket with a bounded send queue and typed, paced receiving.

A peer that does not read fast enough is disconnected, never awaited; one that sends too fast waits, and `on_flood`
hears of it. Knows no message's meaning.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import WSMessage, WSMsgType, web

from shared import codec, limits
from shared.errors import Malformed, Unavailable
from shared.io.clock import boot_now
from shared.messages import Message
from shared.pace import Pace

log = logging.getLogger(__name__)
T = TypeVar("T")


class ServerPeer:
    """One accepted connection. `address` is the peer's IP address, shown and recorded but never trusted."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, pace: Pace | None = None) -> None:
        self.on_flood: Callable[[], None] = lambda: None
        self._socket = socket
        self._pace = pace
        self._waited = 0
        self._transport = request.transport
        self.address = request.remote or ""
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(limits.SEND_QUEUE)
        self.closed = False

    def send(self, message: Message) -> None:
        """Queues one message; drops the connection when the queue is full."""
        self.send_bytes(codec.encode(message))

    def send_bytes(self, data: bytes) -> None:
        """Like `send`, for bytes encoded once and sent to many."""
        if self.closed:
            return
        try:
            self._queue.put_nowait(data)
        except asyncio.QueueFull:
            log.warning("peer %s reads too slowly and is disconnected", self.address)
            self.drop()

    def drop(self) -> None:
        """Ends the connection after what is queued, if the queue has room, else at once."""
        if self.closed:
            return
        self.closed = True
        try:
            self._queue.put_nowait(None)
        except asyncio.QueueFull:
            if isinstance(self._transport, asyncio.WriteTransport):
                self._transport.abort()

    async def receive(self, expect: type[T] | Any) -> T:
        """The next message of the expected type or union.

        Raises:
            Unavailable: the connection is gone.
            Malformed: too large, not binary, or not such a message.
        """
        try:
            message = await self._next()
        except ConnectionError as error:  # the answer to a ping met a connection that is going down
            self.drop()
            raise Unavailable("the peer is gone", "link_cut") from error
        if message.type is WSMsgType.BINARY:
            value: T = codec.decode(expect, message.data, limits.FRAME_BYTES)
            return value
        self.drop()
        if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
            raise Unavailable("the peer is gone", "link_cut")
        raise Malformed("a text frame on a binary link")

    def charge(self, units: int) -> None:
        """Counts work that a message made like so many frames."""
        if self._pace is not None:
            self._pace.spend(units, boot_now())

    async def _next(self) -> WSMessage:
        """The next frame that is neither ping nor pong; those count too."""
        while True:
            await self._even()
            message = await self._socket.receive()
            self.charge(1 + (len(message.data) // limits.FRAME_UNIT if message.type is WSMsgType.BINARY else 0))
            if message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                return message

    async def _even(self) -> None:
        """Waits until the peer has sent no more than it may: unread frames stay in its own send buffer."""
        wait = self._pace.wait(boot_now()) if self._pace is not None else 0
        if not wait:
            return
        self._waited += wait
        if self._waited >= limits.FLOOD_NOTICED:
            self._waited = 0
            self.on_flood()
        await asyncio.sleep(wait / 1000)

    async def pump(self) -> None:
        """Sends what is queued until the connection ends; run as a task beside the receiving loop."""
        try:
            while (data := await self._queue.get()) is not None:
                await self._socket.send_bytes(data)
            await self._socket.close()
        except (ConnectionError, RuntimeError):
            self.closed = True


async def accept(request: web.Request, silent: int = limits.LINK_SILENT, pace: Pace | None = None) -> ServerPeer:
    """Upgrades a request; frames are limited, compression is off, a peer of which nothing came for `silent` ms is
    cut. With a `pace` it is also kept to that (see `limits.FRAMES_PER_SECOND` for what counts).
    """
    # The library asks after its heartbeat and waits half as long again for the answer.
    heartbeat = silent / 1000 * 2 / 3
    socket = web.WebSocketResponse(
        heartbeat=heartbeat, max_msg_size=limits.FRAME_BYTES, compress=False, timeout=1.0, autoping=False
    )
    await upgrade(socket, request)
    return ServerPeer(socket, request, pace)


async def upgrade(socket: web.WebSocketResponse, request: web.Request) -> None:
    """Answers a request to speak WebSocket; raises `web.HTTPBadRequest` whatever is wrong with it."""
    try:
        await socket.prepare(request)
    except ValueError as error:
        # The library decodes and quotes headers without a thought for bytes that are no text.
        raise web.HTTPBadRequest from error
