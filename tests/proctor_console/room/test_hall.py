"""Which sitting a ticket belongs to when sessions follow each other in one room."""

from pathlib import Path

import msgspec

from shared import commands as c
from shared import messages as m
from tests.support.fake_site import exam
from tests.support.room_day import room_day


async def test_a_ticket_finds_the_sitting_that_lets_people_in(tmp_path: Path) -> None:
    first, second = exam(60_000), exam(120_000, session="m2")
    async with room_day(tmp_path, first, second) as day:
        hall = day.room.hall
        console = await day.console()
        assert hall.desk_of("nobody") is None
        await console.order(c.AllowLogin(), "m1")
        assert hall.desk_of("1001") is hall.desks["m1"], "the one with log-in allowed, though the other is newer"
        await console.order(c.AllowLogin(), "m2")
        assert hall.desk_of("1001") is hall.desks["m2"]


async def test_a_candidate_whose_pcs_certificate_expires_in_the_middle_comes_in_again(tmp_path: Path) -> None:
    """The line breaks after that: the PC is turned away before the opening, and let in until the end."""
    async with room_day(tmp_path, exam(700)) as day:
        await day.armed()
        pc, hall = await day.answering(), day.room.hall
        assert hall.opened() == hall.desks["m1"].state.opened_at
        now, told = hall.clock.now(), day.site.machines.told()
        short = tuple(
            msgspec.structs.replace(one, machine=msgspec.structs.replace(one.machine, expires=now))
            for one in told.enrolled
        )
        await hall.machines.replace(msgspec.structs.replace(told, enrolled=short))
        await pc.close()
        await pc.resume()
        assert (await pc.want(m.Admitted)).status == "logged_in"
        assert (await pc.answer(1, "A")).verdict == "accepted"
