"""Schedules of a bad line: a number is one room with five PCs, each on a line of its own that is cut, silent, half
open, slow, reset or late by a schedule drawn from the number, while the candidate types on.

At every moment the page's word is held against what the room has on its disk; typing never waits; at the end the room
has of every PC exactly its journal. Raises AssertionError.
"""

import asyncio
import random
import shutil
from pathlib import Path

from candidate_client import view as v
from shared import ledger
from shared import records as r
from shared.io import loop
from shared.io.clock import boot_now
from shared.io.tasks import Tasks
from tests.faults.crash import memory_folder
from tests.faults.proxy import Line, Proxy
from tests.support.candidate_day import CandidateDay, Sitter, candidate_day, local_of
from tests.support.fake_site import LONG, Exam, exam
from tests.support.patience import within
from tests.support.pulse import Pulse

TICKETS = ("1001", "1002", "1003", "1004", "1005")
BAD = [line for line in Line if line is not Line.UP]
LASTS = 12.0
"""Seconds of a schedule; one long silence makes it longer."""
SILENT = 17.0
"""Seconds of the long silence: both ends notice it."""
TYPING = 0.03
BLOCKED = 500
"""Milliseconds that no intent may take while the machine lets it run: the whole room runs in the same loop here."""
HEALED = 60.0

Step = tuple[float, Line]


def schedule(drawn: random.Random) -> list[Step]:
    """Seconds and behaviour, bad and good in turn, the last good; now and then one silence outlasts all patience."""
    steps: list[Step] = []
    while sum(seconds for seconds, _ in steps) < LASTS:
        steps.append((drawn.uniform(0.1, 2.0), Line.UP))
        steps.append((drawn.choice((0.05, 0.3, 1.0, 3.0)), drawn.choice(BAD)))
    if drawn.random() < 0.3:
        steps.append((SILENT, drawn.choice((Line.HOLE, Line.DEAF, Line.MUTE))))
    return [*steps, (0.0, Line.UP)]


class Truth:
    """What the room has on its disk of every candidate: the newest answer of each item, and all records."""

    def __init__(self, day: CandidateDay, one: Exam) -> None:
        self._store = day.room.room.hall.store
        self._session_key = one.session_key
        self._seq = 0
        self.answers: dict[tuple[str, int], tuple[str, ...]] = {}
        self.digests: dict[str, list[bytes]] = {ticket: [] for ticket in TICKETS}

    def look(self) -> None:
        """Reads what came since."""
        for row in self._store.since(self._seq, 10_000):
            self._seq = row.seq
            parsed = ledger.parse(row.entry)
            header = parsed.header
            kind, *_, ticket = header.stream.split("/")
            if kind != "attempt":
                continue
            self.digests[ticket].append(parsed.digest)
            if header.item:
                record = r.read(header, row.entry, ledger.stream_key(self._session_key, header.stream))
                assert isinstance(record, r.Answered)
                self.answers[ticket, header.item] = record.answer


class Candidate:
    """One candidate on a bad line."""

    def __init__(self, ticket: str, sitter: Sitter, proxy: Proxy, truth: Truth, pulse: Pulse) -> None:
        self.ticket = ticket
        self._sitter = sitter
        self._proxy = proxy
        self._truth = truth
        self._pulse = pulse
        self.wrong: list[str] = []
        self.slowest = 0
        self.typed = 0
        sitter.agent.subscribe(self._check)

    async def live(self, drawn: random.Random) -> None:
        """Types while the line follows its schedule, then waits until everything is in the room."""
        await self._sitter.screen(v.Screen.EXAM)
        tasks = Tasks()
        typing = tasks.spawn("typing", self._type(random.Random(drawn.random())))
        for seconds, line in schedule(drawn):
            self._proxy.become(line)
            await asyncio.sleep(seconds)
        await tasks.close()
        assert typing.cancelled(), "typing ended"
        async with within(HEALED, lambda: f"{self.ticket}: {self._sitter.agent.view.saved}, {self.wrong}"):
            while not self._even():  # noqa: ASYNC110  # the line tells nobody
                await asyncio.sleep(0.05)
        self.judge()

    def judge(self) -> None:
        """Nothing was lost, doubled or made up, nobody waited, and the page told no lie."""
        assert self.wrong == [], self.wrong[:3]
        assert self.slowest < BLOCKED, f"{self.ticket}: typing took {self.slowest} ms"
        for number, letters in self._sitter.agent.view.answers.items():
            assert self._truth.answers[self.ticket, int(number)] == letters
        assert self.typed > LASTS

    def _even(self) -> bool:
        """Whether the page shows all as saved in the room, and the room has exactly what the journal has."""
        if set(self._sitter.agent.view.saved.values()) != {v.Saved.ROOM}:
            return False
        self._truth.look()
        stream = ledger.attempt_stream("m1", self.ticket)
        store = self._sitter.device.store
        mine = [entry.digest for point in store.points(stream)[stream] for entry in store.entries(stream, point.epoch)]
        return self._truth.digests[self.ticket] == mine

    async def _type(self, drawn: random.Random) -> None:
        while True:
            await asyncio.sleep(TYPING)
            before = boot_now()
            await self._sitter.answer(drawn.randint(1, 3), drawn.choice("AB"))
            after = boot_now()
            self.slowest = max(self.slowest, after - before - self._pulse.starved(before, after))
            self.typed += 1

    def _check(self, view: v.View) -> None:
        said = {number for number, saved in view.saved.items() if saved is v.Saved.ROOM}
        if not said:
            return
        self._truth.look()
        for number in said:
            there = self._truth.answers.get((self.ticket, int(number)))
            if there != view.answers[number]:
                self.wrong.append(f"{self.ticket} item {number}: {view.answers[number]} is shown, the room has {there}")


async def play(folder: Path, number: int, pulse: Pulse) -> int:
    """One room's five schedules; how many."""
    drawn = random.Random(f"partitions {number}")
    one = exam(1_000, LONG, tickets=TICKETS)
    async with candidate_day(folder, one) as day:
        console = await day.room.armed()
        await console.close()
        truth, proxies, candidates = Truth(day, one), [], []
        for seat, ticket in enumerate(TICKETS, start=1):
            proxy = Proxy(day.room.room.port, local_of(seat))
            await proxy.open()
            proxies.append(proxy)
            day.line = proxy.port
            sitter = day.sitter(f"pc{seat}", seat)
            await sitter.log_in(ticket)
            candidates.append(Candidate(ticket, sitter, proxy, truth, pulse))
        try:
            await asyncio.gather(*(each.live(random.Random(drawn.random())) for each in candidates))
        finally:
            for proxy in proxies:
                await proxy.close()
    return len(candidates)


def run(number: int) -> int:
    """The schedules that a number means."""
    folder = memory_folder()
    try:
        # A room serves on uvloop where there is one, and on asyncio elsewhere.
        with Pulse() as pulse:
            playing = play(folder, number, pulse)
            return loop.serve(playing) if number % 2 else asyncio.run(playing)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
