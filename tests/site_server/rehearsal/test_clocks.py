"""Clock chaos: each machine's clock gets each jump, the platform's none, and a program really sees it."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from shared.io.clock import boot_now, system_now
from site_server.rehearsal.clocks import HOUR, JUMPS, Clocks

LOOK = "from shared.io.clock import boot_now, system_now; print(system_now(), boot_now())"


@pytest.fixture
def clocks(tmp_path: Path) -> Clocks:
    return Clocks(tmp_path / "clocks", ["01", "02"], 1, lambda _text: None)


def seen(environment: dict[str, str]) -> tuple[int, int]:
    """System clock and boot-time clock as a program sees them, against ours."""
    before = system_now(), boot_now()
    said = subprocess.run([sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=True)
    system, boot = (int(word) for word in said.stdout.split())
    return system - before[0], boot - before[1]


async def test_every_machine_gets_every_jump_and_a_program_sees_it_by_its_wall_clock_alone(clocks: Clocks) -> None:
    assert max(map(abs, seen(clocks.environment("site")))) < 10_000
    await clocks.run(0)
    assert Counter(one["machine"] for one in clocks.done) == {
        name: len(JUMPS) for name in ("site", "room-01", "room-02", "candidates")
    }
    at = dict.fromkeys(("site", "room-01", "room-02", "candidates"), 0)
    for one in clocks.done:
        at[str(one["machine"])] += int(str(one["ms"]))
    assert set(at.values()) <= set(JUMPS)
    for machine, off in at.items():
        system, boot = seen(clocks.environment(machine))
        assert abs(system - off) < 10_000 < HOUR and abs(boot) < 10_000
    assert clocks.moved("site") == len(JUMPS)


def test_the_platform_keeps_its_clock(clocks: Clocks) -> None:
    assert clocks.environment("platform") == {}
