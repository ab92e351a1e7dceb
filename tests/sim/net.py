"""The simulated LAN: connections with delay, cut or half-open, on which the product's own `Peer` and `ServerPeer` work.

A connection keeps order, as TCP does; what was under way when its client went may still arrive, beside or after what
a newer connection brings. A cut swallows everything, and each end notices later, by itself. In some exams the LAN is
worse than TCP lets it be: it doubles frames, and lets some of a client's overtake others. Knows no message.
"""

import asyncio
import random
import ssl
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import WSMessage, WSMsgType, web
from websockets.exceptions import ConnectionClosedError

from shared import limits
from shared.errors import Unavailable
from shared.io import link
from shared.io.peer import ServerPeer
from shared.pace import Pace
from tests.sim.host import Host
from tests.sim.loop import SimLoop

Accept = Callable[["Line"], None]
"""Takes a connection in at its end `server`; raises `Unavailable` to turn it away."""
BINARY = 0x82
"""First byte of a whole binary frame."""
SILENT = limits.LINK_SILENT / 1000


class End:
    """One end of a connection. `told` sees every frame that leaves here, `taken` hears that one is worked off."""

    def __init__(self, loop: SimLoop, host: Host) -> None:
        self.host = host
        self.closed = False
        self.other: End = self
        self.free = 0.0
        """Virtual second from which on a frame that leaves here may arrive: none overtakes another."""
        self.told: Callable[[bytes], None] | None = None
        self.taken: Callable[[], None] | None = None
        self._loop = loop
        self._inbox: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def arrive(self, data: bytes | None) -> None:
        """A frame, or None for the end of the stream."""
        if self.closed:
            return
        if data is None:
            self.closed = True
        else:
            self._inbox.append(data)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def next(self) -> bytes | None:
        """The next frame; None once the connection is gone."""
        if self.taken is not None:
            self.taken()
        while not self._inbox:
            if self.closed:
                return None
            self._waiter = self._loop.create_future()
            await self._waiter
        return self._inbox.popleft()


class Line:
    """A connection between two machines."""

    def __init__(self, net: "Net", client: Host, server: Host) -> None:
        self.client, self.server = End(net.loop, client), End(net.loop, server)
        self.client.other, self.server.other = self.server, self.client
        self._net = net
        self._gone = False
        self._lag = net.draw.expovariate(1 / net.lag)

    def send(self, end: End, data: bytes | None) -> None:
        """Sends a frame (None: the end of the stream) from one end to the other."""
        net, random = self._net, self._net.draw.random
        if net.spy is not None:
            net.spy(end.host, end.other.host, data)
        at = net.loop.now + self._lag * random() * (net.slow if random() < 0.1 else 1)
        if net.rough and data is not None and random() < net.rough:
            net.loop.call_at(at + self._lag * random() * net.slow, self._deliver, end.other, data)
        # What a service sends keeps order: an acknowledgement speaks of everything since the one before it.
        if not net.rough or random() > net.rough or end is self.server:
            at = end.free = max(at, end.free)
        net.loop.call_at(at, self._deliver, end.other, data)

    def close(self, end: End) -> None:
        """One end hangs up: what it sent still arrives."""
        if not end.closed:
            self.send(end, None)
            end.arrive(None)

    def cut(self) -> None:
        """Nothing gets through any more; each end notices by itself."""
        self._gone = True
        for end in (self.client, self.server):
            self._net.loop.call_later(self._net.draw.uniform(0.2, SILENT), end.arrive, None)

    def _deliver(self, end: End, data: bytes | None) -> None:
        if self._gone:
            return
        if self._net.parted(end.host, end.other.host):
            self.cut()
        else:
            end.arrive(data)


class Net:
    """The LAN; `lag` is the mean delay of a frame in seconds, `slow` how much longer a delayed one takes.

    `rough` is the share of frames that arrive twice, and of a client's that keep to no order.
    """

    def __init__(self, loop: SimLoop, draw: random.Random) -> None:
        self.loop = loop
        self.draw = draw
        self.lag = draw.choice((0.001, 0.004, 0.02))
        self.slow = draw.choice((1, 10, 300))
        self.rough = draw.choice((0.0, 0.0, 0.01, 0.05))
        self.lines: list[Line] = []
        self.spy: Callable[[Host, Host, bytes | None], None] | None = None
        """Sees whatever is sent, and the end of every stream."""
        self._listening: dict[str, tuple[Host, Accept]] = {}
        self._parted: set[frozenset[str]] = set()

    def listen(self, name: str, host: Host, accept: Accept) -> None:
        """From now on `name` is answered here."""
        self._listening[name] = (host, accept)

    def part(self, one: Host, other: Host, parted: bool) -> None:
        """Takes two machines apart, or lets them meet again."""
        pair = frozenset((one.name, other.name))
        if not parted:
            self._parted.discard(pair)
            return
        self._parted.add(pair)
        for line in self.lines:
            if {line.client.host.name, line.server.host.name} == pair:
                line.cut()

    def smooth(self) -> None:
        """From now on connections keep order; what a rough one brought too early is sent again on the next."""
        if self.rough:
            self.rough = 0.0
            for line in self.lines:
                line.cut()

    def parted(self, one: Host, other: Host) -> bool:
        """Whether nothing gets from one to the other now."""
        return bool(self._parted) and frozenset((one.name, other.name)) in self._parted

    def hang_up(self, host: Host, power: bool) -> None:
        """A machine's process is gone: its system hangs up for it, unless the power went."""
        for line in self.lines:
            for end in (line.client, line.server):
                if end.host is host:
                    if power:
                        line.cut()
                    else:
                        line.close(end)
        self.lines = [line for line in self.lines if host not in (line.client.host, line.server.host)]

    def dialler(self, host: Host, wire: Callable[[End], None] = lambda _end: None) -> link.Dial:
        """How one machine connects; `wire(end)` is told its end."""

        async def dial(
            address: link.Address, context: ssl.SSLContext, expect: Any, most: int = 0, now: link.Now = lambda: None
        ) -> link.Peer[Any]:
            if address.name not in self._listening:
                raise Unavailable(f"{address.name} does not answer", "no_link")
            server, accept = self._listening[address.name]
            if self.parted(host, server):
                await asyncio.sleep(self.draw.uniform(0.5, SILENT))
                raise Unavailable(f"{address.name} does not answer", "no_link")
            await asyncio.sleep(2 * self.draw.expovariate(1 / self.lag))
            if not server.up or self.parted(host, server):
                raise Unavailable(f"{address.name} does not answer", "no_link")
            line = Line(self, host, server)
            server.context.copy().run(accept, line)
            self.lines = [one for one in self.lines if not (one.client.closed and one.server.closed)]
            self.lines.append(line)
            wire(line.client)
            return link.Peer(ClientSocket(line, line.client), expect, most or limits.FRAME_BYTES)

        return dial


class ClientSocket:
    """What `shared.io.link.Peer` works on."""

    def __init__(self, line: Line, end: End) -> None:
        self._line = line
        self._end = end

    async def send(self, message: bytes) -> None:
        """As a WebSocket's."""
        if self._end.closed:
            raise ConnectionClosedError(None, None)
        if self._end.told is not None:
            self._end.told(message)
        self._line.send(self._end, message)

    async def recv(self) -> bytes:
        """As a WebSocket's."""
        data = await self._end.next()
        if data is None:
            raise ConnectionClosedError(None, None)
        return data

    async def close(self) -> None:
        """As a WebSocket's."""
        self._line.close(self._end)


class ServerSocket:
    """What `shared.io.peer.ServerPeer` works on: aiohttp's socket and its transport in one."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._end = line.server

    async def receive(self) -> WSMessage:
        """As the socket's."""
        data = await self._end.next()
        return WSMessage(WSMsgType.CLOSED, None, None) if data is None else WSMessage(WSMsgType.BINARY, data, None)

    def write(self, frame: bytes) -> None:
        """As the transport's; takes whole frames."""
        if frame[0] != BINARY:
            self._line.close(self._end)
        elif not self._end.closed:
            data = frame[{126: 4, 127: 10}.get(frame[1], 2) :]
            if self._end.told is not None:
                self._end.told(data)
            self._line.send(self._end, data)

    def get_write_buffer_size(self) -> int:
        """As the transport's: nothing waits here."""
        return 0

    def is_closing(self) -> bool:
        """As the transport's."""
        return self._end.closed

    def close(self) -> None:
        """As the transport's."""
        self._line.close(self._end)

    abort = close


def served(line: Line, address: str, pace: Pace | None = None) -> ServerPeer:
    """The product's server end of a connection."""
    socket = ServerSocket(line)
    request = cast(web.Request, SimpleNamespace(transport=socket, remote=address))
    return ServerPeer(cast(web.WebSocketResponse, socket), request, pace, limits.SEND_BYTES)
