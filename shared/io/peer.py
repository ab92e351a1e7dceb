"""The server's end of a LAN link: one aiohttp WebSocket with a bounded send queue and typed receiving.

A peer that does not read fast enough is disconnected, never awaited. Knows no message's meaning.
"""

import asyncio
import logging
from typing import Any, TypeVar

from aiohttp import WSMsgType, web

from shared import codec, limits
from shared.errors import Malformed, Unavailable
from shared.messages import Message

log = logging.getLogger(__name__)
T = TypeVar("T")


class ServerPeer:
    """One accepted connection. `address` is the peer's IP address, shown and recorded but never trusted."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
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
            message = await self._socket.receive()
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

    async def pump(self) -> None:
        """Sends what is queued until the connection ends; run as a task beside the receiving loop."""
        try:
            while (data := await self._queue.get()) is not None:
                await self._socket.send_bytes(data)
            await self._socket.close()
        except (ConnectionError, RuntimeError):
            self.closed = True


async def accept(request: web.Request, silent: int = limits.LINK_SILENT) -> ServerPeer:
    """Upgrades a request; frames are limited, compression is off, a peer of which nothing came for `silent` ms is
    cut.
    """
    # The library asks after its heartbeat and waits half as long again for the answer.
    heartbeat = silent / 1000 * 2 / 3
    socket = web.WebSocketResponse(heartbeat=heartbeat, max_msg_size=limits.FRAME_BYTES, compress=False, timeout=1.0)
    await socket.prepare(request)
    return ServerPeer(socket, request)
