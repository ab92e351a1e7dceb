"""Verdicts on records, run by run."""

from pathlib import Path

from shared import messages as m
from shared.model import Rules
from tests.support.fake_site import exam
from tests.support.room_day import room_day, until


async def test_records_after_the_end_are_held_as_late(tmp_path: Path) -> None:
    rules = Rules(duration=900, late_entry=100, earliest_hand_in=0, reminders=(), grace=200, makeup=0)
    plan = exam(2_500, rules)
    async with room_day(tmp_path, plan) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        await until(plan.session.start + 900)
        assert (await pc.answer(1, "A")).verdict == "accepted", "within grace"
        assert (await pc.want(m.Finished)).status == "collected"
        ack = await pc.answer(1, "B")
        assert (ack.verdict, ack.reason) == ("held", "closed")
        await pc.records(*pc.entries)
        assert [(await pc.want(m.Ack)).verdict for _ in range(2)] == ["accepted", "held"], "each run has its verdict"
