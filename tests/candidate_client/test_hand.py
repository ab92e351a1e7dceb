"""A raised hand reaches the proctor over a line that breaks."""

from pathlib import Path

from candidate_client import view as v
from shared import commands as c
from tests.faults.proxy import Line, Proxy
from tests.support.candidate_day import candidate_day, local_of
from tests.support.fake_site import exam


async def test_a_hand_that_was_raised_as_the_line_broke_is_up_afterwards(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300)) as day:
        console = await day.room.armed()
        line = Proxy(day.line, local_of(1))
        await line.open()
        try:
            day.line = line.port
            sitter = day.sitter("pc1", 1)
            await sitter.log_in("1001")
            await sitter.screen(v.Screen.EXAM)
            line.become(Line.DEAF)
            await sitter.agent.intent(v.RaiseHand())
            line.become(Line.DOWN)
            view = await sitter.until(lambda view: not view.link)
            assert view.hand_up and not any(row.hand_up for row in (await console.board(lambda _: True)).rows)
            line.become(Line.UP)
            await console.board(lambda one: one.rows[0].hand_up)
            assert await console.order(c.LowerHand("1001")) == ""
            await sitter.until(lambda view: not view.hand_up)
        finally:
            await line.close()
