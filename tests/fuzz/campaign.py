"""A campaign: targets run in turn, one child process at a time; executions are summed in a state file and resumed.

The state file is JSON; beside it a work folder keeps the growing corpus and every input that was a finding. Judges
nothing: `tests.fuzz.target` does, in the child.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from shared import limits
from tests.fuzz import corpus
from tests.fuzz.target import Target, scratch
from tests.support import statefile

TURN_SECONDS = 20
EXECUTED = re.compile(r"^stat::number_of_executed_units:\s+(\d+)", re.MULTILINE)
WROTE = re.compile(r"Test unit written to (\S+)")


class Count(msgspec.Struct):
    """What one target has had so far; `findings` name the files of inputs that it did not stand."""

    executions: int = 0
    seconds: float = 0.0
    findings: list[str] = []


class State(msgspec.Struct):
    """A campaign's state file."""

    targets: dict[str, Count] = {}

    def total(self) -> int:
        """Executions of all targets."""
        return sum(count.executions for count in self.targets.values())


class Campaign:
    """The campaign whose state is in the file `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = statefile.load(path, State)
        self.work = path.with_suffix(".work")

    def rounds(self, targets: list[Target], minutes: float, runs: int) -> None:
        """Turns of all targets until `minutes` have passed, or once for each with `runs` executions if given."""
        until = time.monotonic() + minutes * 60
        while True:
            for target in sorted(targets, key=lambda one: self._count(one.name).seconds / one.share):
                self.turn(target, TURN_SECONDS * target.share, runs)
                if time.monotonic() >= until and not runs:
                    return
            if runs:
                return

    def recheck(self, targets: list[Target]) -> None:
        """Forgets the findings whose inputs are stood now; the inputs join the corpus."""
        for target in targets:
            count, still = self._count(target.name), []
            for name in count.findings:
                path = Path(name)
                if path.is_file() and self._child(target, [name])[2]:
                    corpus.spread([path.read_bytes()], self.work / "corpus" / target.name)
                else:
                    still.append(name)
            count.findings = still
        self._save()

    def turn(self, target: Target, seconds: float, runs: int = 0) -> Count:
        """One child process with one target; its count after it."""
        folder = corpus.spread([*target.seeds(), *corpus.inputs(target.name)], self.work / "corpus" / target.name)
        options = [f"-runs={runs}"] if runs else [f"-max_total_time={max(1, round(seconds))}"]
        log, spent, _ = self._child(target, [*options, str(folder)])
        count = self._count(target.name)
        executed = EXECUTED.search(log)
        count.executions += int(executed[1]) if executed else 0
        count.seconds += spent
        found = WROTE.search(log)
        if found or not executed:
            count.findings.append(found[1] if found else "no input")
            sys.stderr.write(f"{target.name}: a finding\n{_told(log)}\n")
        self._save()
        return count

    def renew(self, target: Target) -> int:
        """Replaces the kept inputs of a target by this campaign's: those that together reach all the code that its
        corpus reaches, then others; how many there are now.
        """
        smaller = self.work / "minimised" / target.name
        smaller.mkdir(parents=True, exist_ok=True)
        source = corpus.spread([*target.seeds(), *corpus.inputs(target.name)], self.work / "corpus" / target.name)
        self._child(target, ["-merge=1", str(smaller), str(source)])
        return corpus.keep(target.name, corpus.gathered(smaller), corpus.gathered(source))

    def _child(self, target: Target, options: list[str]) -> tuple[str, float, bool]:
        """What a child printed, its seconds, and whether it ended well."""
        findings = self.work / "findings" / target.name
        findings.mkdir(parents=True, exist_ok=True)
        own = [f"-max_len={target.most}", f"-artifact_prefix={findings}/", "-print_final_stats=1"]
        own += ["-rss_limit_mb=3000", "-timeout=60", "-verbosity=1"]
        command = [sys.executable, "-m", "tests.fuzz.child", target.name, *own, *options]
        began = time.monotonic()
        with scratch() as folder:
            done = subprocess.run(command, capture_output=True, check=False, env=os.environ | {"TMPDIR": folder})
        log = done.stderr.decode(errors="replace") + done.stdout.decode(errors="replace")
        return log, time.monotonic() - began, done.returncode == 0

    def _count(self, name: str) -> Count:
        return self.state.targets.setdefault(name, Count())

    def _save(self) -> None:
        statefile.save(self.path, self.state)


def _told(log: str) -> str:
    """The part of a child's log that says what went wrong."""
    begin = max(log.find("Uncaught Python exception"), log.find("ERROR: libFuzzer"), 0)
    return log[begin : begin + 4 * limits.KIB]
