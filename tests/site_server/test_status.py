"""The state that people see: what is there, what is copied, what is done."""

import asyncio
from pathlib import Path
from typing import Any

from shared import codec, limits
from shared.messages import RoomStatus
from site_server import status, verbs
from site_server.station import Station
from tests.site_server.conftest import copied_day, nothing, serving
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


async def test_the_platform_is_told_sums_once_the_service_runs(station: Station, joined: Made, tmp_path: Path) -> None:
    async with serving(station), asyncio.timeout(5):
        await joined.platform.reported.wait()
    await copied_day(station, joined, tmp_path)
    told = RoomStatus("m1", "over", 3, 2, 0, 1, 1, 1, 0)
    station.rooms.states["m1", ROOM] = told
    facts = codec.decode_json(dict[str, Any], status.report(status.of(station)), limits.FRAME_BYTES)
    [session] = facts["sessions"]
    assert (session["rooms"], session["copied"], session["submitted"], session["absent"]) == (1, 1, 1, 1)
