"""Which sitting a ticket belongs to when sessions follow each other in one room, and how often an alarm is told."""

from pathlib import Path

import msgspec

from shared import commands as c
from shared import limits
from shared import messages as m
from shared.io.clock import SOURCE, ThisMachine
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


class Later(ThisMachine):
    """This machine after a while."""

    def __init__(self) -> None:
        self.passed = 0

    def boot(self) -> int:
        """Milliseconds since boot."""
        return self.passed


async def test_an_alarm_about_the_same_is_told_again_after_its_while_and_not_before(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console, clock = await day.console(), Later()
        before = SOURCE.set(clock)
        for passed, seat in ((0, 1), (1, 2), (limits.ALARM_AGAIN - 2, 1), (1, 1), (1, 1), (0, 2), (1, 2), (0, 3)):
            clock.passed += passed
            day.room.hall.alarm("seat_silent", "1001", seat)
        SOURCE.reset(before)
        told = [(await console.want(m.Alarm, lambda one: one.code == "seat_silent")).seat for _ in range(5)]
        assert told == [1, 2, 1, 2, 3]
