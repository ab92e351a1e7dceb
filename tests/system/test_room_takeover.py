"""A room machine is destroyed in the middle of an exam and a spare takes its place at another address: real processes.

The rehearsal's own judge holds what every PC had answered for against bundle, results and receipts. The PCs and the
console know the spare's address by the site file alone.
"""

from pathlib import Path

import pytest

from tests.support.rehearsed import Rehearsed, program

pytestmark = [pytest.mark.system, pytest.mark.long]
CANDIDATES = 3
LINE = f"--rooms 1 --candidates {CANDIDATES} --absent 0 --violations 0 --faults room --minutes 0.8 --seed 5 --keep"
BACK_AT_WORK = 60_000
"""Milliseconds."""


def test_pcs_find_the_spare_machine_at_its_address_and_the_old_one_stays_out(tmp_path: Path) -> None:
    out = tmp_path / "day"
    ran = program("kaodian-rehearse", *LINE.split(), "--out", out)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    day = Rehearsed(out, ran.returncode, ran.stdout)
    answers = day.summary["answers"]
    assert (answers["lost"], answers["duplicated"]) == (0, 0)
    assert 0 < answers["acknowledged"] <= answers["in_bundle"]
    assert day.summary["submitted"] + day.summary["collected"] == CANDIDATES
    (fault,) = day.summary["faults"]
    assert (fault["kind"], fault["made"]) == ("room_destroyed", True)
    assert fault["worst"] <= BACK_AT_WORK
    assert "the site has taken this machine's certificate back" in ran.stdout, "why the old machine does not serve"
