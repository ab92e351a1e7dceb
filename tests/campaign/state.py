"""What a campaign has done so far: per kind and commit the numbers run, and every finding. Runs nothing."""

import itertools
from collections.abc import Iterable, Iterator

import msgspec


class Run(msgspec.Struct):
    """What one commit had of a kind: ranges of numbers (first and last), the cases they were, and seconds of work."""

    done: list[tuple[int, int]] = []
    cases: int = 0
    seconds: float = 0.0


class Finding(msgspec.Struct):
    """A number that failed at `commit`; `mended` is the first commit found to stand it, or empty."""

    number: int
    commit: str
    told: str
    mended: str = ""


class Count(msgspec.Struct):
    """All of one kind."""

    runs: dict[str, Run] = {}
    findings: list[Finding] = []

    def done(self) -> set[int]:
        """The numbers that some commit has run."""
        return {number for run in self.runs.values() for first, last in run.done for number in range(first, last + 1)}

    def open(self) -> list[Finding]:
        """Findings that no commit has stood yet."""
        return [finding for finding in self.findings if not finding.mended]

    def add(self, commit: str, number: int, cases: int, seconds: float) -> None:
        """One more number was run."""
        run = self.runs.setdefault(commit, Run())
        numbers = {one for first, last in run.done for one in range(first, last + 1)} | {number}
        run.done = list(ranges(numbers))
        run.cases += cases
        run.seconds += seconds


class State(msgspec.Struct):
    """A campaign's state file."""

    kinds: dict[str, Count] = {}

    def count(self, kind: str) -> Count:
        """The count of a kind, made if needed."""
        return self.kinds.setdefault(kind, Count())


def ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of every run of consecutive numbers."""
    for _, group in itertools.groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield run[0], run[-1]
