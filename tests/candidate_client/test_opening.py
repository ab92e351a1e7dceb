"""The paper lies sealed on the PC before the opening, and opens by itself."""

from pathlib import Path

from candidate_client import view as v
from tests.support.candidate_day import candidate_day
from tests.support.fake_site import QUICK, exam
from tests.support.room_day import eventually


async def test_is_here_before_the_opening_and_closed_until_then(tmp_path: Path) -> None:
    plan = exam(3_500, QUICK)
    async with candidate_day(tmp_path, plan) as day:
        console = await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await console.board(lambda board: any(row.paper for row in board.rows))
        assert sitter.agent.clock.now() < plan.session.start
        (kept,) = sitter.device.papers.iterdir()
        assert kept.read_bytes() == plan.papers["A"]
        assert (sitter.agent.screen, sitter.agent.paper_view()) == (v.Screen.WAITING, None)
        await sitter.screen(v.Screen.EXAM)
        (opened,) = sitter.said("opened")
        assert 0 <= int(str(opened["trusted"])) - plan.session.start < 1_000


async def test_a_late_candidate_gets_it_at_once_and_a_kept_form_is_not_fetched_again(tmp_path: Path) -> None:
    plan = exam(200, QUICK)
    async with candidate_day(tmp_path, plan) as day:
        await day.room.armed()
        await eventually(lambda: day.room.room.hall.desks["m1"].state.opened_at is not None)
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.EXAM)
        (kept,) = sitter.device.papers.iterdir()
        before = kept.stat().st_mtime_ns
        await sitter.leave()
        again = day.sitter("pc1", 1)
        await again.log_in("1001")
        await again.screen(v.Screen.EXAM)
        assert kept.stat().st_mtime_ns == before
