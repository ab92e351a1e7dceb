"""Connections that break, PCs that forget, and candidates who are somebody else."""

from pathlib import Path

from candidate_client import view as v
from tests.support.candidate_day import candidate_day
from tests.support.fake_site import QUICK, exam


async def test_a_pc_that_lost_its_journal_goes_on_from_what_the_room_has(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, QUICK)) as day:
        await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.EXAM)
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.unsent == 0)
        await sitter.leave()
        for part in (tmp_path / "pc1").glob("journal.db*"):
            part.unlink()
        again = day.sitter("pc1", 1)
        await again.log_in("1001")
        view = await again.screen(v.Screen.EXAM)
        assert (view.answers, again.said("logged_in")[0]["epoch"]) == ({"1": ("A",)}, 2)
        await again.answer(2, "B", "C")
        await again.until(lambda view: view.unsent == 0)


async def test_details_of_somebody_else_free_the_pc(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(60_000, QUICK)) as day:
        console = await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.screen(v.Screen.LOGIN)
        await sitter.log_in("1001")
        await sitter.leave()
        again = day.sitter("pc1", 1)
        await again.screen(v.Screen.LOGIN)
        await again.agent.intent(v.ConfirmDetails(False))
        await again.screen(v.Screen.LOGIN)
        await again.log_in("1001")
        await again.agent.intent(v.ConfirmDetails(False))
        view = await again.until(lambda view: view.screen is v.Screen.LOGIN and view.link)
        assert (view.person, view.hand_up) == (None, True)
        await console.board(lambda board: board.rows[0].hand_up)


async def test_a_finished_candidate_gets_the_receipt_again_after_a_cut(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, QUICK)) as day:
        await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.until(lambda view: view.screen is v.Screen.EXAM and view.hand_in_opens <= view.now)
        await sitter.agent.intent(v.HandIn())
        before = (await sitter.until(lambda view: view.receipt_final)).receipt
        await day.cut()
        await sitter.until(lambda view: not view.link)
        await day.back()
        view = await sitter.until(lambda view: view.link and len(sitter.said("receipt")) > 2)
        assert (view.screen, view.receipt) == (v.Screen.FINISHED, before)
        assert len(sitter.said("finished")) == 1


async def test_a_log_in_at_a_room_that_is_not_ready_is_repeated_by_the_pc(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(60_000, QUICK)) as day:
        await day.room.armed()
        hall = day.room.room.hall
        hall.disk_ok = False
        sitter = day.sitter("pc1", 1)
        await sitter.ask_in("1001")
        view = await sitter.until(lambda view: bool(view.error))
        assert (view.screen, view.error) == (v.Screen.LOGIN, "unavailable")
        await sitter.agent.intent(v.LogIn("1001", "mistyped"))
        await sitter.until(lambda view: bool(view.error))
        await sitter.ask_in("1001")  # only what was typed last is put to the room again
        await sitter.until(lambda view: bool(view.error))
        lines = hall.presence.pcs.copy()
        hall.disk_ok = True
        view = await sitter.until(lambda view: view.person is not None)
        assert (view.screen, view.error) == (v.Screen.CONFIRM, "")
        assert hall.presence.pcs == lines, "on the line that stood all the time: the page does not flicker"
        assert (len(sitter.said("logged_in")), sitter.said("refused")) == (1, [])
