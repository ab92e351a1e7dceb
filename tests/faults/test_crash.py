"""Crash states of every hop stand; and a store that did not flush would be found."""

import random
from collections.abc import Iterator

import pytest

from tests.faults.crash import Recoverer, Run, judge, record, recovering, run_of
from tests.faults.promises import marks
from tests.faults.shim import Kind


@pytest.fixture(scope="module")
def recoverer() -> Iterator[Recoverer]:
    """Starts the product again and again."""
    with recovering() as one:
        yield one


@pytest.fixture(scope="module")
def pc() -> Run:
    """One run of a PC."""
    return run_of("pc", 0)


def found(run: Run, recoverer: Recoverer, states: int) -> list[str]:
    """What was found wrong at points all over the run."""
    wrong = []
    for n in range(states):
        point = run.points[n * len(run.points) // states] + 1
        try:
            judge(run, point, random.Random(n), recoverer)
        except AssertionError as error:
            wrong.append(str(error))
    return wrong


def test_everything_acknowledged_is_there_after_any_crash(pc: Run, recoverer: Recoverer) -> None:
    assert found(pc, recoverer, 40) == []


def test_small_files_are_there_whole_after_any_crash(recoverer: Recoverer) -> None:
    assert found(record("files", 1, 0), recoverer, 80) == []


def test_a_pc_that_does_not_flush_its_journal_is_found(pc: Run, recoverer: Recoverer) -> None:
    wal = {one.inode for one in pc.events if one.name.endswith("-wal")}
    kept = [one for one in pc.events if not (one.kind is Kind.FLUSH and one.inode in wal)]
    told = found(Run("pc", pc.folder, kept, pc.last), recoverer, 40)
    assert len(told) > 10 and any("was acknowledged" in one for one in told)


def test_a_pc_that_does_not_flush_its_folders_is_found(pc: Run, recoverer: Recoverer) -> None:
    folders = {one.inode for one in pc.events if one.folder}
    kept = [one for one in pc.events if not (one.kind is Kind.FLUSH and one.inode in folders)]
    assert found(Run("pc", pc.folder, kept, pc.last), recoverer, 20)


def test_a_pc_that_died_before_a_flush_tells_only_what_stays(pc: Run, recoverer: Recoverer) -> None:
    wal = {one.inode for one in pc.events if one.name.endswith("-wal")}
    before = [n for n, one in enumerate(pc.events) if one.kind is Kind.FLUSH and one.inode in wal and n > pc.ready]
    for point in before[:: len(before) // 4]:
        disk, promises = pc.at(point)
        outcome, events = recoverer.start("pc", disk.seen(), "", on=True)
        first = next(n for n, one in enumerate(events) if one.kind is Kind.MARK)
        told = next(n for n, one in enumerate(events) if n > first and one.kind is not Kind.MARK)
        assert outcome.ended is not None
        again = disk.restarted(recoverer.disk)
        more = promises.copy()
        # Up to where the room has been told of the journal's end, and not a write further.
        for one in events[:told]:
            again.take(one)
            for mark in marks([one]):
                more.take(mark)
        found, _ = recoverer.start("pc", again.certain(), "", on=False)
        more.judge(found.began, outcome.ended)
