"""Orders in turn, and what came of them in words."""

from shared import commands as c
from shared import limits
from tests.proctor_console.console.conftest import Join
from tests.support.console_room import open_paper


async def test_orders_stop_at_the_first_refusal_and_say_how_far_they_came(join: Join) -> None:
    async with join(40, lambda room: open_paper(room, 38, 10)) as desk:
        orders = [c.MarkAbsent("T0039"), c.MarkAbsent("T0001"), c.MarkAbsent("T0040")]
        said = await desk.app.desk.give("S1", orders)
        assert "cannot be registered as absent" in said and "1 of 3" in said
        assert [order.command for order in desk.room.orders] == orders[:2]


async def test_what_is_done_says_nothing_and_trusted_time_is_the_rooms(join: Join) -> None:
    async with join(-50) as desk:
        assert await desk.app.desk.give("S1", [c.AllowLogin()]) == ""
        now = desk.app.desk.now()
        assert now is not None and abs(now - desk.room.now()) < limits.SECOND
