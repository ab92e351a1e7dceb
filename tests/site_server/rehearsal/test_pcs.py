"""The farm of simulated PCs: real candidate processes that start, are killed and start again."""

from pathlib import Path

import pytest

from shared import documents as d
from shared import signed
from shared.io import tls
from shared.io.tasks import Tasks
from site_server.rehearsal.pcs import Farm, Script
from site_server.rehearsal.people import Candidate
from site_server.rehearsal.programs import Programs
from tests.site_server.rehearsal.test_options import OPTIONS
from tests.support.machines import Population
from tests.support.room_day import eventually
from tests.support.small_day import SITE, SmallDay

SCRIPT = Script(Candidate("1001", "990000200001010010"), "01", 1, 1, 0, "end", 0.9)


def site_file(path: Path) -> Path:
    """A site whose room does not answer, so that its PCs wait."""
    day = SmallDay(())
    rooms = {"01": d.RoomAddress("127.21.255.1", 9)}
    found = d.SiteFile(SITE, "演练", day.ca_certificate, day.root.public, day.issuer, "127.0.0.1", 9, rooms)
    path.write_bytes(signed.sign(day.ca, d.SITE_FILE, found))
    return path


@pytest.mark.system
async def test_a_killed_pc_starts_again_with_a_trace_of_its_own(tmp_path: Path) -> None:
    programs, tasks = Programs(tmp_path / "logs", {}), Tasks()
    farm = Farm(tmp_path / "candidates", site_file(tmp_path / "site.kdd"), OPTIONS.pc_host)
    await farm.open(programs)
    listening = tasks.spawn("farm", farm.listen())
    machines = Population(*tls.make_ca("site"), "01", "127.21.0")
    for seat in (1, 31):
        machines.pc(seat).keep(farm.pc("01", seat), (tmp_path / "site.kdd").read_bytes())
    try:
        name = await farm.start(SCRIPT)
        await eventually(lambda: started(farm) == 1)
        assert await farm.kill(name)
        assert not await farm.kill(name), "it is dead already"
        spare = await farm.start(SCRIPT, seat=31)
        assert spare != name
        await eventually(lambda: started(farm) == 2)
        assert await farm.wait_all_ended(0.01) == 1
        await farm.close()
        await listening
        assert await farm.wait_all_ended(1) == 0
    finally:
        await tasks.close()
        await programs.close()


def started(farm: Farm) -> int:
    """How many of the candidate's traces have begun."""
    return sum(b'"start"' in path.read_bytes() for path in farm.traces("1001"))
