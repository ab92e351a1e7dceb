"""Which sitting a ticket belongs to when sessions follow each other in one room."""

from pathlib import Path

from shared import commands as c
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
