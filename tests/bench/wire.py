"""A lean client for a bench: WebSocket frames over TLS on a bare asyncio protocol, and one HTTP download.

Made to cost little: frames go out as they were prepared, what comes in is cut into payloads and handed on. Not for
anything else: it trusts its server to speak the protocol.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.bench.kit import masked

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: room\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
PING, CLOSE = 9, 8


class Cut(Exception):
    """The server ended a connection of the bench."""


class Socket(asyncio.Protocol):
    """One WebSocket. `on_open()` after the upgrade, `on_payload(bytes)` for each binary frame."""

    def __init__(self, on_open: Callable[[], None], on_payload: Callable[[bytes], None]) -> None:
        self.transport: Any = None
        self.closed = asyncio.get_running_loop().create_future()
        self._on_open = on_open
        self._on_payload = on_payload
        self._open = False
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the upgrade."""
        self.transport = transport
        self.transport.write(UPGRADE)

    def data_received(self, data: bytes) -> None:
        """Cuts what came into frames."""
        data = self._rest + data if self._rest else data
        at = 0
        if not self._open:
            at = data.find(b"\r\n\r\n") + 4
            if at < 4:
                self._rest = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                raise Cut(data[:200])
            self._open = True
            self._on_open()
        size = len(data)
        while size - at >= 2:
            body, length = at + 2, data[at + 1]
            if length == 126:
                body, length = at + 4, int.from_bytes(data[at + 2 : at + 4])
            elif length == 127:
                body, length = at + 10, int.from_bytes(data[at + 2 : at + 10])
            if size < body + length:
                break
            self._take(data[at] & 15, data[body : body + length])
            at = body + length
        self._rest = data[at:]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.transport.write(masked(payload, 10))
        elif opcode == CLOSE:
            self.transport.close()
        else:
            self._on_payload(payload)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits for the end hears of it."""
        if not self.closed.done():
            self.closed.set_result(exc)


class Download(asyncio.Protocol):
    """GETs a path and counts the bytes of the answer's body; `done` resolves to that count once they are all here."""

    def __init__(self, path: str) -> None:
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._transport: Any = None
        self._request = f"GET {path} HTTP/1.1\r\nHost: room\r\n\r\n".encode()
        self._head = b""
        self._size = -1
        self._got = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks."""
        self._transport = transport
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Counts."""
        if self._size < 0:
            self._head += data
            head, gap, data = self._head.partition(b"\r\n\r\n")
            if not gap:
                return
            if not head.startswith(b"HTTP/1.1 200"):
                raise Cut(head[:200])
            lines = head.lower().split(b"\r\n")
            self._size = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
        self._got += len(data)
        if self._got >= self._size and not self.done.done():
            self.done.set_result(self._got)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Too early, if the body is not whole."""
        if not self.done.done():
            self.done.set_exception(Cut(f"{self._got} of {self._size} bytes"))
