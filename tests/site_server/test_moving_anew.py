"""A room that links anew while its candidate is moved is asked again: it may have taken answers that the copy lacks."""

from pathlib import Path

import pytest

from shared import messages as m
from shared.errors import Refused
from shared.io.tasks import Tasks
from shared.refusal import Refusal
from tests.site_server.test_moving import two_rooms
from tests.support.room_day import eventually
from tests.support.room_peer import RoomPeer
from tests.support.small_day import ROOM


async def test_a_room_that_is_back_is_asked_and_its_word_counts(template: Path, tmp_path: Path) -> None:
    async with two_rooms(template, tmp_path) as two:
        await two.services.pop(ROOM).close()
        await eventually(lambda: ROOM not in two.station.rooms.links)
        room = RoomPeer(tmp_path / f"room {ROOM}", two.station.site.ca_certificate, two.port)
        tasks, first = Tasks(), await room.link()
        await first.expect(m.Linked)
        ordered = tasks.spawn("move", two.move("1001"))
        assert not (await first.expect(m.MoveOut)).granted
        again = await room.link()
        asked = await again.expect(m.MoveOut)
        assert (asked.ticket, asked.granted) == ("1001", False)
        await again.peer.send(m.MovedOut(asked.id, Refusal("finished")))
        with pytest.raises(Refused, match="finished"):
            await ordered
        await again.peer.close()
