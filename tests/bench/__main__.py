"""`python -m tests.bench`: measures room and site against baselines of the same run: a table, and JSON.

    --seats N       seats of the stress (5,000); `--candidates` is the same
    --only NAME     saves, latency, start, herd, restart, replication or moves; may be repeated
    --quick         small numbers and one repetition: shows that everything works, measures nothing
    --repeat N      repetitions, of which the median counts (3)
    --disk WHICH    fast (as it is), slow (5 ms more for every flush) or both
    --folder DIR    where the data lies while measuring: it decides which disk is measured
    --json FILE     where to write all samples

What each figure means is in `docs/performance.md`. Ends with 1 if a goal was not met (never with `--quick`).
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from tests.bench import crowd, disk, moves, saves
from tests.bench.table import HEADING, Row

SLOW_US = 5000


class Sizes:
    """How large everything is."""

    def __init__(self, seats: int, quick: bool, repeats: int) -> None:
        self.seats = min(seats, 40) if quick else seats
        self.repeats = 1 if quick else repeats
        self.connections = min(self.seats, 1000)
        self.seconds = 0.4 if quick else 5.0
        self.paper = 50_000 if quick else 2 * crowd.MIB
        self.records = 2_000 if quick else 200_000
        self.room = 4 if quick else 40
        self.attempt = 50 if quick else 2_000


Measure = Callable[[Path, str, int, Sizes], Awaitable[list[Row]]]

MEASURES: dict[str, Measure] = {
    "saves": lambda at, name, us, n: saves.saves(at, name, us, n.repeats, n.connections, n.seconds),
    "latency": lambda at, name, us, n: saves.latency(at, name, us, n.repeats, n.seats, n.seconds),
    "start": lambda at, name, us, n: crowd.start(at, name, us, n.repeats, n.seats),
    "herd": lambda at, name, us, n: crowd.herd(at, name, us, n.repeats, n.connections, n.paper),
    "restart": lambda at, name, us, n: disk.restart(at, name, us, n.repeats, n.connections, n.records),
    "replication": lambda at, name, us, n: disk.replication(at, name, us, n.repeats, n.connections, n.records),
    "moves": lambda at, name, us, n: moves.moves(at, name, us, n.repeats, n.room, n.attempt),
}


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m tests.bench")
    made.add_argument("--seats", "--candidates", type=int, default=5000)
    made.add_argument("--only", action="append", choices=MEASURES, default=None)
    made.add_argument("--quick", action="store_true")
    made.add_argument("--repeat", type=int, default=3)
    made.add_argument("--disk", choices=("fast", "slow", "both"), default="both")
    made.add_argument("--json", type=Path)
    made.add_argument("--folder", type=Path, help="where the data lies: it decides which disk is measured")
    return made


async def measure(args: argparse.Namespace) -> list[Row]:
    """All rows that were asked for, printed as they come."""
    sizes = Sizes(args.seats, args.quick, args.repeat)
    disks = {"fast": 0, "slow": SLOW_US}
    print(HEADING, flush=True)
    rows: list[Row] = []
    for name in args.only or MEASURES:
        for which in disks if args.disk == "both" else (args.disk,):
            with tempfile.TemporaryDirectory(prefix="bench-", dir=args.folder) as folder:
                found = await MEASURES[name](Path(folder), which, disks[which], sizes)
            rows += found
            print(*found, sep="\n", flush=True)
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Measures; returns the exit code."""
    args = parser().parse_args(arguments)
    begun = time.monotonic()
    rows = uvloop.run(measure(args))
    if args.json is not None:
        about = {"python": platform.python_version(), "system": platform.system(), "seats": args.seats}
        about |= {"quick": args.quick, "seconds": round(time.monotonic() - begun)}
        args.json.write_text(json.dumps({"about": about, "rows": [row.facts() for row in rows]}, indent=1) + "\n")
    return 0 if args.quick or all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
