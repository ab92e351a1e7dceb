"""Who is told what after a commit."""

from pathlib import Path

from shared import commands as c
from shared import messages as m
from tests.support.fake_site import exam
from tests.support.room_day import room_day


async def test_the_start_waits_for_keys_with_an_alarm_and_opens_when_they_come(tmp_path: Path) -> None:
    plan = exam(700)
    async with room_day(tmp_path, plan) as day:
        day.site.release = False
        console = await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        assert (await console.want(m.Alarm)).code == "keys_missing"
        assert not any(isinstance(message, m.Opened) for message in pc.seen)
        day.site.release = True
        assert (await pc.want(m.Opened)).clock.opened >= plan.session.start


async def test_staff_acts_reach_the_candidates_they_concern(tmp_path: Path) -> None:
    plan = exam(600)
    async with room_day(tmp_path, plan) as day:
        console = await day.armed()
        one, two = day.pc(1), day.pc(2)
        first = await one.log_in("1001")
        await two.log_in("1002")
        await one.want(m.Opened)
        assert await console.order(c.ExtendTime("1001", 5_000, "停电")) == ""
        assert (await one.want(m.ClockChanged)).clock.end == first.clock.end + 5_000
        assert await console.order(c.RecordViolation("1002", "warning", "交头接耳", "第一次")) == ""
        assert (await two.want(m.Notice)).kind == "warning"
        assert await day.as_chief(c.RecordViolation("1002", "warning", "交头接耳", "第二次")) == ""
        assert (await two.want(m.Finished)).status == "void"
        assert not any(isinstance(message, m.ClockChanged) for message in two.seen)
        assert not one.seen or not isinstance(one.seen[-1], m.Finished)
