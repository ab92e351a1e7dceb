"""The running service saves by itself: soon after what no room could give back, and says when it cannot."""

import shutil
from pathlib import Path

import pytest

from shared import ledger, limits
from shared.errors import Unavailable
from shared.io.store import Batch
from shared.io.tasks import Tasks
from shared.roles import Role
from site_server import status, timekeeping, verbs
from site_server.saver import Saved, Saver
from site_server.saving import read
from site_server.station import Station
from tests.site_server.conftest import nothing, serving
from tests.support.room_day import eventually
from tests.support.site_day import Made


async def until_saved(folder: Path, number: int) -> None:
    """Returns once that save is there."""
    await eventually(lambda: (folder / "save.kdd").exists() and read(folder)[0].number >= number)


def restarted(station: Station) -> Saver:
    """What a service that begins now knows of saves."""
    return Saver(station.site, lambda *_: None, lambda _: None)


async def test_the_service_saves_by_itself_where_the_settings_say(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    done = await verbs.run(station, verbs.Save(str(tmp_path / "save"), always=True), nothing)
    assert done["dongle_inside"] and joined.folder.settings().saves == str(tmp_path / "save")
    async with serving(station):
        await until_saved(tmp_path / "save", 2)
        state = status.of(station).save
        assert (state.folder, state.last_folder, state.bad) == (str(tmp_path / "save"), str(tmp_path / "save"), False)
        made = read(tmp_path / "save")[0].made
        await eventually(lambda: restarted(station).last == Saved(str(tmp_path / "save"), made))
        assert station.saver.last == restarted(station).last


async def test_what_no_room_could_give_back_is_saved_soon(station: Station, tmp_path: Path) -> None:
    site = station.site
    await station.saver.save(tmp_path / "save")
    assert not site.unsaved.is_set() and not site.changed
    await station.rooms.people.put("", "李主考", Role.CHIEF)
    assert site.unsaved.is_set(), "a person"
    await station.saver.save(tmp_path / "save")
    await timekeeping.sync(site)
    assert not site.unsaved.is_set() and site.changed, "the time is no news"


async def test_a_person_alone_is_reason_enough_to_save(station: Station, tmp_path: Path) -> None:
    station.site.save_to(str(tmp_path / "save"))
    tasks = Tasks()
    tasks.spawn("saves", station.saver.run())
    await until_saved(tmp_path / "save", 1)
    await eventually(lambda: not station.site.unsaved.is_set())
    await station.rooms.people.put("", "李主考", Role.CHIEF)
    await until_saved(tmp_path / "save", 2)
    await tasks.close()


async def test_a_save_that_fails_is_an_alarm_until_one_succeeds(station: Station, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.write_text("no folder yet")
    station.site.save_to(str(stick))
    async with serving(station):
        await eventually(lambda: bool(station.rooms.alarms))
        assert [one.code for one in station.rooms.alarms] == ["save_failed"]
        assert status.of(station).save.bad
        stick.unlink()
        await station.saver.save(stick)
        station.rooms.withdraw({"save_failed"})
    assert station.rooms.alarms == [] and not status.of(station).save.bad
    shutil.rmtree(stick)


async def test_a_last_save_long_ago_is_old(station: Station, tmp_path: Path) -> None:
    clock = [0]
    saver = Saver(station.site, lambda *_: None, lambda _: None, lambda: clock[0])
    clock[0] += limits.SAVE_OLD + 1
    assert not saver.old, "nobody ordered any"
    station.site.save_to(str(tmp_path / "save"))
    assert saver.old
    await saver.save(tmp_path / "save")
    assert not saver.old
    clock[0] += limits.SAVE_OLD + 1
    assert saver.old


async def test_a_save_that_the_site_could_not_note_is_not_told(station: Station, tmp_path: Path) -> None:
    await station.saver.save(tmp_path / "save")
    noted, store = station.saver.last, station.site.store
    [first] = store.entries(station.site.stream, 1, most=1)
    with pytest.raises(Unavailable):
        await store.commit(Batch([ledger.parse(first)]))  # this position is stored: the disk counts as failed now
    with pytest.raises(Unavailable) as refused:
        await station.saver.save(tmp_path / "other")
    assert refused.value.wire_code == "disk_failed" and station.saver.last == noted == restarted(station).last
