"""Backups: written, read back, verified; other files there are never overwritten."""

from pathlib import Path

import pytest

from shared.errors import Damaged, Refused, Unavailable
from site_server import backup, bundling
from site_server.bundling import Made as Bundle
from site_server.station import Station
from tests.site_server.conftest import copied_day, nothing
from tests.support.site_day import Made
from tests.support.small_day import usual_day


@pytest.fixture
async def bundle(station: Station, joined: Made, tmp_path: Path) -> Bundle:
    """A verified bundle."""
    await copied_day(station, joined, tmp_path)
    return await bundling.make(station.site, station.copies, station.held.get("m1"), nothing)


async def test_the_copy_is_the_bundle_and_a_second_time_is_fine(bundle: Bundle, joined: Made, tmp_path: Path) -> None:
    root = joined.day.root.public
    place = backup.copy(bundle, tmp_path / "stick", root)
    assert place.read_bytes() == bundle.path.read_bytes()
    assert backup.copy(bundle, tmp_path / "stick", root) == place
    assert list(place.parent.iterdir()) == [place]


async def test_what_lies_there_already_is_never_overwritten(bundle: Bundle, joined: Made, tmp_path: Path) -> None:
    root = joined.day.root.public
    place = tmp_path / bundle.path.name
    place.write_bytes(b"damaged on the stick")
    with pytest.raises(Damaged) as damaged:
        backup.copy(bundle, tmp_path, root)
    assert damaged.value.wire_code == "backup_damaged"
    other = usual_day()
    data = other.bundle()
    place.write_bytes(data)
    with pytest.raises(Refused) as another:
        backup.copy(bundle, tmp_path, other.root.public)
    assert another.value.wire_code == "backup_exists"
    assert place.read_bytes() == data


async def test_a_medium_that_is_not_there_is_said_so(bundle: Bundle, joined: Made, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "not" / "mounted", tmp_path / "file"):
        with pytest.raises(Unavailable) as failed:
            backup.copy(bundle, folder, joined.day.root.public)
        assert failed.value.wire_code == "backup_failed"
