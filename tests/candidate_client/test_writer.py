"""The way of an answer when the disk or the room is in the way."""

import sqlite3
from pathlib import Path

from candidate_client import view as v
from shared import commands as c
from tests.support.candidate_day import candidate_day
from tests.support.fake_site import QUICK, exam
from tests.support.room_day import eventually


async def test_a_disk_that_refuses_is_told_and_nothing_is_called_saved(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, QUICK)) as day:
        await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.EXAM)
        with sqlite3.connect(tmp_path / "pc1" / "journal.db") as db:
            db.execute("DROP TABLE records")
        db.close()
        await sitter.answer(1, "A")
        view = await sitter.until(lambda view: view.error != "")
        assert (view.error, view.saved, view.unsent) == ("disk_failed", {}, 1)
        assert view.answers == {"1": ("A",)}
        assert view.faults == ("disk_failed",)


async def test_a_signed_head_follows_the_hand_in(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, QUICK)) as day:
        console = await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.EXAM)
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.hand_in_opens <= view.now)
        await sitter.agent.intent(v.HandIn())
        await sitter.until(lambda view: view.receipt_final)
        assert await console.order(c.PermitLeave("1001")) == "", "the room keeps heads with its next commit"
        await eventually(lambda: ("attempt/m1/1001", 1) in day.room.site.heads)
