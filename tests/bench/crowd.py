"""Many at once: the start, the log-in herd, and what a connected seat takes of memory."""

from pathlib import Path

from tests.bench.stage import Stage, exam_of, stage
from tests.bench.table import Row, Sample

MIB = 1024 * 1024


async def start(folder: Path, disk: str, delay_us: int, repeats: int, seats: int) -> list[Row]:
    """From the first to the last client that holds the key; memory of a seat on the way there."""
    spreads, memory = [], []
    async with stage(folder, exam_of(seats), delay_us) as here:
        for _ in range(repeats):
            spread, middle, each = await _opening(here, "room")
            raw, raw_middle, raw_each = await _opening(here, "raw")
            spreads.append(Sample(1000 * spread, 1000 * raw, {"half ms": 1000 * middle, "raw half": 1000 * raw_middle}))
            memory.append(Sample(each / 1024, raw_each / 1024))
    return [
        Row("start spread", disk, "ms", spreads, 1.3, at_most=True),
        Row("memory of a seat", disk, "KiB", memory, 1.5, at_most=True),
    ]


async def _opening(here: Stage, kind: str) -> tuple[float, float, float]:
    """Spread and middle of the opening, s, and resident bytes of each connection."""
    here.forget()
    here.site.release = False
    server, players = await here.serve(kind), await here.generator()
    try:
        raw = kind == "raw"
        if not raw:
            await here.orders(server)
        before = server.memory()
        await players.do("connect", seats=here.seats, port=server.port, raw=raw)
        each = (server.memory() - before) / here.seats
        here.site.release = True
        if raw:
            await server.say()
        done = await players.do("wait_opened", seats=here.seats)
        return done["spread"], done["middle"], each
    finally:
        await here.rest()


async def herd(folder: Path, disk: str, delay_us: int, repeats: int, seats: int, paper: int = 2 * MIB) -> list[Row]:
    """All connect, log in and fetch a paper of `paper` bytes at once; the baseline shakes hands as often."""
    samples = []
    async with stage(folder, exam_of(seats, paper), delay_us) as here:
        name = here.exam.refs[0].sha256.hex()
        for _ in range(repeats):
            took = {}
            for kind in ("room", "raw"):
                here.forget()
                server, players = await here.serve(kind), await here.generator()
                try:
                    raw = kind == "raw"
                    if not raw:
                        await here.orders(server)
                        await here.has_paper(name)
                    done = await players.do("herd", seats=seats, port=server.port, path=f"/paper/{name}", raw=raw)
                finally:
                    await here.rest()
                if done["bytes"] != seats * here.exam.refs[0].size:
                    raise RuntimeError("a client of the herd did not get the whole paper")
                took[kind] = done
            notes = {"generator": took["room"]["cpu"], "raw generator": took["raw"]["cpu"]}
            samples.append(Sample(took["room"]["seconds"], took["raw"]["seconds"], notes))
    return [Row("log-in herd", disk, "s", samples, 1.5, at_most=True)]
