"""The client's end of a LAN link: one typed WebSocket over pinned TLS, kept up with jittered back-off.

A link carries MessagePack messages of `shared.messages` in binary frames. It knows no message's meaning and keeps
nothing: what must not be lost is resent by its owner after the next connect.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException

from shared import codec, limits
from shared.errors import KaodianError, Malformed, Unavailable
from shared.io import tls
from shared.messages import Message

log = logging.getLogger(__name__)
M = TypeVar("M")
Now = Callable[[], int | None]
FORBIDDEN = 403


def _no_time() -> int | None:
    return None


class Address:
    """Where to connect: host, port and the TLS name the certificate must carry; `local` binds our own address.

    `check` looks at the certificate (DER) of whoever is there and may raise `Unavailable`.
    """

    def __init__(self, host: str, port: int, name: str, path: str, local: str = "") -> None:
        self.host = host
        self.port = port
        self.name = name
        self.path = path
        self.local = local
        self.check: Callable[[bytes], None] = lambda _certificate: None


class Problem(msgspec.Struct, frozen=True):
    """Why an HTTP request was refused: the JSON that answers it."""

    code: str
    detail: str = ""


def problem(data: bytes, status: int) -> Problem:
    """Reads it; anything that is none has the code `refused`."""
    try:
        return codec.decode_json(Problem, data, limits.FRAME_BYTES)
    except Malformed:
        return Problem("refused", f"status {status}")


class Socket(Protocol):
    """What carries frames: a connection of `websockets`; `send` and `recv` raise its `ConnectionClosed`."""

    async def send(self, message: bytes) -> None:
        """Sends one frame."""
        ...

    async def recv(self) -> str | bytes:
        """The next frame."""
        ...

    async def close(self) -> None:
        """Closes the connection."""
        ...


class Peer(Generic[M]):
    """An open connection; `expect` is the type (or union) of messages that may come in, `most` their bytes."""

    def __init__(self, socket: Socket, expect: Any, most: int = limits.FRAME_BYTES) -> None:
        self._socket = socket
        self._expect = expect
        self._most = most

    async def send(self, message: Message) -> None:
        """Sends one message; raises `Unavailable` when the connection is gone."""
        try:
            await self._socket.send(codec.encode(message))
        except ConnectionClosed as error:
            raise Unavailable("the link was cut", "link_cut") from error

    async def receive(self) -> M:
        """The next message.

        Raises:
            Unavailable: the connection is gone.
            Malformed: the peer sent something that is no message for us.
        """
        try:
            data = await self._socket.recv()
        except ConnectionClosed as error:
            raise Unavailable("the link was cut", "link_cut") from error
        if isinstance(data, str):
            raise Malformed("a text frame on a binary link")
        message: M = codec.decode(self._expect, data, self._most)
        return message

    async def close(self) -> None:
        """Closes the connection."""
        await self._socket.close()


class Dial(Protocol):
    """How a connection is made: `dial`."""

    async def __call__(
        self, address: Address, context: ssl.SSLContext, expect: Any, most: int = ..., now: Now = ...
    ) -> Peer[Any]:
        """One connection; raises `Unavailable`."""
        ...


async def dial(
    address: Address, context: ssl.SSLContext, expect: Any, most: int = limits.FRAME_BYTES, now: Now = _no_time
) -> Peer[Any]:
    """One connection, taking frames of at most `most` bytes; the server's certificate must be valid at trusted time
    `now()`, where there is one.

    Raises:
        Unavailable: there is no way through (`no_link`), or the other end turned our certificate down with the
            code that the error carries.
    """
    uri = f"wss://{address.host}:{address.port}{address.path}"
    options: dict[str, Any] = {"local_addr": (address.local, 0)} if address.local else {}
    try:
        socket = await connect(
            uri,
            ssl=context,
            server_hostname=tls.host_name(address.name),
            compression=None,
            max_size=most,
            open_timeout=limits.LINK_SILENT / 1000,
            ping_interval=limits.LINK_SILENT / 2000,
            ping_timeout=limits.LINK_SILENT / 2000,
            close_timeout=1,
            proxy=None,
            **options,
        )
    except InvalidStatus as error:
        why = problem(bytes(error.response.body or b""), error.response.status_code)
        code = why.code if error.response.status_code == FORBIDDEN else "no_link"
        raise Unavailable(f"{address.name} turns us away: {why.detail or why.code}", code) from error
    except (OSError, InvalidHandshake, WebSocketException, TimeoutError) as error:
        raise Unavailable(f"{address.name} does not answer: {error.__class__.__name__}", "no_link") from error
    try:
        _check(address, tls.presented(socket.transport), now())
    except KaodianError:
        await socket.close()
        raise
    return Peer(socket, expect, most)


def _check(address: Address, certificate: bytes, at: int | None) -> None:
    """Whether the machine there counts; raises `Unavailable`."""
    begins, expires = tls.validity(certificate)
    if at is not None and not begins <= at < expires:
        raise Unavailable(f"the certificate of {address.name} is not valid now", "certificate_expired")
    address.check(certificate)


async def keep(
    where: Callable[[], Address],
    context: ssl.SSLContext,
    expect: Any,
    speak: Callable[[Peer[Any]], Awaitable[None]],
    on_down: Callable[[], None] = lambda: None,
    most: int = limits.FRAME_BYTES,
    now: Now = _no_time,
    on_failed: Callable[[Unavailable], None] = lambda _error: None,
    dialled: Dial = dial,
) -> None:
    """Dials for ever: runs `speak` on every connection, and after each end waits a jittered, growing while.

    `on_failed` hears why a connection did not come about.
    """
    pause = limits.LINK_RETRY_MIN
    while True:
        try:
            peer = await dialled(where(), context, expect, most, now)
        except Unavailable as error:
            log.debug("%s", error)
            on_failed(error)
        else:
            pause = limits.LINK_RETRY_MIN
            try:
                await speak(peer)
            except (Unavailable, Malformed) as error:
                log.info("link to %s ended: %s", where().name, error)
            finally:
                on_down()
                await peer.close()
        await asyncio.sleep(random.uniform(pause / 2, pause) / 1000)  # noqa: S311  # jitter, not a secret
        pause = min(pause * 2, limits.LINK_RETRY_MAX)
