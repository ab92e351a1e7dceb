"""The site machine burns down in the middle of a day; a new one takes its place, and nobody is enrolled again.

A real site, a real room service and real enrolments in one process. The save is old on purpose: room, console, PC and
session all came after it.
"""

import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from proctor_console.room import enrol as room_enrol
from proctor_console.room.app import RoomService
from shared import commands as c
from shared import documents as d
from shared import records, trust
from shared.io.tasks import Tasks
from shared.machines import Kind
from shared.refusal import Refusal
from shared.roles import Role
from site_server import machine_verbs as v
from site_server import rebuilding, restoring, status, verbs
from site_server.dongle.place import KeyFilePlace
from site_server.granting import grants
from site_server.station import Station
from tests.site_server.conftest import nothing, serving
from tests.site_server.test_guard import told
from tests.site_server.test_lan import TECHNICIAN, Lan, site_file
from tests.site_server.test_restoring import person
from tests.support.room_day import eventually
from tests.support.site_day import PASSPHRASE, Made
from tests.support.small_day import ROOM

SITTING = f"sitting/m1/{ROOM}"
FALSE = {"behind_site", "site_contradicts", "site_head_refused", "site_refused", "offer_refused", "internal"}


def filled(station: Station, room: RoomService) -> bool:
    """Whether the site's copy of the sitting ends where the room's ledger ends."""
    desk = room.hall.desks.get("m1")
    return desk is not None and room.hall.clock.known and station.copies.points.get(SITTING) == {1: desk.point}


async def test_a_site_rebuilt_from_an_old_save_is_given_back_what_only_its_room_holds(
    station: Station, joined: Made, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await person(station, "李主考"), await person(station, "张主考")
    pin = (await verbs.run(station, verbs.AddStaff(ROOM, TECHNICIAN, Role.TECHNICIAN), nothing))["pin"]
    await station.saver.save(tmp_path / "save")
    async with AsyncExitStack() as stack:
        lan, port = await a_day_begins(station, joined, tmp_path, pin, stack)
        head, granted = lan.room.hall.site_heads.newest, grants(station.site, SITTING)
        assert head is not None and head.point.epoch == 1 and len(granted) == 1
        station.close()
        stick = tmp_path / "stick.kdk"
        shutil.copyfile(joined.folder.dongle, stick)
        shutil.rmtree(joined.folder.path)
        rebuilding.rebuild(joined.folder, tmp_path / "save", KeyFilePlace(str(stick)), lambda: PASSPHRASE)
        again = Station.open(joined.folder, PASSPHRASE, overriding=True)
        stack.callback(again.close)
        await restoring.restore(again.site, "考点机烧毁", first, second)
        assert again.machines.all() == () and again.held.sessions == {}
        caplog.clear()
        async with serving(again, port):
            await eventually(lambda: lan.room.hall.site_online)
            names = {one.name for one in again.machines.all() if not one.revoked}
            assert names == {f"room-{ROOM}", f"console-{ROOM}-1", f"pc-{ROOM}-7"}
            assert [(one.room, one.types) for one in status.of(again).lacking] == [(ROOM, [d.FORMAL])]
            assert grants(again.site, SITTING) == granted, "the very grant that the room writes by"
            await goes_on(again, lan, joined)
            heads = lan.room.hall.site_heads
            await eventually(lambda: heads.newest is not None and heads.newest.point.epoch == 2)
        assert not any(f"alarm {code}" in caplog.text for code in FALSE), caplog.text
        assert [one.code for one in again.rooms.alarms if one.code in FALSE] == []
        back = [one for one in told(again.site) if isinstance(one, records.TakenBack)]
        assert back == [records.TakenBack(ROOM, 3, 0, 1, 0)]


async def a_day_begins(
    station: Station, joined: Made, folder: Path, pin: str, stack: AsyncExitStack
) -> tuple[Lan, int]:
    """Everything that the save does not know: room, console, PC, session and the first records; and the site's port."""
    day = joined.day
    async with serving(station) as running:
        await station.site.clock.wait_known()
        stick = folder / "site.kdd"
        await site_file(station, stick, running.port, 1)
        code = (await verbs.run(station, v.OpenWindow(5, 1), nothing))["code"]
        room = RoomService(await room_enrol.enrol(folder / "room", stick.read_bytes(), ROOM, code))
        await room.start("127.0.0.1", 0)
        stack.push_async_callback(room.close)
        await site_file(station, stick, running.port, room.port)
        await eventually(lambda: room.hall.site_online and room.hall.clock.known)
        lan = Lan(folder, station, room, stick.read_bytes(), pin)
        at = await lan.console()
        stack.push_async_callback(at.close)
        await enrolled_pc(station, lan, 7)
        await station.held.load(day.formal, day.package, None)
        await station.rooms.offer_again()
        await eventually(lambda: filled(station, room))
        await station.site.write(records.PhaseSeen("m1", ROOM, "opened"))
        await eventually(lambda: room.hall.site_heads.newest is not None)
        return lan, running.port


async def enrolled_pc(station: Station, lan: Lan, seat: int) -> None:
    """A PC with a code of its own, confirmed at the site."""
    code = (await verbs.run(station, v.OpenWindow(5, 1, Kind.PC, ROOM), nothing))["code"]
    asking = Tasks().spawn("pc", lan.pc(f"pc{seat}", code, f"127.0.3.{seat}"))
    await eventually(lambda: bool(station.desk.pending(ROOM)))
    await verbs.run(station, v.Confirm(ROOM), nothing)
    await asking


async def goes_on(again: Station, lan: Lan, joined: Made) -> None:
    """The session is loaded again, the copies fill, staff work, and one more PC enrols."""
    day = joined.day
    desk = lan.room.hall.desks["m1"]
    before = desk.point.position
    assert not isinstance(await desk.ask(c.NoteTime(records.ClockJumped(1))), Refusal)
    assert again.copies.points == {}, "nothing is refused, nothing is pushed"
    await again.held.load(day.formal, day.package, day.session_document)
    await again.rooms.offer_again()
    await eventually(lambda: filled(again, lan.room))
    assert desk.point.position == before + 1
    assert status.of(again).lacking == []
    key = trust.grant(grants(again.site, SITTING)[0][1], again.site.ca_public, SITTING).key
    assert key == lan.room.machine.signer.public
    await site_file(again, lan.folder / "again.kdd", 1, lan.room.port)
    await enrolled_pc(again, lan, 8)
    await eventually(lambda: {one.name for one in lan.room.hall.machines.all()} >= {f"pc-{ROOM}-7", f"pc-{ROOM}-8"})
