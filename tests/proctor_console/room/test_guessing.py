"""Wrong log-ins: slowed at the seat where they are typed, never the room, never the candidate named."""

from pathlib import Path

from shared import messages as m
from tests.support.fake_site import exam, id_number
from tests.support.pc import Pc
from tests.support.room_day import room_day

WRONG = "990000190001010000"


async def typed(pc: Pc, ticket: str, number: str) -> str:
    """The code of what the room says to a log-in; empty when admitted."""
    await pc.type_in(ticket, number)
    found: m.Admitted | m.Refused = await pc.want(m.Admitted | m.Refused)  # type: ignore[arg-type]  # either
    return found.refusal.code if isinstance(found, m.Refused) else ""


async def test_a_rogue_at_one_seat_slows_down_nobody_else(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000, tickets=("1001", "1002", "1003"))) as day:
        await day.armed()
        rogue, named, other = day.pc(3), day.pc(1), day.pc(2)
        for one in (rogue, named, other):
            await one.hello()
        assert await typed(rogue, "1001", WRONG) == "login_wrong"
        assert await typed(rogue, "1001", WRONG) == "slow_down"
        assert await typed(rogue, "1002", id_number("1002")) == "slow_down", "right or wrong: this seat waits"
        assert await typed(other, "1002", id_number("1002")) == ""
        assert await typed(named, "1001", id_number("1001")) == "", "the candidate guessed at comes in at once"


async def test_one_ticket_tried_from_many_seats_does_not_bar_its_owner(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        for seat in range(5, 15):
            pc = day.pc(seat)
            await pc.hello()
            assert await typed(pc, "1001", WRONG) == "login_wrong"
        owner = day.pc(1)
        await owner.hello()
        assert await typed(owner, "1001", id_number("1001")) == ""


async def test_an_unknown_ticket_and_a_wrong_number_are_told_alike(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        one, two = day.pc(1), day.pc(2)
        await one.hello()
        await two.hello()
        assert {await typed(one, "7777", id_number("1001")), await typed(two, "1001", WRONG)} == {"login_wrong"}
