"""The generator: a process that plays all seats of a bench and reports what it saw, its own CPU included.

`python -m tests.bench.generator KIT` reads one JSON command a line on stdin and answers each with one line of JSON.
Chains are prepared between the timed parts. An answer that is not the acknowledgement due ends the process: figures
of a run in which anything was refused or lost do not exist.
"""

import asyncio
import gc
import json
import ssl
import sys
import time
from array import array
from collections import deque
from itertools import islice
from pathlib import Path
from typing import Any

import uvloop

from shared import codec, limits
from shared import messages as m
from shared.io import tls
from tests.bench.kit import Kit, Seat, Writer, read, server_name
from tests.bench.wire import Cut, Download, Socket

FROM_ROOM = m.RoomHello | m.Admitted | m.Ack | m.Opened | m.Refused | m.Beacon | m.Notice | m.ClockChanged
WAIT = 120.0


class Pc:
    """One seat. `due` holds when each save that is not acknowledged yet should have been sent."""

    def __init__(self, players: "Players", seat: Seat) -> None:
        self.seat = seat
        self.writer = Writer(players.kit, seat, 1)
        self.socket: Socket | None = None
        self.ready: asyncio.Future[None] | None = None
        self.frames: deque[bytes] = deque()
        self.due: deque[float] = deque()
        self.acknowledged = 0
        self.opened = 0.0
        self._players = players
        self._answers = self.writer.answers()
        self._opening = Writer.frame(self.writer.opening())
        self.context: ssl.SSLContext | None = None

    def prepare(self, count: int) -> None:
        """Seals so many saves, unless there are as many."""
        self.frames.extend(Writer.frame(entry) for entry in islice(self._answers, max(0, count - len(self.frames))))

    async def connect(self, port: int, raw: bool) -> None:
        """Connects; returns once logged in and opened (`raw`: upgraded)."""
        self.ready = asyncio.get_running_loop().create_future()

        def make() -> Socket:
            self.socket = Socket(self._raw_open, self._raw) if raw else Socket(self._greet, self._take)
            return self.socket

        await self._dial(port, make)
        await self.ready

    async def fetch(self, port: int, path: str) -> int:
        """Downloads a path by a connection of its own; its bytes."""
        made = await self._dial(port, lambda: Download(path))
        got: int = await made.done
        return got

    async def handshake(self, port: int) -> Any:
        """A TLS connection and nothing else."""
        return await self._dial(port, asyncio.Protocol)

    async def _dial(self, port: int, make: Any) -> Any:
        if self.context is None:
            self.context = tls.client_context(self._players.kit.ca, Path(self.seat.identity))
        _, made = await asyncio.get_running_loop().create_connection(
            make, "127.0.0.1", port, ssl=self.context, server_hostname=server_name(),
            local_addr=(self.seat.address, 0), ssl_handshake_timeout=WAIT,
        )  # fmt: skip
        return made

    def send(self, at: float) -> None:
        """Sends the next save; `at` is when it was due."""
        self.due.append(at)
        if len(self.due) == 1:
            self._write()

    def _write(self) -> None:
        self._transport.write(self.frames.popleft())

    def _greet(self) -> None:
        self._transport.write(self.writer.greeting())

    def _raw_open(self) -> None:
        assert self.ready is not None
        self.ready.set_result(None)

    def _raw(self, payload: bytes) -> None:
        """On a baseline: an acknowledgement, or the broadcast."""
        if not self.due:
            self.opened = time.monotonic()
            self._players.opened += 1
            return
        self._acknowledge(codec.decode(m.Ack, payload, limits.FRAME_BYTES))

    def _take(self, payload: bytes) -> None:
        message: m.Message = codec.decode(FROM_ROOM, payload, limits.FRAME_BYTES)  # type: ignore[arg-type]
        match message:
            case m.Ack():
                self._acknowledge(message)
            case m.RoomHello():
                self._transport.write(self.writer.log_in())
            case m.Admitted():
                if self.acknowledged == 0:
                    self.due.append(time.monotonic())
                    self._transport.write(self._opening)
            case m.Opened():
                self.opened = time.monotonic()
                self._players.opened += 1
            case m.Refused(refusal=refusal):
                raise Cut(f"seat {self.seat.seat}: {refusal}")
            case _:
                pass

    @property
    def _transport(self) -> Any:
        assert self.socket is not None
        return self.socket.transport

    def _acknowledge(self, ack: m.Ack) -> None:
        self.acknowledged += 1
        if ack.verdict != "accepted" or ack.point.position != self.acknowledged:
            raise Cut(f"seat {self.seat.seat}: {ack} where {self.acknowledged} was due")
        due = self.due.popleft()
        if self.ready is not None and not self.ready.done():
            self.ready.set_result(None)
            return
        now = time.monotonic()
        self._players.latencies.append(now - due)
        if self.due:
            self._write()
        elif self._players.closed_loop:
            self.send(now)


class Players:
    """All seats, and what is done with them."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.loop = asyncio.get_running_loop()
        self.pcs = [Pc(self, seat) for seat in kit.seats]
        self.opened = 0
        self.closed_loop = False
        self.latencies = array("d")
        self._held: list[Any] = []
        self.loop.set_exception_handler(self._failed)
        self._error: BaseException | None = None

    def _failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Cut) or error is None:
            print(json.dumps({"error": str(error or context.get("message"))}), flush=True)
            sys.stdout.close()
            self.loop.stop()

    async def prepare(self, seats: int, count: int) -> dict[str, Any]:
        """So many saves for each of the first seats."""
        for pc in self.pcs[:seats]:
            pc.prepare(count)
        gc.collect()
        gc.freeze()
        return {}

    async def connect(self, seats: int, port: int, raw: bool = False, at_once: int = 200) -> dict[str, Any]:
        """Connects the first seats, `at_once` at a time; how long it took, s."""
        begun = time.monotonic()
        gate = asyncio.Semaphore(at_once)

        async def one(pc: Pc) -> None:
            async with gate:
                await asyncio.wait_for(pc.connect(port, raw), WAIT)

        await asyncio.gather(*(one(pc) for pc in self.pcs[:seats]))
        return {"seconds": time.monotonic() - begun}

    async def herd(self, seats: int, port: int, path: str, raw: bool = False) -> dict[str, Any]:
        """All at once: connect, log in and fetch a file (`raw`: shake hands and fetch it); the times of each, s."""
        for pc in self.pcs[:seats]:
            pc.context = tls.client_context(self.kit.ca, Path(pc.seat.identity))
        begun, cpu = time.monotonic(), time.process_time()

        async def one(pc: Pc) -> tuple[float, int]:
            if raw:
                self._held.append(await pc.handshake(port))
            else:
                await pc.connect(port, False)
            got = await pc.fetch(port, path)
            return time.monotonic() - begun, got

        took = await asyncio.wait_for(asyncio.gather(*(one(pc) for pc in self.pcs[:seats])), WAIT)
        share = (time.process_time() - cpu) / (time.monotonic() - begun)
        return {"seconds": max(at for at, _ in took), "bytes": sum(got for _, got in took), "cpu": share}

    async def saves(self, seats: int, seconds: float, warm: float) -> dict[str, Any]:
        """A closed loop, one save outstanding for each of the first seats; what was acknowledged in the window."""
        self.closed_loop = True
        now = time.monotonic()
        for pc in self.pcs[:seats]:
            pc.send(now)
        await asyncio.sleep(warm)
        self.latencies = array("d")
        print(json.dumps({"window": True}), flush=True)
        begun, cpu = time.monotonic(), time.process_time()
        before = [pc.acknowledged for pc in self.pcs[:seats]]
        await asyncio.sleep(seconds)
        each = [pc.acknowledged - had for pc, had in zip(self.pcs[:seats], before, strict=True)]
        took, used, done = time.monotonic() - begun, time.process_time() - cpu, self.latencies
        self.closed_loop = False
        print(json.dumps({"window": False}), flush=True)
        await self._quiet(seats)
        found = {"saves": len(done), "seconds": took, "cpu": used / took, "least": min(each), "most": max(each)}
        return found | quantiles(done)

    async def paced(self, seats: int, rate: float, seconds: float, warm: float) -> dict[str, Any]:
        """Saves at a steady rate over the first seats in turn, each timed from when it was due."""
        pcs, begun, k = self.pcs[:seats], time.monotonic(), 0
        self.latencies = array("d")
        from_, cpu, heated = 0.0, 0.0, False
        while (now := time.monotonic()) < begun + warm + seconds:
            if not heated and now >= begun + warm:
                heated, from_, cpu, self.latencies = True, now, time.process_time(), array("d")
            while begun + k / rate <= now:
                pcs[k % seats].send(begun + k / rate)
                k += 1
            await asyncio.sleep(max(0.0, begun + k / rate - time.monotonic()))
        took, used, done = time.monotonic() - from_, time.process_time() - cpu, self.latencies
        await self._quiet(seats)
        return {"saves": len(done), "seconds": took, "cpu": used / took, **quantiles(done)}

    async def wait_opened(self, seats: int) -> dict[str, Any]:
        """Waits until all first seats hold the key (or got the broadcast); from first to last, s."""
        async with asyncio.timeout(WAIT):
            while self.opened < seats:  # noqa: ASYNC110  # the one loop is busy with nothing else
                await asyncio.sleep(0.01)
        times = sorted(pc.opened for pc in self.pcs[:seats])
        self.opened = 0
        return {"spread": times[-1] - times[0], "middle": times[len(times) // 2] - times[0]}

    async def hang_up(self) -> dict[str, Any]:
        """Ends all connections at once; the seats begin anew."""
        for pc in self.pcs:
            if pc.socket is not None:
                pc.socket.transport.abort()
        for one in self._held:
            del one
        self._held.clear()
        return {}

    async def _quiet(self, seats: int) -> None:
        """Until nothing is outstanding."""
        async with asyncio.timeout(WAIT):
            while any(pc.due for pc in self.pcs[:seats]):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


def quantiles(seconds: "array[float]") -> dict[str, float]:
    """Milliseconds."""
    found = sorted(seconds)
    return {f"p{q}": 1000 * found[min(len(found) - 1, len(found) * q // 100)] if found else 0.0 for q in (50, 99)}


async def main() -> None:
    """Carries out commands until stdin ends."""
    players = Players(read(Path(sys.argv[1])))
    print(json.dumps({"ready": True}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, arguments = json.loads(line)
        gc.collect()
        gc.disable()
        try:
            print(json.dumps({"done": await getattr(players, name)(**arguments)}), flush=True)
        except (Cut, OSError, TimeoutError) as error:
            print(json.dumps({"error": repr(error)}), flush=True)
        gc.enable()


if __name__ == "__main__":
    uvloop.run(main())
