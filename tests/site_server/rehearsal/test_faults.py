"""Planned faults: drawn from the seed, inside the exam, one at a time in a room, only where there is somebody."""

from collections import Counter
from dataclasses import replace

import pytest

from site_server.rehearsal.faults import CUTS, EARLIEST, LATEST, PART, Fault, Plan
from site_server.rehearsal.options import FAULTS, Options
from site_server.rehearsal.pcs import Script
from site_server.rehearsal.people import Candidate
from tests.site_server.rehearsal.test_options import OPTIONS

LENGTH, GRACE = 240_000, 4_000
WAYS = ("early", "end", "none")
EVERYTHING = frozenset(FAULTS)
ROOMS = [f"{number:02}" for number in range(1, 11)]
SCRIPTS = [
    Script(Candidate(f"10{number:03}", "99X"), ROOMS[number % 10], number // 10 + 1, number, 2, WAYS[number % 3], 0.8)
    for number in range(400)
]
MANY = replace(OPTIONS, rooms=10, candidates=400, faults=EVERYTHING)


def planned(options: Options, rooms: list[str] = ROOMS) -> list[Fault]:
    """The faults of a day."""
    scripts = [script for script in SCRIPTS if script.room in rooms][: options.candidates]
    return Plan.draw(options, rooms, scripts, LENGTH, GRACE)


def test_the_same_seed_plans_the_same_faults() -> None:
    assert planned(MANY) == planned(MANY)
    assert planned(MANY) != planned(replace(MANY, seed=2))
    assert planned(replace(MANY, faults=frozenset())) == []


@pytest.mark.parametrize("kind", sorted(EVERYTHING))
def test_each_kind_brings_its_own_faults_only(kind: str) -> None:
    kinds = {fault.kind for fault in planned(replace(MANY, faults=frozenset({kind})))}
    assert kinds == {
        "kill": {"pc_killed", "room_killed", "site_killed", "platform_killed"}, "lan": {*CUTS, "across_end"},
        "disk": {"disk_full"}, "room": {"room_destroyed"}, "site": {"site_destroyed"},
    }[kind]  # fmt: skip
    assert "platform_killed" not in {fault.kind for fault in planned(replace(MANY, offline=True))}


def test_every_room_is_cut_off_and_one_across_the_end() -> None:
    faults = planned(MANY)
    cut = [fault for fault in faults if fault.kind in CUTS]
    assert len({fault.room for fault in cut}) == 10
    assert {fault.kind for fault in cut} == set(CUTS)
    [last] = [fault for fault in faults if fault.kind == "across_end"]
    assert last.at < 0.9 * LENGTH, "somebody still types"
    assert last.at + last.lasts > LENGTH + GRACE, "and what was typed comes too late to count by itself"


@pytest.mark.parametrize("seed", range(20))
def test_one_fault_at_a_time_in_a_room_and_time_to_get_over_it(seed: int) -> None:
    for options, rooms in ((MANY, ROOMS), (replace(MANY, rooms=2, candidates=8), ROOMS[:2])):
        faults = [one for one in planned(replace(options, seed=seed), rooms) if one.kind != "across_end"]
        assert all(EARLIEST * LENGTH - 1 <= one.at <= LATEST * LENGTH for one in faults)
        assert all(one.lasts <= PART * LENGTH / 2 for one in faults)
        parts = Counter((one.room, part(one)) for one in faults if one.room and one.kind != "pc_killed")
        assert set(parts.values()) == {1}
        assert not {(one.room, part(one)) for one in faults if one.kind == "pc_killed"} & set(parts)


def part(fault: Fault) -> int:
    """Which part of the day a fault falls into."""
    return int(((fault.at + 1) / LENGTH - EARLIEST) / PART)


def test_crashes_hit_different_candidates_who_are_still_there() -> None:
    crashes = [fault.script for fault in planned(MANY) if fault.script is not None]
    assert len({script.candidate.ticket for script in crashes}) == MANY.crashes == 20
    assert {script.hand_in for script in crashes} <= {"end", "none"}, "the others may have left"


def test_half_of_the_crashed_move_each_to_a_spare_of_the_room() -> None:
    moved = [fault for fault in planned(MANY) if fault.spare]
    assert len(moved) == 10
    assert len({(fault.room, fault.spare) for fault in moved}) == 10, "no spare PC is used twice"
    assert all(MANY.seats < fault.spare <= MANY.seats + MANY.spares for fault in moved)
