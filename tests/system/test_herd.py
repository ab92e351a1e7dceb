"""Everybody at once: a mass log-in with the paper, and saves of all seats without a pause; nobody is left behind."""

from pathlib import Path

import pytest

from tests.bench.stage import exam_of, stage

SEATS = 400
PAPER = 200_000


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
        here.site.release = True
        await players.do("wait_opened", seats=SEATS)
        await players.tell("saves", seats=SEATS, seconds=2.0, warm=0.5)
        while "done" not in (done := await players.hear()):
            pass
        shares = done["done"]
        assert shares["least"] > 0
        assert shares["most"] <= 3 * shares["least"] + 3, "a seat waits for its turn, never for ever"
