"""The state that people see: what is there, what is copied, what is done."""

from pathlib import Path

from site_server import status, verbs
from site_server.station import Station
from tests.site_server.conftest import copied_day, nothing
from tests.support.site_day import Made
from tests.support.small_day import ROOM


async def test_the_state_follows_the_day(station: Station, joined: Made, tmp_path: Path) -> None:
    assert status.of(station).sessions == []
    await station.held.load(joined.day.formal, joined.day.package, None)
    [session] = status.of(station).sessions
    [room] = session.rooms
    assert (session.formal_version, session.session_version, session.complete) == (1, 0, False)
    assert (room.room, room.candidates, room.records, room.ended, room.enrolled) == (ROOM, 3, 0, False, False)
    await copied_day(station, joined, tmp_path)
    [session] = status.of(station).sessions
    [room] = session.rooms
    assert (room.ended, room.copied, room.enrolled, room.attempts) == (True, True, True, 2)
    sitting = len(joined.day.sitting_entries)
    assert room.points == [(1, sitting)]
    assert room.records == sitting + sum(len(pc.entries) for pc in joined.day.pcs.values())
    assert (session.complete, session.bundle, session.backed_up, session.uploaded) == (True, False, False, False)
    await verbs.run(station, verbs.Backup("m1", str(tmp_path / "stick")), nothing)
    await verbs.run(station, verbs.Send("m1"), nothing)
    [session] = status.of(station).sessions
    assert (session.bundle, session.backed_up, session.uploaded) == (True, True, True)
