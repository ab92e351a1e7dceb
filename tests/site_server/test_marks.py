"""The mark: it only moves on, waits for a dongle that is out, and tells an older folder or clock."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from shared import documents as d
from shared import records
from shared.errors import Refused
from shared.ledger import START, Point
from site_server.dongle import keyfile
from site_server.marks import Marks
from site_server.site import Site
from tests.support.site_day import PASSPHRASE, Made, copy_of
from tests.support.small_day import SITE

EARLY, LATE = Point(1, 3, b"a" * 32), Point(1, 9, b"b" * 32)
NEXT = Point(2, 1, b"c" * 32)


@pytest.fixture
def dongle(tmp_path: Path) -> keyfile.KeyFileDongle:
    """A dongle of its own."""
    return keyfile.create(tmp_path / "stick.kdk", PASSPHRASE, SITE)


def test_it_never_goes_back_in_time_or_stream(dongle: keyfile.KeyFileDongle) -> None:
    marks = Marks(dongle.read_mark())
    marks.move(dongle, 100, LATE)
    marks.move(dongle, 50, EARLY)
    assert dongle.read_mark() == d.Mark(SITE, 100, LATE)
    marks.move(dongle, 0, NEXT)
    assert dongle.read_mark() == d.Mark(SITE, 100, NEXT)


def test_without_a_dongle_it_waits(dongle: keyfile.KeyFileDongle, tmp_path: Path) -> None:
    marks = Marks(dongle.read_mark())
    marks.move(None, 100, EARLY)
    assert not marks.written
    (tmp_path / "stick.kdk").rename(tmp_path / "pulled")
    marks.move(dongle, 100, LATE)
    assert not marks.written
    (tmp_path / "pulled").rename(tmp_path / "stick.kdk")
    assert dongle.read_mark() == d.Mark(SITE, 0, START)
    marks.flush(dongle)
    assert marks.written
    assert dongle.read_mark() == d.Mark(SITE, 100, LATE)


def test_an_override_alone_sets_its_time_back(dongle: keyfile.KeyFileDongle) -> None:
    marks = Marks(dongle.read_mark())
    marks.move(dongle, 100, LATE)
    marks.replace(dongle, d.Mark(SITE, 40, NEXT))
    assert dongle.read_mark() == d.Mark(SITE, 40, NEXT) == marks.mark


def test_a_time_before_it_is_refused_beyond_its_error_only() -> None:
    marks = Marks(d.Mark(SITE, 1000, START))
    marks.check_time(990, 10)
    assert not marks.behind
    with pytest.raises(Refused, match="lies 11 ms before") as early:
        marks.check_time(989, 10)
    assert early.value.wire_code == "clock_before_mark"
    assert marks.behind
    marks.check_time(2000, 10)
    assert not marks.behind


async def test_every_record_of_the_site_moves_it_and_an_older_copy_is_refused(made: Made, tmp_path: Path) -> None:
    stick, older = tmp_path / "stick.kdk", tmp_path / "older"
    site = Site.open(made.folder, PASSPHRASE)
    await site.write(records.KeysReleased("m1", "01"))
    site.close()
    earlier = copy_of(made.folder.path, older)
    site = Site.open(made.folder, PASSPHRASE)
    await site.write(records.PhaseSeen("m1", "01", "opened"))
    end = site.end
    assert site.keys.dongle.read_mark().point == end
    site.close()
    stick.write_bytes(made.folder.dongle.read_bytes())
    earlier.folder.dongle.write_bytes(stick.read_bytes())
    with pytest.raises(Refused, match=r"remembers record 1\.3 .* ends at 1\.2") as rolled:
        Site.open(earlier.folder, PASSPHRASE)
    assert rolled.value.wire_code == "rolled_back"
    site = Site.open(made.folder, PASSPHRASE)
    assert site.end == end
    site.close()


async def test_another_history_of_the_same_length_is_refused_too(made: Made, tmp_path: Path) -> None:
    twin = copy_of(made.folder.path, tmp_path / "twin")
    for folder, room in ((made.folder, "01"), (twin.folder, "02")):
        site = Site.open(folder, PASSPHRASE)
        await site.write(records.KeysReleased("m1", room))
        site.close()
    twin.folder.dongle.write_bytes(made.folder.dongle.read_bytes())
    with pytest.raises(Refused) as rolled:
        Site.open(twin.folder, PASSPHRASE)
    assert rolled.value.wire_code == "rolled_back"


async def test_only_platform_signed_times_raise_its_time(made: Made) -> None:
    site = Site.open(made.folder, PASSPHRASE)
    await site.write(records.KeysReleased("m1", "01"))
    assert site.keys.dongle.read_mark().time == 0
    await site.write(records.TimeSynced(5_000, 0, 3))
    await site.write(records.TimeFileTaken(7_000, bytes(32)))
    await site.write(records.TimeSynced(6_000, 0, 3))
    assert site.keys.dongle.read_mark() == replace(site.marks.mark, time=7_000)
    site.close()
