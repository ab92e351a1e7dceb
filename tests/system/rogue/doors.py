"""Attacks on the door itself: TLS, HTTP, great bodies, slow and half-open sockets, a crowd of connections."""

import contextlib
import select
import socket
import ssl
import time

from shared import limits
from tests.system.rogue import line as w
from tests.system.rogue.attack import Attack, Scale
from tests.system.rogue.candidate import greet
from tests.system.rogue.world import OWN_ADDRESS, ROGUE_SEAT, World

HEAD = b"GET /ws HTTP/1.1\r\nHost: room\r\n"
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
JUNK = (
    b"\0" * 500,
    b"\xff\xfe GET / HTTP/1.1\r\n\r\n",
    b"GET /ws HTTP/9.9\r\n\r\n",
    b"GET /ws\r\n\r\n",
    HEAD + b"\r\n",
    HEAD + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    HEAD + UPGRADE + b"short\r\n\r\n",
    HEAD.replace(b"GET", b"POST") + UPGRADE + b"AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: room\r\n\r\n",
    HEAD + b"X: " + b"a" * 9_000 + b"\r\n\r\n",
    HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(2_000)) + b"\r\n",
    HEAD + b"Content-Length: -1\r\n\r\n",
    HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nHost: room\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"GET /paper/../../room.db HTTP/1.1\r\nHost: room\r\n\r\n",
    b"GET /paper/..%2f..%2froom.db HTTP/1.1\r\nHost: room\r\n\r\n",
    b"GET /paper/%00 HTTP/1.1\r\nHost: room\r\n\r\n",
    b"GET http://elsewhere/ HTTP/1.1\r\nHost: room\r\n\r\n",
    b"CONNECT site:8441 HTTP/1.1\r\nHost: room\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: room\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /nowhere HTTP/1.1\r\nHost: room\r\n\r\n" * 1_000,
)


def http_junk(world: World, _: Scale) -> None:
    """Requests that are none get a client error or nothing, never an upgrade, a file or a fault of the server."""
    for junk in JUNK:
        with world.line(world.address(), with_ws=False) as line:
            try:
                status, _head = line.ask(junk)
            except w.Cut:
                continue
            assert 400 <= status < 500, (junk[:80], status)


def no_tls(world: World, _: Scale) -> None:
    """Plain HTTP, noise instead of a handshake, an older TLS and noise after the handshake end the connection."""
    for said in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 64, b"\x16\x03\x01\x40\x00" + bytes(0x4000)):
        with contextlib.closing(w.plain(world.port, world.address())) as raw:
            raw.sendall(said)
            assert _ended(raw), said[:20]
    old = w.context(world.site.ca_certificate)
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    try:
        w.Line(world.port, old, world.address()).close()
    except w.Cut:
        pass
    else:
        raise AssertionError("TLS 1.2 was accepted")
    with world.stranger() as line:
        raw = socket.socket(fileno=socket.dup(line.socket.fileno()))
        raw.settimeout(w.PATIENCE)
        with contextlib.closing(raw):
            raw.sendall(b"\x16\x03\x03\x00\x04\x00\x00\x00\x00" * 1_000)
            assert _ended(raw)


def great_body(world: World, scale: Scale) -> None:
    """A body nobody asked for is not kept, and its sender is hung up on."""
    for path in (b"/ws", b"/enrol", b"/"):
        with world.stranger() as line, contextlib.suppress(w.Cut):
            line.send(b"POST %s HTTP/1.1\r\nHost: room\r\nContent-Length: %d\r\n\r\n" % (path, scale.body))
            for _ in range(scale.body >> 20):
                line.send(bytes(1 << 20))
            status, _head = line.ask(b"")
            assert 400 <= status < 500


def slow_sockets(world: World, scale: Scale) -> None:
    """Hundreds of callers that say nothing, or a byte now and then, keep nobody out and are hung up on in time."""
    held: list[socket.socket] = []
    kinds = (b"", b"\x16\x03\x01\x02\x00\x01", None, HEAD, HEAD + UPGRADE + b"AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\x82")
    address = world.address()
    for number in range(scale.slow * len(kinds)):
        if number % 20 == 0:
            address = world.address()
        said = kinds[number % len(kinds)]
        with contextlib.suppress(w.Cut):
            if number % len(kinds) < 2:
                raw = w.plain(world.port, address)
                raw.sendall(said or b"")
                held.append(raw)
            else:
                line = world.stranger(address) if number % 3 else world.line(address, with_ws=False)
                line.send(said or b"")
                held.append(line.socket)
    assert len(held) > scale.slow * 3
    took = [world.newcomer() for _ in range(5)]
    assert max(took) < 3_000, f"honest newcomers waited {took} ms"
    _trickle_until_cut(held)


def crowd(world: World, scale: Scale) -> None:
    """Who calls again and again is hung up on, staff hear from which seat, and others come in as ever."""
    calls = turned_away = 0
    with world.line() as own:
        greet(own, world.device, ROGUE_SEAT)
        begun = time.monotonic()
        while calls < scale.calls or not turned_away:
            calls += 1
            try:
                world.stranger(OWN_ADDRESS).close()
            except w.Cut:
                turned_away += 1
            seconds = 1 + time.monotonic() - begun
            # Whoever has nothing left is still let in once.
            may = limits.CONNECTS_AT_ONCE + 1 + limits.CONNECTS_PER_SECOND * seconds
            assert calls - turned_away <= may, f"{turned_away} of {calls} calls were turned away in {seconds:.0f} s"
            assert seconds < scale.calls, "the machine calls too slowly to be a crowd"
        assert world.newcomer() < 3_000
        assert world.told("crowd", seat=40)


def _ended(raw: socket.socket) -> bool:
    """Whether the server hangs up."""
    with contextlib.suppress(ConnectionError):
        while raw.recv(1 << 16):
            pass
    return True


def _trickle_until_cut(held: list[socket.socket]) -> None:
    """Sends a byte now and then, until everybody was hung up on; fails when somebody never is."""
    end, waiting, poll = time.monotonic() + 25, {one.fileno(): one for one in held}, select.poll()
    for number in waiting:
        poll.register(number, select.POLLIN)
    while waiting:
        assert time.monotonic() < end, f"{len(waiting)} slow sockets are still there"
        for number, _event in poll.poll(1_000):
            one = waiting[number]
            with contextlib.suppress(OSError):
                if one.recv(1 << 16):
                    continue
            poll.unregister(number)
            one.close()
            del waiting[number]
        for one in waiting.values():
            with contextlib.suppress(OSError):
                one.send(b"x")


ATTACKS: tuple[Attack, ...] = (http_junk, no_tls, great_body, slow_sockets, crowd)
