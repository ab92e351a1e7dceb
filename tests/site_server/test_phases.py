"""Phase changes seen in the copies stand in the site stream, each once."""

from pathlib import Path

from shared import records
from site_server import phases
from site_server.copies import Copies
from site_server.station import Station
from tests.site_server.conftest import copied_day
from tests.site_server.test_guard import told
from tests.support.site_day import Made
from tests.support.small_day import ROOM


async def test_opening_and_end_of_a_sitting_are_noted_once(station: Station, joined: Made, tmp_path: Path) -> None:
    await copied_day(station, joined, tmp_path)
    site = station.site
    seen = [one for one in told(site) if isinstance(one, records.PhaseSeen)]
    assert seen == [records.PhaseSeen("m1", ROOM, "opened"), records.PhaseSeen("m1", ROOM, "ended")]
    end = site.end
    await phases.note(site, station.copies, "m1", ROOM)
    await phases.note(site, Copies(site.store, station.held, station.moves), "m1", ROOM)
    assert site.end == end
    assert site.keys.dongle.read_mark().point == end
