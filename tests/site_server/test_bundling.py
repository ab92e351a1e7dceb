"""Bundles from real copies: verified by the verifier, refused too early, the same bytes when made again."""

from pathlib import Path

import pytest

from shared import verifier
from shared.errors import Refused
from site_server import bundling
from site_server.copies import Copies
from site_server.station import Station
from tests.site_server.conftest import copied_day, nothing
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
