"""Bundles from real copies: verified by the verifier, refused too early, the same bytes when made again."""

from pathlib import Path

import pytest

from shared import messages as m
from shared import verifier
from shared.errors import Refused
from site_server import bundling, verbs
from site_server.copies import Copies
from site_server.machine_verbs import OpenWindow
from site_server.station import Station
from tests.site_server.conftest import copied_day, enrolled_room, nothing, play_on, serving
from tests.support import by_the_book
from tests.support.site_day import Made
from tests.support.small_day import ROOM


async def test_a_bundle_verifies_and_opens_with_the_platform_s_keys(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    await copied_day(station, joined, tmp_path)
    told: list[str] = []
    made = await bundling.make(station.site, station.copies, station.held.get("m1"), told.append)
    with made.path.open("rb") as source:
        report = verifier.verify(source, joined.day.root.public, joined.day.keys)
    assert (report.sha256, report.size, report.records) == (made.sha256, made.size, made.records)
    assert (report.submitted, report.collected, report.absent) == (1, 1, 1)
    assert report.statuses == {"1001": "submitted", "1002": "collected", "1003": "absent"}
    assert len(told) == 2


async def test_a_lost_or_damaged_bundle_is_made_again_identically(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    await copied_day(station, joined, tmp_path)
    one = station.held.get("m1")
    made = await bundling.make(station.site, station.copies, one, nothing)
    whole, end = made.path.read_bytes(), station.site.end
    assert await bundling.make(station.site, station.copies, one, nothing) == made
    made.path.unlink()
    assert await bundling.make(station.site, station.copies, one, nothing) == made
    made.path.write_bytes(whole[:-10])
    again = await bundling.make(station.site, Copies(station.site.store, station.held, station.moves), one, nothing)
    assert again == made
    assert made.path.read_bytes() == whole
    assert station.site.end == end, "the making is recorded once"


async def test_an_open_sitting_is_named_and_nothing_is_written(station: Station, joined: Made) -> None:
    await station.held.load(joined.day.formal, joined.day.package, joined.day.session_document)
    end = station.site.end
    with pytest.raises(Refused) as open_:
        await bundling.make(station.site, station.copies, station.held.get("m1"), nothing)
    assert open_.value.wire_code == "sittings_open"
    assert ROOM in open_.value.detail
    assert station.site.end == end
    assert not station.site.folder.bundles.exists()


async def test_a_sitting_that_a_spare_machine_went_on_with_verifies(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    """The first machine signed no head over its end; its successor's head covers it by the chain."""
    day = joined.day
    await station.held.load(day.formal, day.package, day.session_document)
    async with serving(station) as running:
        first = await enrolled_room(running, tmp_path / "first", joined)
        link = await first.link()
        await link.expect(m.SessionOffer)
        day.open()
        day.log_in("1001")
        await link.push(day.pcs["1001"].entries + day.sitting_entries)
        second = running.room(tmp_path / "second")
        await second.enrol((await verbs.run(station, OpenWindow(5, 1, room=ROOM), nothing))["code"])
        spare = await second.link()
        await spare.expect(m.SessionOffer)
        day.go_on_as(second.head_key)
        play_on(day)
        await spare.hand_over(day)
    made = await bundling.make(station.site, station.copies, station.held.get("m1"), nothing)
    with made.path.open("rb") as source:
        report = verifier.verify(source, day.root.public, day.keys)
    assert (report.submitted, report.collected, report.absent) == (1, 1, 1)
    assert {epoch for stream, epoch in report.basis.grants if stream.startswith("sitting/")} == {1, 2}
    root = day.root.public
    assert by_the_book.verify_bundle(made.path.read_bytes(), {"alg": root.alg, "raw": root.raw})
