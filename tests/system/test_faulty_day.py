"""A small exam day with every fault an exam room meets: nothing lost, nothing doubled, everybody soon back at work."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from site_server.rehearsal.outages import ALARMED, DESTROYED, OUT_OF_WORK, REPLACED
from tests.support.rehearsed import Rehearsed, program

pytestmark = [pytest.mark.system, pytest.mark.long]

CANDIDATES, MINUTES = 8, 1.5
ALWAYS = (
    "room_killed",
    "site_killed",
    "platform_killed",
    "disk_full",
    "across_end",
    "room_destroyed",
    "site_destroyed",
)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """The day; two rooms, so that faults of both kinds of machines fall into the same room."""
    out = tmp_path_factory.mktemp("faulty") / "day"
    line = f"--rooms 2 --candidates {CANDIDATES} --faults all --minutes {MINUTES} --seed 3 --out {out}"
    ran = program("kaodian-rehearse", *line.split())
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    return Rehearsed(out, ran.returncode, ran.stdout)


def test_nothing_is_lost_or_doubled(faulty: Rehearsed) -> None:
    answers = faulty.summary["answers"]
    assert (answers["lost"], answers["duplicated"]) == (0, 0)
    assert 0 < answers["acknowledged"] <= answers["in_bundle"] <= answers["saved"]
    assert faulty.summary["submitted"] + faulty.summary["collected"] == CANDIDATES
    rows = [(row["ticket"], row["item"]) for row in faulty.lines("results.jsonl")]
    assert len(set(rows)) == len(rows)


def test_every_fault_was_made(faulty: Rehearsed) -> None:
    faults: list[dict[str, Any]] = faulty.summary["faults"]
    kinds = Counter(fault["kind"] for fault in faults if fault["made"])
    assert [kinds[kind] for kind in ALWAYS] == [1] * len(ALWAYS)
    assert kinds["pc_killed"] >= 1
    assert len(kinds.keys() & {"unplugged", "flapping", "mute", "no_site"}) >= 2
    assert all(fault["lasted"] > 0 for fault in faults if not fault["kind"].endswith("_killed"))


def test_everybody_is_soon_back_at_work_and_staff_hear_of_the_disk(faulty: Rehearsed) -> None:
    for fault in faulty.summary["faults"]:
        assert fault["worst"] <= OUT_OF_WORK, fault
        if fault["kind"] in DESTROYED:
            assert fault["lasted"] <= REPLACED, fault
        if fault["kind"] == "disk_full":
            assert 0 < fault["alarm"] <= ALARMED, fault
    told = faulty.said
    assert "故障：考场" in told
    assert "恢复最慢的座位" in told


def test_machines_networks_and_disks_are_gone(faulty: Rehearsed) -> None:
    assert not (faulty.out / "machines").exists()
    assert str(faulty.out) not in Path("/proc/self/mounts").read_text("utf-8")
    assert json.loads((faulty.out / "receipt.json").read_text("utf-8"))["sha256"] == faulty.summary["bundle"]["sha256"]
