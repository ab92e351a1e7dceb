"""The dongle taken out and put back while the site works: what stops, what goes on, what is recorded."""

import asyncio
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from shared import ledger, records
from shared import messages as m
from shared.documents import RoomAddress
from shared.errors import Refused, Unavailable
from shared.io.tasks import Tasks
from site_server import guard, statuspage, verbs
from site_server.site import Site
from site_server.station import Station
from site_server.status import of
from tests.site_server.conftest import enrolled_room, nothing, play, serving
from tests.support.site_day import PASSPHRASE, Made


def told(site: Site) -> list[records.Record]:
    """The records of the site stream."""
    end = site.end
    entries = [e for epoch in range(1, end.epoch + 1) for e in site.store.entries(site.stream, epoch)]
    return [records.read(ledger.header_of(entry), entry, site.keys.stream_key) for entry in entries]


def pull(made: Made) -> Path:
    """The key file is taken away."""
    return made.folder.dongle.rename(made.folder.path / "pulled")


async def test_a_removed_file_is_noticed_recorded_and_taken_back(station: Station, joined: Made) -> None:
    site, tasks = station.site, Tasks()
    await site.begin()
    tasks.spawn("dongle", guard.watch(site))
    pulled = pull(joined)
    async with asyncio.timeout(30):
        while site.keys.here:  # noqa: ASYNC110  # the watch tells nobody else
            await asyncio.sleep(0.05)
    assert of(station).dongle == "gone"
    async with TestClient(TestServer(statuspage.app(station))) as client, client.get("/") as page:
        assert "加密锁被拔出" in await page.text()
    for secret, code in ((PASSPHRASE, "no_dongle"), ("another passphrase", "wrong_passphrase")):
        with pytest.raises((Refused, Unavailable)) as still:
            await verbs.run(station, verbs.Unlock(secret), nothing)
        assert still.value.wire_code == code
        if code == "no_dongle":
            pulled.rename(joined.folder.dongle)
    assert await verbs.run(station, verbs.Unlock(PASSPHRASE), nothing) == {"back": True}
    assert await verbs.run(station, verbs.Unlock(PASSPHRASE), nothing) == {"back": False}
    assert of(station).dongle == "open"
    assert [type(one) for one in told(site)] == [records.SiteOpened, records.DongleLost, records.DongleBack]
    assert site.keys.dongle.read_mark().point == site.end, "what was written meanwhile is marked"
    await tasks.close()


async def test_a_copy_that_went_on_elsewhere_is_not_taken_back(station: Station, joined: Made) -> None:
    site = station.site
    await site.write(records.KeysReleased("m1", "01"))
    older = joined.folder.dongle.read_bytes()
    await site.write(records.KeysReleased("m1", "02"))
    await guard.lose(site)
    joined.folder.dongle.write_bytes(older)
    assert await guard.unlock(site, PASSPHRASE), "an older mark of this very stream is no contradiction"
    assert site.keys.dongle.read_mark().point == site.end


async def test_a_running_exam_is_copied_to_its_end_while_new_openings_are_refused(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day = joined.day
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        await station.site.clock.wait_known()
        await guard.lose(station.site)
        with pytest.raises(Unavailable) as load:
            await station.held.load(day.formal, day.package, day.session_document)
        rooms = {"01": RoomAddress("127.0.0.1", 1)}
        with pytest.raises(Unavailable) as file:
            await verbs.run(station, verbs.WriteSiteFile(rooms, str(tmp_path / "x")), nothing)
        assert load.value.wire_code == file.value.wire_code == "no_dongle"
        await guard.unlock(station.site, PASSPHRASE)
        await station.held.load(day.formal, day.package, day.session_document)
        link = await peer.link()
        await link.expect(m.SessionOffer)
        await guard.lose(station.site)
        await link.peer.send(m.KeysWanted(day.session.id))
        refused = await link.expect(m.Refused)
        assert refused.refusal.code == "no_dongle"
        play(day)
        await link.hand_over(day)
        done = await verbs.run(station, verbs.MakeBundle("m1", str(tmp_path / "b.kdr")), nothing)
        assert done["records"] > 0
    kinds = [type(one) for one in told(station.site)]
    assert kinds.count(records.DongleLost) == 2
    assert records.KeysReleased not in kinds
