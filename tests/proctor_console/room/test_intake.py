"""What the site's link brings: offers one after the other, and records that nobody here has judged."""

from pathlib import Path

from tests.support.fake_site import exam
from tests.support.room_day import eventually, room_day

SITTING = "sitting/m1/01"


async def test_records_whose_verdict_is_lost_are_judged_anew_without_their_pc(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(700)) as day:
        await day.armed()
        pc = await day.answering()
        await pc.answer(1, "A")
        await pc.answer(2, "B")
        await day.copied()
        await day.destroy()
        del day.site.copies[SITTING, 1][-1]
        await day.take_over()
        await eventually(lambda: day.kinds(SITTING, 2) == ["SittingOpened", "Accepted"])
        assert day.room.hall.desks["m1"].state.attempts["1001"].accepted.position == 3
