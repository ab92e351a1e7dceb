"""Durable saves: how many a second, what one costs, and how long an acknowledgement takes under load."""

import os
import time
from pathlib import Path

from tests.bench.stage import Generator, Server, Stage, exam_of, stage
from tests.bench.table import Row, Sample

LATE = 20.0
"""Milliseconds beside three flushes that an acknowledgement may take."""


class Saves:
    """What a closed loop on one server showed."""

    def __init__(self, rate: float, cpu: float, generator: float, p99: float) -> None:
        self.rate = rate
        self.cpu = 1e6 * cpu
        """Microseconds of server CPU for each save, everything included."""
        self.generator = generator
        self.p99 = p99


async def closed_loop(server: Server, players: Generator, seats: int, seconds: float) -> Saves:
    """As many saves as the server takes, one outstanding for each seat."""
    await players.tell("saves", seats=seats, seconds=seconds, warm=seconds / 4)
    await players.hear()
    before = server.cpu()
    await players.hear()
    used = server.cpu() - before
    done = (await players.hear())["done"]
    return Saves(done["saves"] / done["seconds"], used / max(1, done["saves"]), done["cpu"], done["p99"])


async def connected(here: Stage, kind: str, seats: int, saves: int) -> tuple[Server, Generator]:
    """A fresh server of a kind and a generator whose first seats are logged in, the paper open, chains prepared."""
    here.forget()
    server, players = await here.serve(kind), await here.generator()
    await players.do("prepare", seats=seats, count=saves)
    raw = kind in ("plain", "raw")
    if not raw:
        here.site.release = False
        await here.orders(server)
    await players.do("connect", seats=seats, port=server.port, raw=raw)
    if not raw:
        here.site.release = True
        await players.do("wait_opened", seats=seats)
    return server, players


async def once(here: Stage, kind: str, seats: int, seconds: float) -> Saves:
    """A closed loop on a fresh server."""
    guess = {"one-by-one": 4_000, "room": 25_000, "plain": 30_000}[kind]
    try:
        server, players = await connected(here, kind, seats, 20 + int(guess * seconds * 1.6 / seats))
        return await closed_loop(server, players, seats, seconds)
    finally:
        await here.rest()


async def saves(folder: Path, disk: str, delay_us: int, repeats: int, seats: int, seconds: float) -> list[Row]:
    """The first three lines of the table."""
    naive, share, cpu = [], [], []
    async with stage(folder, exam_of(seats), delay_us) as here:
        for _ in range(repeats):
            one = await once(here, "one-by-one", seats, seconds)
            plain = await once(here, "plain", seats, seconds)
            room = await once(here, "room", seats, seconds)
            notes = {"generator": room.generator, "p99 ms": room.p99}
            naive.append(Sample(room.rate, one.rate, notes))
            share.append(Sample(room.rate, plain.rate, {"generator": plain.generator, "p99 ms": plain.p99}))
            cpu.append(Sample(room.cpu, plain.cpu))
    return [
        Row("saves/one by one", disk, "saves/s", naive, 50 if delay_us else 2, at_most=False),
        Row("saves/plain", disk, "saves/s", share, 0.65, at_most=False),
        Row("CPU of a save", disk, "us", cpu, 1.5, at_most=True),
    ]


def flushes(folder: Path, delay_us: int, times: int = 1000) -> tuple[float, float]:
    """How long one flush of 4 KiB takes on the disk of a folder, ms, the delay of the shim included: the median, and
    how much of the time the disk by itself spends in flushes of more than `LATE`, %.
    """
    path, took, begun = folder / "flush", [], time.perf_counter()
    with path.open("wb", buffering=0) as out:
        for _ in range(times):
            out.write(bytes(4096))
            at = time.perf_counter()
            os.fdatasync(out.fileno())
            took.append(1000 * (time.perf_counter() - at))
            time.sleep(0.005)
    path.unlink()
    stalled = sum(one for one in took if one > LATE) / (1000 * (time.perf_counter() - begun))
    return sorted(took)[times // 2] + delay_us / 1000, 100 * stalled


async def latency(folder: Path, disk: str, delay_us: int, repeats: int, seats: int, seconds: float) -> list[Row]:
    """Acknowledgements against offered load; 30 % of saturation is what is judged."""
    samples = []
    shares = (10, 30, 50, 70, 90)
    async with stage(folder, exam_of(seats), delay_us) as here:
        for _ in range(repeats):
            try:
                most = 20 + int(25_000 * seconds * 5 / seats)
                server, players = await connected(here, "room", seats, most)
                top = await closed_loop(server, players, seats, seconds)
                notes = {"saves/s at most": top.rate}
                for share in shares:
                    rate = top.rate * share / 100
                    await here.caught_up()
                    await players.do("prepare", seats=seats, count=20 + int(rate * seconds * 1.6 / seats))
                    done = await players.do("paced", seats=seats, rate=rate, seconds=seconds, warm=seconds / 4)
                    notes |= {f"p50@{share}%": done["p50"], f"p99@{share}%": done["p99"], f"gen@{share}%": done["cpu"]}
            finally:
                await here.rest()
            flush, stalled = flushes(here.room, delay_us)
            notes = {"flush ms": flush, "disk stalls %": stalled, **notes}
            samples.append(Sample(notes["p99@30%"], 3 * flush + LATE, notes))
    return [Row("ack at 30 % load", disk, "ms", samples, 1, at_most=True)]
