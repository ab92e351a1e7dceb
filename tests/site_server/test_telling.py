"""Heads go up to the platform and down to the rooms: all the newest, once each, and again what was missed."""

from pathlib import Path

from shared import ledger, trust
from shared import messages as m
from shared.ledger import Head, Point
from site_server.station import Station
from site_server.telling import Telling
from tests.site_server.conftest import copied_day, enrolled_room, serving
from tests.support.site_day import Made
from tests.support.small_day import ROOM

SITE, SITTING = "site/s1", f"sitting/m1/{ROOM}"


def told(made: Made) -> list[Head]:
    return [head for one in made.platform.heads for head in one.heads]


async def test_a_finished_session_is_told_whole_with_the_grants_of_its_keys(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    await copied_day(station, joined, tmp_path)
    telling = Telling(station)
    joined.platform.heads.clear()
    await telling.once()
    heads = {(head.stream, head.point.epoch): head.point for head in told(joined)}
    assert heads[SITE, 1] == station.site.end
    assert heads[SITTING, 1] == joined.day.chain.at
    assert heads["attempt/m1/1002", 2] == joined.day.pcs["1002"].chain.at
    keys = station.site.keys
    granters = {SITE: keys.dongle.public, SITTING: keys.ca.public}
    [report] = joined.platform.heads
    pairs = zip(report.grants, sorted(granters), strict=True)
    found = {stream: trust.grant(data, granters[stream], stream) for data, stream in pairs}
    for head in report.heads:
        if head.stream in found:
            ledger.verify_head(head, found[head.stream].key)
    await telling.once()
    assert len(joined.platform.heads) == 1, "nothing new, nothing told"


async def test_what_the_platform_missed_is_told_when_it_is_back(station: Station, joined: Made) -> None:
    await station.held.load(joined.day.formal, joined.day.package, None)
    assert station.site.phase.is_set(), "an authorisation is a phase: its head is signed at once"
    welcome, station.site.welcome = station.site.welcome, None
    telling = Telling(station)
    await telling.once()
    assert told(joined) == [] and not station.site.phase.is_set()
    station.site.welcome = welcome
    await telling.once()
    assert [head.point for head in told(joined)] == [station.site.end]


async def test_a_contradiction_is_an_alarm_of_the_site_and_not_told_again(station: Station, joined: Made) -> None:
    await station.held.load(joined.day.formal, joined.day.package, None)
    joined.platform.contradict = True
    telling = Telling(station)
    await telling.once()
    await telling.once()
    assert len(joined.platform.heads) == 1
    [alarm] = station.rooms.alarms
    assert (alarm.code, alarm.detail) == ("contradicts_head", "site/s1 1.3")


async def test_rooms_are_told_the_sites_head_now_and_when_they_link(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    await station.held.load(joined.day.formal, joined.day.package, None)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        link = await peer.link()
        first = await link.expect(m.SiteHead)
        grant = trust.grant(first.grant, station.site.keys.dongle.public, SITE)
        ledger.verify_head(first.head, grant.key)
        await station.held.load(joined.day.formal, joined.day.package, joined.day.session_document)
        later = await link.expect(m.SiteHead)
        assert later.head.point == station.site.end and later.head.point.position > first.head.point.position
        again = await (await peer.link()).expect(m.SiteHead)
        assert again == later


async def test_heads_of_pcs_wait_until_their_time(station: Station, joined: Made, tmp_path: Path) -> None:
    await copied_day(station, joined, tmp_path)
    joined.platform.heads.clear()
    copies, telling = station.copies, Telling(station)
    where = ("attempt/m1/1002", 2)
    newest = copies.heads.pop(where)
    copies.heads[where] = Head(newest.stream, Point(2, 1, newest.point.digest), newest.time, newest.signature)
    progress = copies.progress("m1", ROOM)
    ended, progress.ended = progress.ended, None
    await telling.once()
    copies.heads[where] = newest
    await telling.once()
    assert [head.point.position for head in told(joined) if (head.stream, head.point.epoch) == where] == [1]
    progress.ended = ended
    await telling.once()
    assert told(joined)[-1] == newest, "once the sitting has ended it waits no longer"
