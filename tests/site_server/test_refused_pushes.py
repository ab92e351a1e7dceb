"""Pushes that the site's disk refuses: the room is told nothing of them, by no link."""

import sqlite3
from pathlib import Path

from shared import ledger
from shared import messages as m
from shared.io.store import Batch
from shared.ledger import Entry
from site_server.station import Station
from tests.site_server.conftest import enrolled_room, serving
from tests.site_server.test_rooms import SITTING, greeted
from tests.support.room_day import eventually
from tests.support.site_day import Made
from tests.support.small_day import ROOM


async def test_a_site_whose_disk_refuses_a_push_acknowledges_nothing(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        day.open()
        link = await peer.link()
        await greeted(link)
        await make_refuse(station, day.sitting_entries[-1])
        await link.peer.send(m.Push(tuple(day.sitting_entries)))
        told = [await link.expect_or_end(m.PushAck)]
    assert told == [None]
    assert len(station.site.store.entries(SITTING, 1)) == 1


async def test_a_room_that_links_anew_is_told_nothing_of_a_push_that_the_disk_refuses(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        day.open()
        link = await peer.link()
        await greeted(link)
        await make_refuse(station, day.sitting_entries[-1])
        other = sqlite3.connect(station.site.folder.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # the push is under way until this ends
        await link.peer.send(m.Push(tuple(day.sitting_entries)))
        await eventually(lambda: SITTING in station.copies.points)
        again = await peer.link(kept=m.Kept((), (), (), (m.SessionKept("m1", 1, False, 0, ""),), b"", False))
        await eventually(lambda: bool(station.rooms.returning.sessions[ROOM]))
        other.close()
        assert await again.expect_or_end(m.Linked) is None


async def make_refuse(station: Station, entry: Entry) -> None:
    """From now on the site's disk refuses a push with this record: it is there already, as the copies do not know."""
    await station.site.store.commit(Batch([ledger.parse(entry)]))
