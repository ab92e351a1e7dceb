"""A campaign: numbers of several kinds run in batches by a few child processes, summed in a state file and resumed.

Judges nothing: a kind's `run` does, in the child.
"""

import asyncio
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from tests.campaign.child import Told
from tests.campaign.kind import Kind
from tests.campaign.state import Finding, State, ranges
from tests.support import statefile

ROOT = Path(__file__).resolve().parents[2]
Batch = tuple[Kind, int, int]


def commit() -> str:
    """The commit that is checked out, with a `+` if files differ from it."""
    head = _git("rev-parse", "--short=12", "HEAD")
    return head + ("+" if _git("status", "--porcelain") else "")


class Campaign:
    """The campaign whose state is in the file `path`; `say` hears a line about every finding."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self.path = path
        self.state = statefile.load(path, State)
        self.commit = commit()
        self._say = say

    def go(self, wanted: Iterable[tuple[Kind, int]], workers: int) -> None:
        """Runs the numbers of each kind up to the given one that no commit has run yet, so many batches at a time;
        first those that failed at another commit, for they may be mended.
        """
        kinds = list(wanted)
        asyncio.run(self._work(deque(self._failed(kind for kind, _ in kinds)), workers))
        asyncio.run(self._work(deque(self._missing(kinds)), workers))

    def _failed(self, kinds: Iterable[Kind]) -> list[Batch]:
        return [
            (kind, finding.number, finding.number)
            for kind in kinds
            for finding in self.state.count(kind.name).open()
            if finding.commit != self.commit
        ]

    def _missing(self, wanted: list[tuple[Kind, int]]) -> list[Batch]:
        """Batches in the order to run them: kinds mixed, so that what is slow does not stand alone at the end."""
        placed: list[tuple[float, Batch]] = []
        for kind, upto in wanted:
            left = set(range(1, upto + 1)) - self.state.count(kind.name).done()
            for first, last in ranges(left):
                for at in range(first, last + 1, kind.batch):
                    placed.append((at / upto, (kind, at, min(last, at + kind.batch - 1))))
        return [batch for _, batch in sorted(placed, key=lambda one: one[0])]

    async def _work(self, batches: "deque[Batch]", workers: int) -> None:
        async def worker() -> None:
            while batches:
                kind, first, last = batches.popleft()
                reached = await self._run(kind, first, last)
                if reached < last:
                    batches.appendleft((kind, reached + 1, last))

        await asyncio.gather(*(worker() for _ in range(workers)))

    async def _run(self, kind: Kind, first: int, last: int) -> int:
        """Runs one batch; the last number done. A child that hangs or dies is a finding of the number it had."""
        command = [sys.executable, "-m", "tests.campaign.child", kind.module, str(first), str(last)]
        child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, cwd=ROOT, limit=1 << 20)
        assert child.stdout is not None
        number = first
        try:
            while number <= last:
                try:
                    line = await asyncio.wait_for(child.stdout.readline(), kind.patience)
                except TimeoutError:
                    line = b""
                if not line:
                    self._note(kind, Told(number, 0, kind.patience, f"died or hung ({kind.patience:.0f} s)"))
                    return number
                self._note(kind, msgspec.json.decode(line, type=Told))
                number += 1
        finally:
            if child.returncode is None and number <= last:
                child.kill()
            await child.wait()
            statefile.save(self.path, self.state)
        return last

    def _note(self, kind: Kind, told: Told) -> None:
        count = self.state.count(kind.name)
        count.add(self.commit, told.number, told.cases, told.seconds)
        same = [finding for finding in count.open() if finding.number == told.number]
        if not told.failed:
            for finding in same:
                finding.mended = self.commit
            return
        if not same:
            count.findings.append(Finding(told.number, self.commit, told.failed))
        self._say(
            f"{kind.name} {told.number} failed at commit {self.commit}; "
            f"again: deploy/campaign --again {kind.name} {told.number}\n{told.failed}"
        )


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
