"""Small files that are there whole or not at all: `shared.io.files`, written over and over."""

import random
from pathlib import Path

from shared.io.files import read_limited, write_durably
from tests.faults.promises import KEPT, TRIED, Found, Mark, Outcome, Ready, put

TURNS = 60
NAMES = ("settings.json", "deep/ca.crt", "deep/er/site.kdd")


async def work(folder: Path, drawn: random.Random, ready: Ready, turns: int = TURNS) -> None:
    """Writes three files in turn, of all sizes, each time acknowledged."""
    ready()
    for _ in range(turns):
        name, data = drawn.choice(NAMES), drawn.randbytes(drawn.choice((1, 300, 4096, 9000)))
        put(Mark(TRIED, name, value=data))
        write_durably(folder / name, data)
        put(Mark(KEPT, name, value=data))


async def recover(folder: Path, drawn: random.Random, on: bool) -> Outcome:
    """Reads them, then writes one again."""
    began = _read(folder)
    if not on:
        return Outcome(began)
    name = drawn.choice(NAMES)
    put(Mark(TRIED, name, value=b"new"))
    write_durably(folder / name, b"new")
    put(Mark(KEPT, name, value=b"new"))
    return Outcome(began, _read(folder))


def _read(folder: Path) -> Found:
    return Found({}, {name: read_limited(folder / name) for name in NAMES if (folder / name).exists()})
