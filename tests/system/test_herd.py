"""Everybody at once: a mass log-in with the paper, saves of all seats without a pause, a whole room that comes back
after an outage with answers to hand over, and all of them handing in; nobody is left behind.
"""

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.ledger import attempt_stream
from tests.bench.stage import RULES, exam_of, stage

SEATS = 400
PAPER = 200_000
SAVED, MORE = 20, 20
"""Answers of each seat that are sent when the room dies, and that are typed while it is away."""
FAIR, MOMENT = 4, 3.0
"""Nobody waits longer than this many times the middle one, of a herd that is served one after the other twice; or, if
that is next to nothing, than so many seconds more.
"""


@pytest.mark.long
@pytest.mark.system
async def test_four_hundred_come_at_once_and_each_gets_its_share(tmp_path: Path) -> None:
    async with stage(tmp_path, exam_of(SEATS, PAPER)) as here:
        here.site.release = False
        server, players = await here.serve(), await here.generator()
        await players.do("prepare", seats=SEATS, count=300)
        await here.orders(server)
        ref = here.exam.refs[0]
        await here.has_paper(ref.sha256.hex())
        path = f"/paper/{ref.sha256.hex()}"
        herd = await players.do("herd", seats=SEATS, port=server.port, path=path)
        assert herd["bytes"] == SEATS * ref.size, "nobody was turned away or cut short"
        assert herd["seconds"] < 60
        assert fair(herd)
        here.site.release = True
        await players.do("wait_opened", seats=SEATS)
        await players.tell("saves", seats=SEATS, seconds=2.0, warm=0.5)
        while "done" not in (done := await players.hear()):
            pass
        shares = done["done"]
        assert shares["least"] > 0
        assert shares["most"] <= 3 * shares["least"] + 3, "a seat waits for its turn, never for ever"


@pytest.mark.long
@pytest.mark.system
async def test_four_hundred_come_back_after_an_outage_and_hand_in_together(tmp_path: Path) -> None:
    """The room dies by kill -9 while 400 PCs send; they type on, come back together and lack nothing."""
    rules = msgspec.structs.replace(RULES, earliest_hand_in=0, last_leave=0)
    async with stage(tmp_path, exam_of(SEATS, rules=rules)) as here:
        server, players = await here.serve(), await here.generator()
        await players.do("prepare", seats=SEATS, count=SAVED)
        await here.orders(server)
        await players.do("connect", seats=SEATS, port=server.port)
        await players.do("wait_opened", seats=SEATS)
        await players.do("burst", seats=SEATS, share=0.4, kill=server.process.pid)
        await server.stop()
        server = await here.serve()
        back = await players.do("come_back", seats=SEATS, port=server.port, more=MORE)
        print(back | {"each": len(back["each"])})
        assert back["lost"] > 0, "the room died while answers were on their way"
        assert set(back["each"]) == {1 + SAVED + MORE}, "what was acknowledged is still there, and so is the rest"
        assert back["seconds"] < 30
        assert fair(back)
        done = await players.do("hand_in", seats=SEATS)
        print(done | {"each": len(done["each"])})
        assert done["seconds"] < 10
        assert fair(done)
        assert done["final"] < 20
        await here.rest()
        assert held(here.room / "room.db", SEATS) == [2 + SAVED + MORE] * SEATS


def fair(took: dict[str, Any]) -> bool:
    """Whether the last of a herd was served as soon as the middle one lets expect."""
    seconds, middle = took["seconds"], took["middle"]
    return bool(seconds < max(FAIR * middle, middle + MOMENT))


def held(database: Path, seats: int) -> list[int]:
    """How many records of each attempt a room's ledger holds."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        found = dict(db.execute("SELECT stream, count(*) FROM records WHERE epoch = 1 GROUP BY stream").fetchall())
    return [found[attempt_stream("m1", f"{seat:06}")] for seat in range(1, seats + 1)]
