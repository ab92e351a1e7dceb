"""What the environment check finds wrong."""

from pathlib import Path

import pytest

from candidate_client.checks import THEORY, Facts, faults, look, windows_release

FIT = Facts(free_disk=THEORY.free_disk, free_memory=THEORY.free_memory, windows=10)


def test_a_fit_pc_has_no_faults() -> None:
    assert faults(FIT) == ()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (Facts(THEORY.free_disk - 1, THEORY.free_memory), "low_disk"),
        (Facts(THEORY.free_disk, THEORY.free_memory - 1), "low_memory"),
        (Facts(THEORY.free_disk, THEORY.free_memory, windows=7), "old_system"),
        (Facts(THEORY.free_disk, THEORY.free_memory, programs=frozenset({"python", "todesk"})), "forbidden_program"),
        (Facts(THEORY.free_disk, THEORY.free_memory, clock=-THEORY.clock - 1), "clock_far"),
    ],
)
def test_each_fault_has_its_code(facts: Facts, code: str) -> None:
    assert faults(facts) == (code,)


@pytest.mark.parametrize(
    ("system", "release", "number"),
    [("Linux", "6.1", 0), ("Windows", "7", 7), ("Windows", "8.1", 8), ("Windows", "11", 11), ("Windows", "XP", 1),
     ("Windows", "2008ServerR2", 7), ("Windows", "2019Server", 10)],
)  # fmt: skip
def test_windows_is_told_apart(system: str, release: str, number: int) -> None:
    assert windows_release(system, release) == number


def test_this_machine_can_be_looked_at(tmp_path: Path) -> None:
    facts = look(tmp_path)
    assert facts.free_disk > 0
    assert facts.free_memory > 0
    assert any(name.startswith("p") for name in facts.programs)
    assert look(tmp_path, programs=False).programs == frozenset()
