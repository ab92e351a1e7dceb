"""Documents from a folder are known by what they say they are, and from the platform by what it lists."""

from pathlib import Path

import pytest

from shared import documents as d
from shared import signed
from shared.errors import Malformed, Unavailable
from shared.model import Cancellation, Correction
from site_server import loading, timefile
from site_server.station import Station
from tests.support.site_day import Made
from tests.support.small_day import ROOM, SITE, T


def changes(made: Made, *what: Cancellation | Correction) -> bytes:
    """The signed changes of the day's session for its room."""
    named = tuple(d.NamedChange((ROOM,), one) for one in what)
    return signed.sign(made.day.issuing, d.CHANGES, d.SessionChanges(len(what), SITE, "m1", 0, 2**50, named))


async def test_names_of_files_do_not_matter_and_of_several_the_newest_counts(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day, stick = joined.day, tmp_path / "stick"
    stick.mkdir()
    one, two = Correction({}, "一"), Correction({}, "二")
    for name, data in {
        "9.kdd": day.formal, "1.KDD": day.session_document, "x.kdp": day.package, "a.kdd": changes(joined, one, two),
        "b.kdd": changes(joined, one), "t.kdd": signed.sign(day.issuing, d.TIME_FILE, d.TimeFile(SITE, T)),
        "welcome.kdd": joined.folder.welcome.read_bytes(), "notes.txt": b"x",
    }.items():  # fmt: skip
        (stick / name).write_bytes(data)
    assert await loading.load_folder(station.held, station.site, stick) == [d.FORMAL, d.SESSION, d.CHANGES, d.TIME_FILE]
    found = station.held.get("m1").changes
    assert found is not None and [one.what for one in found.changes] == [one, two]
    assert timefile.not_before(station.site) == T
    assert await loading.load_folder(station.held, station.site, stick) == []


async def test_a_folder_is_taken_in_whole_or_not_at_all(station: Station, joined: Made, tmp_path: Path) -> None:
    stick = joined.day.write_files(tmp_path / "stick")
    (stick / "time.kdd").write_bytes(signed.sign(joined.day.root, d.TIME_FILE, d.TimeFile(SITE, T)))
    with pytest.raises(Exception, match="signed with key"):
        await loading.load_folder(station.held, station.site, stick)
    assert station.held.sessions == {} and station.site.end.position == 0
    (stick / "time.kdd").write_bytes(signed.sign(joined.day.ca, d.GRANT, d.Grant("x", 1, joined.day.root.public, 0)))
    with pytest.raises(Malformed) as strange:
        await loading.load_folder(station.held, station.site, stick)
    assert strange.value.wire_code == "wrong_type" and "time.kdd" in strange.value.detail
    with pytest.raises(Unavailable):
        await loading.load_folder(station.held, station.site, tmp_path / "nothing")


async def test_changes_come_online_too(station: Station, joined: Made) -> None:
    day = joined.day
    joined.platform.documents = [
        (d.FORMAL, day.formal), (d.PACKAGE, day.package), (d.CHANGES, changes(joined, Cancellation("停电"))),
    ]  # fmt: skip
    assert await loading.load_online(station.held, station.site) == [d.FORMAL, d.CHANGES]
    assert station.held.get("m1").in_room(ROOM) is None
