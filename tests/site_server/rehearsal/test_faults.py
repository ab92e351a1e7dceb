"""Planned faults: drawn from the seed, inside the exam, and only at PCs whose candidates are still there."""

from dataclasses import replace
from pathlib import Path

from site_server.rehearsal.faults import EARLIEST, LATEST, Crash, Faults
from site_server.rehearsal.options import Options
from site_server.rehearsal.pcs import Farm, Script
from site_server.rehearsal.people import Candidate
from site_server.rehearsal.programs import Programs
from tests.site_server.rehearsal.test_options import OPTIONS

START, LENGTH = 1_000_000, 60_000
WAYS = ("early", "end", "none")
SCRIPTS = [
    Script(Candidate(f"10{number:02}", "99X"), f"0{number % 3 + 1}", number + 1, number, 2, WAYS[number % 3], 0.8)
    for number in range(30)
]


def planned(folder: Path, options: Options) -> list[Crash]:
    """The crashes of a day."""
    faults = Faults(options, Farm(folder, folder / "site.kdd"), Programs(folder / "logs", {}), lambda _text: None)
    return faults.crashes(SCRIPTS, START, LENGTH)


def test_the_same_seed_plans_the_same_faults(tmp_path: Path) -> None:
    options = replace(OPTIONS, crash_candidates=6)
    assert planned(tmp_path, options) == planned(tmp_path, options)
    assert planned(tmp_path, options) != planned(tmp_path, replace(options, seed=2))


def test_crashes_hit_different_candidates_within_the_exam(tmp_path: Path) -> None:
    crashes = planned(tmp_path, replace(OPTIONS, crash_candidates=6))
    assert len({crash.script.candidate.ticket for crash in crashes}) == 6
    assert {crash.script.hand_in for crash in crashes} <= {"end", "none"}, "the others may have left"
    assert all(START + EARLIEST * LENGTH - 1 <= crash.at <= START + LATEST * LENGTH for crash in crashes)


def test_half_of_the_crashed_move_each_to_a_spare_of_the_room(tmp_path: Path) -> None:
    options = replace(OPTIONS, crash_candidates=6)
    moved = [crash for crash in planned(tmp_path, options) if crash.spare]
    assert len(moved) == 3
    assert len({(crash.script.room, crash.spare) for crash in moved}) == 3, "no spare PC is used twice"
    assert all(options.seats < crash.spare <= options.seats + options.spares for crash in moved)


def test_no_more_crash_than_there_are_candidates_who_stay(tmp_path: Path) -> None:
    assert len(planned(tmp_path, replace(OPTIONS, crash_candidates=30))) == 20
