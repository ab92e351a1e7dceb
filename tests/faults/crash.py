"""Crash states: the disk as it may be after the power went at some point of a real program's run, and what the product
makes of it.

A number is one state of one hop. Hundreds of numbers share the log of one run. Some recoveries
are cut off by the next power failure. Raises AssertionError where something acknowledged is not there, or anything is
that nobody wrote; also where a program does not start.
"""

import atexit
import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from tests.faults import shim
from tests.faults.child import SIZE, Reply, Request
from tests.faults.disk import Disk, Draw, lay_out
from tests.faults.promises import READY, Found, Outcome, Promises, marks
from tests.faults.shim import Event, Kind

HOPS = ("pc", "room", "site", "files")
STATES_PER_LOG = 400
PAGES = (40, 100, 0)
"""After how many pages a run's log is taken over into its database (0: as in production)."""
DIED, CUT_AGAIN = 0.2, 0.5
"""Of all states: where the program dies alone before the power does, and where a recovery is cut off."""
BEFORE_READY = 0.1
"""Share of the states from the time before a hop is set up."""


def memory_folder() -> Path:
    """A new folder in memory where the system has one."""
    shared = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
    return Path(tempfile.mkdtemp(prefix="kaodian-faults-", dir=shared if os.access(shared, os.W_OK) else None))


class Run:
    """One run of a hop to its end: the log of its calls, and what it had written at last."""

    def __init__(self, hop: str, folder: Path, events: Sequence[Event], last: Found) -> None:
        self.hop = hop
        self.events = events
        self.last = last
        self.folder = folder
        self._disk = Disk(folder)
        self._promises = Promises()
        self._at = 0
        first = next(marked for marked in marks(events) if marked.what == READY)
        self.ready = next(n for n, one in enumerate(events) if one.kind is Kind.MARK and first in marks([one]))
        self.points = [n for n, one in enumerate(events) if one.kind is not Kind.OPEN or one.created]

    def at(self, point: int) -> tuple[Disk, Promises]:
        """The disk and what was promised after the first `point` events; they are this run's own."""
        if point < self._at:
            self._disk, self._promises, self._at = Disk(self.folder), Promises(), 0
        for event in self.events[self._at : point]:
            self._disk.take(event)
            for mark in marks([event]):
                self._promises.take(mark)
        self._at = point
        return self._disk, self._promises


class Recoverer:
    """The child that starts the product on a folder, and the log of what that did."""

    def __init__(self) -> None:
        self.folder = memory_folder()
        self.disk = self.folder / "disk"
        self._log = self.folder / "log"
        environment = {**os.environ, **shim.environment(self.disk, log=self._log)}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.child", "recover"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )

    def start(self, hop: str, files: Mapping[str, bytes], seed: str, on: bool) -> tuple[Outcome, list[Event]]:
        """Starts the hop on exactly these files and, with `on`, lets it work a little; what came of it, and its calls.

        Raises:
            AssertionError: it could not start.
        """
        reply, events = self._ask(Request(hop, str(self.disk), seed, on), files)
        assert reply.outcome is not None, f"the {hop} does not start any more: {reply.failed}"
        return reply.outcome, events

    def work(self, hop: str, seed: str, fail: str) -> tuple[str, list[Event]]:
        """Sets the hop up on an empty disk and lets it work while that fails; what it raised, and its calls."""
        reply, events = self._ask(Request(hop, str(self.disk), seed, fail=fail), {})
        return reply.failed, events

    def _ask(self, request: Request, files: Mapping[str, bytes]) -> tuple[Reply, list[Event]]:
        for one in (self.disk, self.disk.with_name("disk-outside")):
            shutil.rmtree(one, ignore_errors=True)
        self.disk.mkdir()
        lay_out(files, self.disk)
        with self._log.open("wb"):
            pass
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        asked = msgspec.msgpack.encode(request)
        self._child.stdin.write(SIZE.pack(len(asked)) + asked)
        self._child.stdin.flush()
        size = SIZE.unpack(self._child.stdout.read(SIZE.size))[0]
        return msgspec.msgpack.decode(self._child.stdout.read(size), type=Reply), list(shim.events(self._log))

    def close(self) -> None:
        """Ends the child."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.stdout.close()
        self._child.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def recovering() -> Iterator[Recoverer]:
    """A recoverer until the block ends."""
    one = Recoverer()
    try:
        yield one
    finally:
        one.close()


@lru_cache(maxsize=1)
def run_of(hop: str, seed: int) -> Run:
    """One run of a hop, by its seed."""
    return record(hop, seed, PAGES[seed % len(PAGES)])


def record(hop: str, seed: int, pages: int, environment: Mapping[str, str] | None = None) -> Run:
    """Lets a hop work to its end under the shim; raises `CalledProcessError` if it fails."""
    top = memory_folder()
    folder, log = top / "disk", top / "log"
    folder.mkdir()
    try:
        command = [sys.executable, "-m", "tests.faults.child", "work", hop, str(folder), str(seed), str(pages)]
        added = {**shim.environment(folder, log=log), **(environment or {})}
        subprocess.run(command, env={**os.environ, **added}, check=True, timeout=120)
        with recovering() as recoverer:
            files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
            last, _ = recoverer.start(hop, files, "last", on=False)
        return Run(hop, folder, list(shim.events(log)), last.began)
    finally:
        shutil.rmtree(top, ignore_errors=True)


def judge(run: Run, point: int, drawn: random.Random, recoverer: Recoverer) -> int:
    """Judges what may be found after `point` events; how many states that were."""
    how = drawn.random()
    if how < DIED:
        return judge_death(run, point, drawn, recoverer)
    disk, promises = run.at(point)
    files = disk.after(Draw(drawn))
    cut_again = how < CUT_AGAIN
    outcome, events = recoverer.start(run.hop, files, str(drawn.random()), on=cut_again)
    promises.judge(outcome.began, run.last)
    if not cut_again:
        return 1
    cut(run.hop, Disk(recoverer.disk, files), promises, outcome, events, drawn, recoverer)
    return 2


def judge_death(run: Run, point: int, drawn: random.Random, recoverer: Recoverer) -> int:
    """The program dies alone: what it wrote is there to be read when it starts again, and may still go with the
    power. Two states.
    """
    disk, promises = run.at(point)
    outcome, events = recoverer.start(run.hop, disk.seen(), str(drawn.random()), on=True)
    promises.judge(outcome.began, run.last)
    cut(run.hop, disk.restarted(recoverer.disk), promises, outcome, events, drawn, recoverer)
    return 2


def cut(
    hop: str,
    disk: Disk,
    promises: Promises,
    outcome: Outcome,
    events: list[Event],
    drawn: random.Random,
    recoverer: Recoverer,
) -> None:
    """The power goes while the program recovers, or soon after: what it had told by then must be there as well."""
    more = promises.copy()
    for event in events[: drawn.randrange(len(events) + 1)]:
        disk.take(event)
        for mark in marks([event]):
            more.take(mark)
    found, _ = recoverer.start(hop, disk.after(Draw(drawn)), str(drawn.random()), on=False)
    assert outcome.ended is not None
    more.judge(found.began, outcome.ended)


@lru_cache(maxsize=1)
def recoverer_here() -> Recoverer:
    """The one of this process, for as long as it lives."""
    made = Recoverer()
    atexit.register(made.close)
    return made


def run(number: int) -> int:
    """Judges the state that a number means, and perhaps one of its recovery."""
    log, state = divmod(number - 1, STATES_PER_LOG)
    run = run_of(HOPS[log % len(HOPS)], log // len(HOPS))
    drawn = random.Random(f"crash {number}")
    ready = bisect_left(run.points, run.ready)
    early = int(STATES_PER_LOG * BEFORE_READY)
    # Points in order, so that the disk is played on rather than again.
    if state < early:
        point = run.points[state * ready // early]
    else:
        point = run.points[ready + (state - early) * (len(run.points) - ready) // (STATES_PER_LOG - early)]
    return judge(run, point + 1, drawn, recoverer_here())
