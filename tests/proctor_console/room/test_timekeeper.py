"""Trusted time of a room: taken from the site, kept for this boot."""

from pathlib import Path

from proctor_console.room import timekeeper
from shared.io.store import Store
from tests.support.fake_site import exam, site_now
from tests.support.room_day import eventually, room_day


async def test_a_restarted_room_knows_the_time_without_the_site(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await eventually(lambda: day.room.hall.store.fact(timekeeper.FACT) is not None)
        await day.site.down()
        await day.stop()
        store = Store(tmp_path / "room" / "room.db")
        clock = timekeeper.kept_clock(store)
        store.close()
        assert clock.known
        assert abs(clock.now() - site_now()) <= clock.error() + 5
