"""The link to the site: catching up by position, and offers far larger than a LAN frame."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from proctor_console.room import enrol
from proctor_console.room.app import FAILED
from proctor_console.room.uplink import Uplink
from shared import crypto, ledger, limits
from shared import messages as m
from shared.errors import Unavailable
from shared.io import link
from shared.io.tasks import Tasks
from shared.ledger import Entry
from tests.support.fake_site import CODE, ROOM, FakeSite, exam
from tests.support.pc import PATIENCE
from tests.support.room_day import RoomDay, eventually, room_day


async def test_a_large_sites_authorisation_fits_through_the_link(tmp_path: Path) -> None:
    plan = exam(60_000, tickets=tuple(f"{number:06}" for number in range(700)))
    async with room_day(tmp_path, plan) as day:
        assert len(day.site.formal(plan)) > limits.FRAME_BYTES
        assert len(day.room.hall.desks["m1"].state.candidates) == 700


async def test_a_disk_that_refuses_what_the_site_says_ends_the_service(tmp_path: Path) -> None:
    """Before the first session nothing but the link writes."""
    site = FakeSite()
    await site.up(tmp_path / "site")
    await enrol.enrol(tmp_path / "room", site.site_file, ROOM, CODE)
    await site.down()
    day = RoomDay(tmp_path, site)
    try:
        await day.start()
        db = sqlite3.connect(day.machine / "room.db")
        db.execute("DROP TABLE facts")
        db.close()
        await site.up(tmp_path / "site")
        async with asyncio.timeout(PATIENCE):
            assert await day.room.wait() == FAILED
        assert not day.room.hall.disk_ok
    finally:
        await day.close()


async def test_a_site_that_lost_its_copies_is_filled_again(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        desk = day.room.hall.desks["m1"]
        await eventually(lambda: day.site.ends(desk.stream) == desk.point.position)
        await day.site.down()
        day.site.copies.clear()
        await pc.send(m.ReadDone())
        await day.site.up(day.folder / "site")
        await eventually(lambda: day.site.ends(desk.stream) == desk.point.position == 8)
        await eventually(lambda: day.site.ends("attempt/m1/1001") == 1)
        await eventually(lambda: any(status.logged_in == 1 for status in day.site.statuses))


async def test_a_head_told_before_any_session_alarms_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """No formal authorisation names the dongle yet, so the room can neither believe the head nor doubt it."""
    async with room_day(tmp_path) as day:
        signature = crypto.Ed25519Signer(crypto.new_key()).sign(b"head")
        head = ledger.Head(ledger.site_stream("s1"), ledger.Point(1, 1, bytes(32)), 1, signature)
        day.site.say(m.SiteHead(head, b"grant"))
        day.site.say(day.site.offer(exam(60_000)))
        await eventually(lambda: "m1" in day.room.hall.desks)
        assert "site_head_refused" not in caplog.text


async def test_a_site_that_holds_another_record_at_a_place_is_an_alarm_on_linking(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.armed()
        desk = day.room.hall.desks["m1"]
        await eventually(lambda: day.site.ends(desk.stream) == desk.point.position)
        await day.site.down()
        held = day.site.copies[desk.stream, 1]
        held[-1] = Entry(held[-1].header, held[-1].body + b"another")
        await day.site.up(day.folder / "site")
        await console.want(m.Alarm, lambda alarm: alarm.code == "site_contradicts")


class CutAtOnce(link.Peer[Any]):
    """A site that says where its copies end, and is gone before anything else of the room had its turn."""

    def __init__(self) -> None:
        self._said = [m.Linked({}, (), ())]

    async def send(self, message: m.Message) -> None:
        pass

    async def receive(self) -> Any:
        if not self._said:
            raise Unavailable("the link was cut", "link_cut")
        return self._said.pop()

    async def close(self) -> None:
        pass


@pytest.mark.filterwarnings("error")
async def test_a_link_that_ends_as_it_comes_up_leaves_nothing_half_begun(tmp_path: Path) -> None:
    ended = asyncio.Event()
    peers = [CutAtOnce()]

    async def dial(*_: object, **__: object) -> link.Peer[Any]:
        if peers:
            return peers.pop()
        ended.set()
        return await asyncio.Future[link.Peer[Any]]()

    async def nothing(*_: object) -> None:
        pass

    async with room_day(tmp_path, exam(60_000)) as day:
        await day.site.down()
        hall, tasks = day.room.hall, Tasks()
        uplink = Uplink(hall, nothing, lambda *_: None, lambda *_: None, nothing, dial)
        tasks.spawn("uplink", uplink.run())
        await asyncio.wait_for(ended.wait(), 20)
        assert not hall.site_online
        await tasks.close()
