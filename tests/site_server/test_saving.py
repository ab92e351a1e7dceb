"""A save is whole, signed, never holds the dongle, and takes the place of the former one only when it has been read."""

import asyncio
import os
from pathlib import Path

import pytest

from shared import documents as d
from shared import records, signed
from shared.errors import Damaged, Refused, Unavailable
from shared.io.store import Store
from site_server import saving
from site_server.station import Station
from tests.site_server.conftest import copied_day
from tests.support.site_day import Made
from tests.support.small_day import ROOM, SITE


async def test_a_save_of_a_working_site_holds_everything_but_the_dongle(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    await copied_day(station, joined, tmp_path)
    made = await asyncio.to_thread(saving.save, station.site, tmp_path / "disk" / "save")
    folder = tmp_path / "disk" / "save"
    found = signed.verify((folder / "save.kdd").read_bytes(), d.SAVE, station.site.keys.signer.public, d.SiteSave)
    assert found == made and (made.site, made.number, made.point) == (SITE, 1, station.site.end)
    on_disk = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert on_disk == {"save.kdd", *(one.name for one in made.files)}
    assert {Path(one).name for one in on_disk if one.startswith("data-1/")} == {
        "settings.json", "ca.crt", "registration.kdd", "welcome.kdd", "ca.key.wrapped", "site.key.wrapped",
        "stream.key.wrapped", "stream.key.platform", "site.db",
    }  # fmt: skip
    assert {one.name for one in (folder / "papers").iterdir()} == {
        one.sha256.hex() for one in station.held.get("m1").formal.papers
    }
    copy = Store(folder / "data-1" / "site.db")
    assert copy.points() == station.site.store.points()
    assert copy.facts("") == station.site.store.facts("")
    copy.close()
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*"))


async def test_the_next_save_takes_its_place_whatever_a_crash_left(station: Station, tmp_path: Path) -> None:
    await station.site.begin()
    saving.save(station.site, tmp_path / "save")
    (tmp_path / "save" / "data-7").mkdir()
    await station.site.write(records.PhaseSeen("m1", ROOM, "opened"))
    made = saving.save(station.site, tmp_path / "save")
    assert (made.number, made.point) == (8, station.site.end)
    assert [path.name for path in (tmp_path / "save").glob("data-*")] == ["data-8"]


async def test_a_save_that_fails_leaves_the_former_whole(station: Station, tmp_path: Path) -> None:
    await station.site.begin()
    folder = tmp_path / "save"
    saving.save(station.site, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    station.site.folder.ca_certificate.rename(tmp_path / "ca.crt")
    with pytest.raises(Unavailable) as failed:
        saving.save(station.site, folder)
    assert failed.value.wire_code == "save_failed"
    (tmp_path / "ca.crt").rename(station.site.folder.ca_certificate)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    (tmp_path / "a file").write_text("no folder")
    with pytest.raises(Unavailable) as no_folder:
        saving.save(station.site, tmp_path / "a file" / "save")
    assert no_folder.value.wire_code == "save_failed"


async def test_another_sites_save_is_never_written_over(station: Station, tmp_path: Path) -> None:
    await station.site.begin()
    other = d.SiteSave("s9", 3, 1, station.site.end, b"", ())
    (tmp_path / "save.kdd").write_bytes(signed.sign(station.site.keys.signer, d.SAVE, other))
    with pytest.raises(Refused) as refused:
        saving.save(station.site, tmp_path)
    assert refused.value.wire_code == "save_exists"
    assert not (tmp_path / "data-1").exists() and not (tmp_path / "data-4").exists()


async def test_a_paper_that_was_damaged_on_the_way_is_no_save(station: Station, joined: Made, tmp_path: Path) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    paper = next(station.site.folder.papers.iterdir())
    data = paper.read_bytes()
    paper.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(Damaged) as damaged:
        saving.save(station.site, tmp_path / "save")
    assert damaged.value.wire_code == "save_damaged"
    assert not (tmp_path / "save" / "save.kdd").exists()
    paper.write_bytes(data)
    saving.save(station.site, tmp_path / "save")
    os.truncate(tmp_path / "save" / "papers" / paper.name, 5)
    saving.save(station.site, tmp_path / "save")
    assert (tmp_path / "save" / "papers" / paper.name).read_bytes() == data, "what lies there damaged is copied again"
