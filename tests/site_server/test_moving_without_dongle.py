"""A candidate's record says that the room was left while the site's dongle is out: nobody's link suffers by that."""

from pathlib import Path

from shared import messages as m
from site_server import guard, verbs
from tests.site_server.conftest import nothing
from tests.site_server.test_moving import HEAD, OTHER, two_rooms
from tests.support.room_day import eventually
from tests.support.site_day import PASSPHRASE
from tests.support.small_day import ROOM


async def test_a_room_is_copied_on_and_its_candidate_goes_on_when_the_dongle_is_back(
    template: Path, tmp_path: Path
) -> None:
    async with two_rooms(template, tmp_path) as two:
        pc, rooms = two.pcs[ROOM, 1], two.station.rooms
        await pc.enter("1001")
        link = rooms.links[ROOM]
        await guard.lose(two.station.site)
        link.send(m.MoveOut(1, "m1", "1001", 1, OTHER, 1, HEAD, False))
        await pc.want(m.Finished)
        desk = two.services[ROOM].hall.desks["m1"]
        await eventually(lambda: two.station.copies.points[desk.stream][desk.point.epoch] == desk.point)
        await two.pcs[ROOM, 3].enter("1003")
        await eventually(lambda: "attempt/m1/1003" in two.station.copies.points)
        assert rooms.links[ROOM] is link
        assert "1001" not in two.services[OTHER].hall.desks["m1"].state.candidates
        assert await verbs.run(two.station, verbs.Unlock(PASSPHRASE), nothing) == {"back": True}
        await eventually(lambda: "1001" in two.services[OTHER].hall.desks["m1"].state.candidates)
