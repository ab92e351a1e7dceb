"""Time of a site without its platform: from its rooms, from two people, and what is said when a clock was moved."""

from pathlib import Path

import pytest

from shared import codec, ledger, limits, records, signed
from shared import documents as d
from shared import messages as m
from shared.errors import Refused
from shared.io.clock import Anchor, boot_now, system_now
from shared.io.store import Batch
from site_server import timefile, timekeeping, timewatch
from site_server.station import Station
from tests.site_server.conftest import enrolled_room, serving
from tests.support.room_day import eventually
from tests.support.room_peer import Linked
from tests.support.site_day import NOW, Made
from tests.support.small_day import SITE


def notes(station: Station) -> list[records.TimeNote]:
    """What the site stream says of time, but for the platform's."""
    site, found = station.site, []
    for entry in site.store.entries(site.stream, 1):
        record = records.read(ledger.header_of(entry), entry, site.keys.stream_key)
        if isinstance(record, records.TimeNote):
            found.append(record)
    return found


async def rebooted_offline(made: Made, station: Station) -> Station:
    """The same site opened anew, without any time."""
    station.close()
    return made.open()


async def rebooted(made: Made, station: Station) -> Station:
    """The same site after a boot, its platform out of reach."""
    await timekeeping.sync(station.site)
    station.close()
    again = made.open()
    held = again.site.clock.anchor
    assert held is not None
    other = Anchor(held.offset, held.error, held.taken, "another", held.source)
    await again.site.commit(Batch(facts={"anchor": codec.encode(other)}))
    again.close()
    return made.open()


async def tell(link: Linked, now: int) -> None:
    """A room answers every question; `now` is what it holds for the time."""
    begin = boot_now()
    for _ in range(limits.TIME_SAMPLES):
        asked = await link.expect(m.Beacon)
        at = now + boot_now() - begin
        await link.peer.send(m.BeaconReply(asked.sent, at, at, 7))


async def test_a_site_that_boots_without_its_platform_takes_the_time_from_its_room(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
    again = await rebooted(joined, station)
    joined.platform.time_reply = lambda _reply: b"nothing to be believed"
    async with serving(again) as running:
        assert not again.site.clock.known and again.site.stamp() >= NOW
        peer.port = running.port
        link = await peer.link()
        now = joined.platform.now()
        await tell(link, now)
        await eventually(lambda: again.site.clock.known)
        assert abs(again.site.clock.now() - joined.platform.now()) <= again.site.clock.error() + 5
        await eventually(lambda: bool(notes(again)))
        assert [alarm.code for alarm in again.rooms.alarms] == ["time_from_neighbours"]
        (note,) = notes(again)
        assert isinstance(note, records.TimeTaken) and (note.source, note.answers) == ("rooms", 1)
        await link.peer.send(m.Beacon(boot_now()))
        await link.expect(m.BeaconReply)
        await link.peer.close()
    again.close()


async def test_rooms_that_say_it_is_earlier_than_the_site_s_own_records_are_doubted(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
    again = await rebooted(joined, station)
    joined.platform.time_reply = lambda _reply: b"nothing to be believed"
    async with serving(again) as running:
        peer.port = running.port
        link = await peer.link()
        await tell(link, joined.platform.now() - 60_000)
        await eventually(lambda: [alarm.code for alarm in again.rooms.alarms] == ["time_doubted"])
        assert not again.site.clock.known
        await link.peer.close()
    again.close()


async def test_without_trusted_time_no_paper_key_leaves(station: Station, joined: Made, tmp_path: Path) -> None:
    await station.held.load(joined.day.formal, joined.day.package, joined.day.session_document)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
    again = await rebooted(joined, station)
    joined.platform.time_reply = lambda _reply: b"nothing to be believed"
    await again.held.load(joined.day.formal, None, joined.day.session_document)
    async with serving(again) as running:
        peer.port = running.port
        link = await peer.link()
        await link.peer.send(m.KeysWanted("m1"))
        assert (await link.expect(m.Refused)).refusal.code == "no_time"
        await link.peer.close()
    again.close()


async def test_two_people_confirm_the_wall_clock_of_a_site_and_the_platform_replaces_it(
    station: Station, joined: Made
) -> None:
    again = await rebooted(joined, station)
    with pytest.raises(Refused) as early:
        await timewatch.confirm(again, "甲", "乙", NOW - 60_000)
    assert early.value.wire_code == "before_record" and not again.site.clock.known
    instant = joined.platform.now() + 40_000
    assert await timewatch.confirm(again, "甲", "乙", instant) == limits.CONFIRM_APART
    assert abs(again.site.clock.now() - instant) < 1_000
    assert notes(again) == [records.TimeConfirmed("甲", "乙", instant)]
    with pytest.raises(Refused) as known:
        await timewatch.confirm(again, "甲", "乙", instant)
    assert known.value.wire_code == "time_known"
    again.close()
    restarted = joined.open()
    assert restarted.site.clock.known, "what people confirmed is kept for this boot"
    await timekeeping.sync(restarted.site)
    assert abs(restarted.site.clock.now() - joined.platform.now()) <= restarted.site.clock.error() + 1
    restarted.close()


async def test_nobody_confirms_a_time_before_a_time_file(station: Station, joined: Made) -> None:
    again = await rebooted(joined, station)
    later = NOW + 3_600_000
    data = signed.sign(joined.day.issuing, d.TIME_FILE, d.TimeFile(SITE, later))
    await timefile.take(again.site, data, timefile.check(again.site, data))
    with pytest.raises(Refused) as early:
        await timewatch.confirm(again, "甲", "乙", later - 1)
    assert early.value.wire_code == "before_record"
    again.close()


async def test_nobody_confirms_a_time_before_the_dongle_s_mark(station: Station, joined: Made) -> None:
    later = NOW + 3_600_000
    await station.site.write(records.TimeSynced(later, 0, 1))
    again = await rebooted_offline(joined, station)
    with pytest.raises(Refused) as early:
        await timewatch.confirm(again, "甲", "乙", later - 1)
    assert early.value.wire_code == "before_record"
    again.close()


async def test_a_moved_system_clock_is_recorded_and_shown(
    station: Station, joined: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, shift = 0, system_now() - boot_now()
    monkeypatch.setattr("time.time_ns", lambda: (boot_now() + shift + away) * 1_000_000)
    async with serving(station):
        await station.site.clock.wait_known()
        before = station.site.clock.now()
        away = -86_400_000
        await eventually(lambda: bool(notes(station)))
        (note,) = notes(station)
        assert isinstance(note, records.ClockJumped) and abs(note.ms + 86_400_000) < 1_000
        assert 0 <= station.site.clock.now() - before < 20_000
        assert [alarm.code for alarm in station.rooms.alarms] == ["clock_jumped"]
