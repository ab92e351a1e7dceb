"""Candidates moved on, or back, while a room does not know yet that they left, or never took them in."""

import asyncio
from pathlib import Path

from shared import commands as c
from shared import messages as m
from shared.refusal import Refusal
from site_server import guard, verbs
from site_server.station import Station
from tests.site_server.conftest import nothing
from tests.site_server.test_moving import HEAD, OTHER, Two, bundle_of, end, two_rooms
from tests.support.room_day import eventually
from tests.support.room_peer import RoomPeer
from tests.support.site_day import PASSPHRASE
from tests.support.small_day import PROCTOR, ROOM


async def unlinked(two: Two, room: str) -> object:
    """A room's machine is gone from the LAN; what it is, to start it again."""
    service = two.services.pop(room)
    await service.close()
    await eventually(lambda: room not in two.station.rooms.links)
    return service.machine


async def goes_away_unseen(two: Two) -> None:
    """Room 01 closes the attempt of 1001 for room 02, and the site has that in its copy but cannot grant it."""
    await two.pcs[ROOM, 1].enter("1001")
    await guard.lose(two.station.site)
    two.station.rooms.links[ROOM].send(m.MoveOut(1, "m1", "1001", 1, OTHER, 1, HEAD, False))
    await two.pcs[ROOM, 1].want(m.Finished)
    away = two.station.copies.progress("m1", ROOM).left
    await eventually(lambda: ("1001", 1) in away)


async def test_who_is_called_back_before_the_room_knew_is_a_guest_there(template: Path, tmp_path: Path) -> None:
    """The room was off while its candidate went away and came back, so it hears of both at once."""
    async with two_rooms(template, tmp_path) as two:
        await two.pcs[ROOM, 1].enter("1001")
        await two.pcs[ROOM, 1].answer(1, "A")
        machine = await unlinked(two, ROOM)
        await two.move("1001")
        await eventually(lambda: "1001" in two.services[OTHER].hall.desks["m1"].state.candidates)
        assert await two.move("1001", origin=OTHER, room=ROOM) == {"1001": 1}
        await two.start(ROOM, machine)
        back = two.services[ROOM].hall.desks["m1"]
        await eventually(lambda: back.state.candidates["1001"].first == 2000)
        assert two.station.rooms.alarms == []
        await end(two)
        await bundle_of(two)


async def test_a_room_whose_guest_went_on_is_told_though_the_copy_never_saw_the_arrival(
    template: Path, tmp_path: Path
) -> None:
    async with two_rooms(template, tmp_path) as two:
        await unlinked(two, OTHER)
        room = RoomPeer(tmp_path / f"room {OTHER}", two.station.site.ca_certificate, two.port, OTHER)
        first = await room.link()
        await first.expect(m.Linked)
        await two.move("1001")
        assert (await first.expect(m.Guest)).brought.ticket == "1001"
        await first.peer.close()
        await eventually(lambda: OTHER not in two.station.rooms.links)
        await two.move("1001", origin=OTHER, room=ROOM)
        told = await (await room.link()).expect(m.MoveOut)
        assert (told.ticket, told.epoch, told.room, told.granted) == ("1001", 1000, ROOM, True)


async def test_a_guest_whom_the_room_does_not_take_goes_on_to_another(template: Path, tmp_path: Path) -> None:
    """The sitting there was ended early while nobody could be sent there yet."""
    async with two_rooms(template, tmp_path) as two:
        await two.open(OTHER)
        await goes_away_unseen(two)
        desk = two.services[OTHER].hall.desks["m1"]
        await desk.ask(c.ByStaff(c.EndEarly("停电"), PROCTOR))
        assert not isinstance(await two.order(OTHER, c.Confirm(desk.state.proposed)), Refusal)
        await verbs.run(two.station, verbs.Unlock(PASSPHRASE), nothing)
        await eventually(lambda: any(alarm.code == "guest_refused" for alarm in two.station.rooms.alarms))
        assert await two.move("1001", origin=OTHER, room=ROOM) == {"1001": 1}
        home = two.services[ROOM].hall.desks["m1"].state
        await eventually(lambda: home.candidates["1001"].first == 2000)


async def test_two_orders_at_once_give_two_seats(template: Path, tmp_path: Path) -> None:
    async with two_rooms(template, tmp_path) as two:
        first, second = await asyncio.gather(two.move("1001"), two.move("1003"))
        assert sorted([first["1001"], second["1003"]]) == [1, 2]


async def test_a_seat_that_waits_for_its_grant_is_given_to_nobody_else(template: Path, tmp_path: Path) -> None:
    async with two_rooms(template, tmp_path) as two:
        await goes_away_unseen(two)
        await guard.unlock(two.station.site, PASSPHRASE)
        assert await two.move("1003") == {"1003": 2}


async def test_who_left_goes_on_when_the_site_starts_again_though_the_room_left_is_gone(
    template: Path, tmp_path: Path
) -> None:
    async with two_rooms(template, tmp_path) as two:
        await goes_away_unseen(two)
        await unlinked(two, ROOM)
        await two.stop()
        two.station.close()
        two.station = Station.open(two.made.folder, PASSPHRASE)
        await two.serve()
        there = two.services[OTHER].hall.desks["m1"].state
        await eventually(lambda: "1001" in there.candidates)
        assert there.candidates["1001"].first == 1000
