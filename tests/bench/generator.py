"""The generator: a process that plays all seats of a bench and reports what it saw, its own CPU included.

`python -m tests.bench.generator KIT` reads one JSON command a line on stdin and answers each with one line of JSON.
Chains are prepared between the timed parts. An answer that is not the acknowledgement due ends the process: figures
of a run in which anything was refused or lost do not exist.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import time
from array import array
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from shared.io import tls
from tests.bench.kit import Kit, read
from tests.bench.pc import WAIT, Pc
from tests.bench.wire import Cut

_TICK = 0.001
"""Seconds between two looks at what is due: a generator that looks for every single one is busy with looking."""


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
        return spread([at for at, _ in took]) | {"bytes": sum(got for _, got in took), "cpu": share}

    async def burst(self, seats: int, share: float, kill: int) -> dict[str, Any]:
        """All at once, everything that is prepared; ends process `kill` once `share` of it is acknowledged."""
        pcs, before = self.pcs[:seats], sum(pc.acknowledged for pc in self.pcs[:seats])
        some = share * sum(len(pc.frames) for pc in pcs)
        for pc in pcs:
            pc.burst()
        async with asyncio.timeout(WAIT):
            while sum(pc.acknowledged for pc in pcs) - before < some:  # noqa: ASYNC110  # as in `wait_opened`
                await asyncio.sleep(0)
        # Whoever is only told of it comes too late: the rest takes the room a moment.
        os.kill(kill, signal.SIGKILL)
        return {}

    async def come_back(self, seats: int, port: int, more: int) -> dict[str, Any]:
        """All at once after the room is back: what was not acknowledged and `more` saves; the times until each seat has
        everything acknowledged, s, and how many frames were on their way when the room went.
        """
        pcs = self.pcs[:seats]
        lost = [len(pc.sent) for pc in pcs]
        for pc in pcs:
            await pc.gone()
            pc.prepare(more)
        took = await self._together(pcs, lambda pc: pc.come_back(port))
        return spread(took) | {"lost": sum(lost), "each": [pc.acknowledged for pc in pcs]}

    async def hand_in(self, seats: int) -> dict[str, Any]:
        """All at once; the times until each seat has a receipt, s, and until the last final one."""
        found = await asyncio.wait_for(asyncio.gather(*(pc.hand_in() for pc in self.pcs[:seats])), WAIT)
        final = max(final for _, final in found)
        each = [pc.acknowledged for pc in self.pcs[:seats]]
        return spread([first for first, _ in found]) | {"final": final, "each": each}

    async def _together(self, pcs: list[Pc], work: Callable[[Pc], Awaitable[None]]) -> list[float]:
        """Does something for all of them at once; after how many seconds each was ready."""
        begun = time.monotonic()

        async def one(pc: Pc) -> float:
            await work(pc)
            return time.monotonic() - begun

        return await asyncio.wait_for(asyncio.gather(*(one(pc) for pc in pcs)), WAIT)

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
        # What is acknowledged from here on is outside the window.
        took, used, done = time.monotonic() - begun, time.process_time() - cpu, array("d", self.latencies)
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
            await asyncio.sleep(max(_TICK, begun + k / rate - time.monotonic()))
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


def spread(seconds: list[float]) -> dict[str, float]:
    """The last one's time and the middle one's."""
    return {"seconds": max(seconds), "middle": median(seconds)}


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
