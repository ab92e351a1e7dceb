"""Moves that would leave a candidate without a room: refused before anything is closed."""

from pathlib import Path

import pytest

from shared import commands as c
from shared.errors import Refused
from shared.refusal import Refusal
from tests.site_server.test_moving import OTHER, two_rooms
from tests.support.room_day import eventually
from tests.support.small_day import PROCTOR, ROOM


async def test_nobody_is_sent_where_the_sitting_was_ended_early(template: Path, tmp_path: Path) -> None:
    """The room would not take the candidate, whose attempt the room left would have closed already."""
    async with two_rooms(template, tmp_path) as two:
        await two.pcs[ROOM, 1].enter("1001")
        await two.move("1001")
        desk = two.services[OTHER].hall.desks["m1"]
        await eventually(lambda: desk.state.opened_at is not None)
        await desk.ask(c.ByStaff(c.EndEarly("停电"), PROCTOR))
        assert not isinstance(await two.order(OTHER, c.Confirm(desk.state.proposed)), Refusal)
        copied = two.station.copies.points
        await eventually(lambda: copied[desk.stream][desk.point.epoch] == desk.point)
        with pytest.raises(Refused, match="is over") as refused:
            await two.move("1003")
        assert refused.value.wire_code == "sitting_ended"
        assert not two.services[ROOM].hall.desks["m1"].state.candidates["1003"].done
