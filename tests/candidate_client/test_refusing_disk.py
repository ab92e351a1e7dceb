"""A PC whose disk refuses what must be kept before anything goes on: candidate and staff hear of it, once."""

from pathlib import Path

import msgspec
import pytest

from candidate_client import view as v
from shared import commands as c
from shared import ledger
from shared import messages as m
from shared.refusal import Refusal
from tests.candidate_client.test_brought_back import replaced, second_epoch
from tests.support.candidate_day import CandidateDay, candidate_day
from tests.support.fake_site import LONG, QUICK, exam

SPARE = 31


def let_in(day: CandidateDay) -> int:
    """How often the room's present machine has let somebody in."""
    store, stream = day.room.room.hall.store, day.room.room.hall.desks["m1"].stream
    point = store.points(stream)[stream][-1]
    kinds = [ledger.header_of(entry).kind for entry in store.entries(stream, point.epoch)]
    return kinds.count("LoggedIn")


async def test_a_log_in_that_cannot_be_kept_leads_to_another_pc(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        console = await day.room.armed()
        sitter = day.sitter("pc1", 1)
        sitter.fill_disk()
        await sitter.ask_in("1001")
        view = await sitter.until(lambda view: bool(view.error))
        assert (view.error, view.faults, view.hand_up, view.person) == ("disk_failed", ("disk_failed",), True, None)
        await console.board(lambda one: any(pc.seat == 1 and pc.faults == ("disk_failed",) for pc in one.pcs))
        await console.board(lambda one: one.rows[0].hand_up)
        view = await sitter.screen(v.Screen.LOGIN)
        assert view.error == "disk_failed"
        spare = day.sitter("spare", SPARE)
        await spare.ask_in("1001")
        await spare.screen(v.Screen.APPROVAL)
        assert await day.room.as_chief(c.ApproveResume("1001")) == ""
        await spare.let_in()
        await spare.screen(v.Screen.EXAM)
        assert let_in(day) == 2, "once here and once there: nothing is tried again by itself"


async def test_what_cannot_be_brought_back_stays_on_the_page(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        sitter = await second_epoch(day)
        sitter.fill_disk()
        await replaced(day)
        console = day.room.new_console()
        await console.log_in()
        await console.board(lambda one: one.rows[0].hand_up)
        view = sitter.agent.view
        assert (view.error, view.faults, view.link, view.screen) == (
            "disk_failed",
            ("disk_failed",),
            True,
            v.Screen.EXAM,
        )
        assert view.answers == {"1": ("B",), "2": ("C",)}
        await sitter.answer(1, "D")
        assert sitter.agent.view.answers["1"] == ("D",)
        assert let_in(day) == 1, "nothing is tried again on a line that stands"


async def test_a_journal_that_contradicts_the_room_is_not_set_aside_once_the_disk_refused(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        console = await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.EXAM)
        sitter.fill_disk()
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.error == "disk_failed")
        await console.board(lambda one: one.rows[0].hand_up)
        assert await console.order(c.LowerHand("1001")) == ""
        await sitter.until(lambda view: not view.hand_up)
        (pc,) = day.room.room.hall.presence.pcs
        pc.send(m.Refused(Refusal("conflict")))
        view = await sitter.until(lambda view: view.hand_up)
        assert (view.screen, view.answers, view.link) == (v.Screen.EXAM, {"1": ("A",)}, True)
        assert list(sitter.device.folder.glob("journal-*.db")) == []


async def test_a_paper_that_cannot_be_kept_leaves_the_pc_not_ready(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(60_000)) as day:
        console = await day.room.armed()
        sitter = day.sitter("pc1", 1)
        sitter.device.papers.write_bytes(b"no folder")
        await sitter.log_in("1001")
        view = await sitter.until(lambda view: bool(view.error))
        assert (view.error, view.faults, view.hand_up) == ("file_failed", ("file_failed",), True)
        board = await console.board(lambda one: one.rows[0].hand_up)
        assert not board.rows[0].paper and not sitter.said("ready")
        assert (await sitter.screen(v.Screen.WAITING)).error == "file_failed"
        sitter.device.papers.unlink()
        await day.cut()
        await sitter.until(lambda view: not view.link)
        await day.back()
        await console.connect()
        await console.log_in()
        await console.board(lambda one: one.rows[0].paper)
        assert (sitter.agent.view.error, sitter.agent.view.faults) == ("", ()), "over once it is kept"


@pytest.mark.parametrize("table", [True, False])
async def test_a_receipt_that_cannot_be_kept_is_shown_all_the_same(tmp_path: Path, table: bool) -> None:
    async with candidate_day(tmp_path, exam(300, QUICK)) as day:
        await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.EXAM)
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.unsent == 0 and view.hand_in_opens <= view.now)
        if table:
            sitter.fill_disk("facts WHEN NEW.name LIKE 'receipt/%'")
        else:
            (tmp_path / "pc1" / "receipts").write_bytes(b"no folder")
        await sitter.agent.intent(v.HandIn())
        view = await sitter.until(lambda view: view.receipt_final)
        fault = "disk_failed" if table else "file_failed"
        assert (view.screen, view.faults, view.error) == (v.Screen.FINISHED, (fault,), "")
        assert len(sitter.said("receipt")) <= 2, "provisional and final: the line was not dialled again for them"


async def test_a_receipt_that_is_kept_at_last_leaves_nothing_to_tell(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, QUICK)) as day:
        await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.EXAM)
        await day.room.site.down()
        await sitter.until(lambda view: view.hand_in_opens <= view.now)
        (tmp_path / "pc1" / "receipts").write_bytes(b"no folder")
        await sitter.agent.intent(v.HandIn())
        view = await sitter.until(lambda view: bool(view.receipt))
        assert (view.receipt_final, view.faults, view.hand_up) == (False, ("file_failed",), False)
        (tmp_path / "pc1" / "receipts").unlink()
        await day.room.site.up(day.folder / "site")
        assert (await sitter.until(lambda view: view.receipt_final)).faults == ()


async def test_what_was_never_saved_is_told_after_the_end(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, msgspec.structs.replace(QUICK, duration=5_000))) as day:
        await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.EXAM)
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.unsent == 0)
        sitter.fill_disk()
        await sitter.answer(1, "B")
        await sitter.answer(2, "C")
        view = await sitter.until(lambda view: bool(view.status))
        assert (view.screen, view.faults, view.unsaved) == (v.Screen.FINISHED, ("disk_failed",), 2)
        await day.cut()
        await sitter.until(lambda view: not view.link)
        told = len(sitter.said("alive"))
        await day.back()
        await sitter.until(lambda view: len(sitter.said("alive")) > told)
        assert sitter.agent.view.unsaved == 2, "as long as it runs"
