"""A rogue's own line to a TLS port: raw sockets, TLS of the `ssl` module, HTTP and WebSocket frames written by hand.

Nothing of the project is imported: what is sent follows RFC 6455 and docs/protocol.md, or breaks them on purpose.
"""

import base64
import contextlib
import os
import socket
import ssl
import struct
import time
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]  # publishes no types

NO_CHECK_TIME = 0x200000
PATIENCE = 15.0
"""Seconds to wait for what must come."""
SERVER = "room-01.kaodian"
MASKED = 0x80
CONTINUE, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Cut(Exception):
    """The other side hung up, or refused the line."""


def context(ca: bytes, identity: Path | None = None) -> ssl.SSLContext:
    """Trusts the CA (DER), whatever the date; shows the certificate in the folder, if given."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    made.load_verify_locations(cadata=ca)
    if identity is not None:
        made.load_cert_chain(identity / "tls.crt", identity / "tls.key")
    return made


def plain(port: int, address: str) -> socket.socket:
    """A TCP connection from `address`; raises `Cut`."""
    try:
        return socket.create_connection(("127.0.0.1", port), PATIENCE, (address, 0))
    except OSError as error:
        raise Cut(str(error)) from error


def pack(message: dict[str, Any]) -> bytes:
    """One MessagePack message."""
    packed: bytes = msgpack.packb(message)
    return packed


def frame(payload: bytes, opcode: int = BINARY, fin: bool = True, rsv: int = 0, length: int | None = None) -> bytes:
    """One frame as a client sends it; `length` lies about the payload's."""
    size = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if size < 126:
        head += bytes([MASKED | size])
    elif size < 1 << 16:
        head += bytes([MASKED | 126]) + struct.pack(">H", size)
    else:
        head += bytes([MASKED | 127]) + struct.pack(">Q", size)
    # A mask of zeros is as good as any for one's own purposes.
    return head + bytes(4) + payload


class Line:
    """A TLS connection from `address`; raises `Cut` when it does not come about. With `with_ws` it is upgraded."""

    def __init__(
        self, port: int, tls: ssl.SSLContext, address: str, with_ws: bool = True, server: str = SERVER
    ) -> None:
        raw = plain(port, address)
        try:
            self.socket = tls.wrap_socket(raw, server_hostname=server)
        except (OSError, ssl.SSLError) as error:
            raw.close()
            raise Cut(str(error)) from error
        self._unread = b""
        try:
            if with_ws:
                self.upgrade()
        except (Cut, TimeoutError):
            self.socket.close()
            raise

    def upgrade(self, path: str = "/ws") -> None:
        """Makes it a WebSocket."""
        key = base64.b64encode(os.urandom(16))
        status, _ = self.ask(
            b"GET %s HTTP/1.1\r\nHost: room\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % (path.encode(), key)
        )
        if status != 101:
            raise Cut(f"status {status}")

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Sends bytes and reads one HTTP head: its status and the head."""
        self.send(request)
        while b"\r\n\r\n" not in self._unread:
            self._more()
        head, self._unread = self._unread.split(b"\r\n\r\n", 1)
        return int(head.split(b" ", 2)[1]), head

    def send(self, data: bytes) -> None:
        """Sends bytes as they are; raises `Cut`."""
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Cut(str(error)) from error

    def say(self, **message: Any) -> None:
        """Sends a message; `m` is its tag."""
        self.send(frame(pack(message)))

    def hear(self, *tags: str) -> dict[str, Any]:
        """The next message with one of these tags (any, if none is named), others passed over; answers pings."""
        end = time.monotonic() + PATIENCE
        while True:
            opcode, payload = self.read_frame()
            if opcode == PING:
                self.send(frame(payload, PONG))
                if time.monotonic() > end:
                    raise TimeoutError("nothing but pings")
            elif opcode == CLOSE:
                raise Cut("closed")
            elif opcode == BINARY:
                message: dict[str, Any] = msgpack.unpackb(payload)
                if not tags or message["m"] in tags:
                    return message

    def until_cut(self) -> list[dict[str, Any]]:
        """Everything heard until the other side hangs up; fails if it does not."""
        heard, end = [], time.monotonic() + PATIENCE
        with contextlib.suppress(Cut):
            while time.monotonic() < end:
                heard.append(self.hear())
            raise TimeoutError("nobody hangs up")
        return heard

    def read_frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame; raises `Cut`, or `TimeoutError` when nothing comes."""
        first, second = self._take(2)
        size = second & 0x7F
        if size == 126:
            size = int.from_bytes(self._take(2))
        elif size == 127:
            size = int.from_bytes(self._take(8))
        return first & 0x0F, self._take(size)

    def close(self) -> None:
        """Hangs up without a word."""
        self.socket.close()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, size: int) -> bytes:
        while len(self._unread) < size:
            self._more()
        found, self._unread = self._unread[:size], self._unread[size:]
        return found

    def _more(self) -> None:
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            raise
        except OSError as error:
            raise Cut(str(error)) from error
        if not data:
            raise Cut("end of stream")
        self._unread += data
