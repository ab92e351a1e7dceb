"""A candidate without a screen: drives the real agent through an exam by itself and writes what happened to a
trace.

Answers, their pacing and the changes follow from a seed, so a run can be compared with the results it leads to.
After a restart what the agent shows counts, and only unanswered items are answered. Sends nothing past the agent.
"""

import asyncio
import contextlib
import random
import signal
from pathlib import Path

import msgspec

from candidate_client import checks
from candidate_client import view as v
from candidate_client.agent import Agent
from candidate_client.device import Device
from candidate_client.plan import Step, answer, plan
from shared.errors import KaodianError
from shared.io.clock import boot_now
from shared.io.identity import load
from shared.io.tasks import Tasks
from shared.machines import Kind

RETRIED = frozenset({"login_closed", "slow_down", "no_time", "too_early", "no_link", "unavailable", "resume_unknown"})
"""Refusals of a log-in after which a candidate tries again; `login_wrong` a few times: the session may not be there."""
TRIES = 5
RETRY = (1.0, 2.0)
"""Seconds between two tries to log in."""
REFUSED, BROKEN = 1, 3


class Script(msgspec.Struct, frozen=True):
    """Who sits at which PC (`data` is its folder) and does what. `hand_in` is `early`, `end` or `none`, `hand_in_at` a
    fraction of the exam.
    """

    data: str
    ticket: str
    id_number: str
    trace: str
    seed: int = 0
    changes: int = 0
    hand_in: str = "end"
    hand_in_at: float = 0.0
    local: str = ""


class Trace:
    """JSON lines, each in the file before `write` returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def write(self, event: str, facts: dict[str, object]) -> None:
        """One event and its facts, with the boot-time instant it happened at, ms."""
        self._file.write(msgspec.json.encode({"event": event, "boot": boot_now()} | facts) + b"\n")

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Headless:
    """One candidate's run; `run` returns the exit code."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._trace = Trace(Path(script.trace))
        self._changed = asyncio.Event()
        self._steps: list[Step] | None = None
        self._hand_in_at = 0
        self._tries = 0
        self._refused = ""

    async def run(self) -> int:
        """0 when the attempt is closed and receipted (or moved), 1 when log-in is refused, 3 when the disk fails."""
        self._trace.write("start", {})
        script = self._script
        device = Device(Path(script.data))
        self._agent = Agent(device, load(device.folder, Kind.PC), script.local, self._trace.write)
        self._agent.state.faults = checks.faults(checks.look(device.folder, programs=False))
        tasks = Tasks()
        running = tasks.spawn("agent", self._agent.run())
        end = self._agent.subscribe(lambda _: self._changed.set())
        try:
            code = None
            while code is None and not running.done():
                self._changed.clear()
                code, due = await self._act()
                if code is None:
                    await self._wait(due)
            return BROKEN if code is None else code
        finally:
            end()
            await tasks.close()
            device.close()
            self._trace.close()

    async def _wait(self, due: int | None) -> None:
        """Until something changes, or until trusted time `due`."""
        seconds = None if due is None else max(0, due - self._agent.clock.now()) / 1000
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def _act(self) -> tuple[int | None, int | None]:
        """Does what is due now: (exit code if over, trusted instant of the next thing to do)."""
        state = self._agent.state
        if state.error in ("disk_failed", "file_failed"):
            return BROKEN, None
        match self._agent.screen:
            case v.Screen.LOGIN:
                return await self._log_in(), None
            case v.Screen.CONFIRM:
                await self._agent.intent(v.ConfirmDetails(True))
            case v.Screen.RULES:
                await self._agent.intent(v.ReadDone())
            case v.Screen.EXAM:
                return None, await self._answer()
            case v.Screen.MOVED:
                return 0, None
            case v.Screen.FINISHED | v.Screen.STOPPED | v.Screen.CANCELLED:
                return self._leave(), None
            case _:
                pass
        return None, None

    def _leave(self) -> int | None:
        """Goes once the receipt is final and the room has answered for everything, late records included."""
        if not (self._agent.state.receipt_final and self._agent.delivered):
            return None
        self._trace.write("left", {})
        return 0

    async def _log_in(self) -> int | None:
        if self._tries:
            again = self._refused in RETRIED or (self._refused in ("login_wrong", "") and self._tries < TRIES)
            if not again:
                return REFUSED
            await asyncio.sleep(random.uniform(*RETRY))  # noqa: S311  # spreads the PCs, not a secret
            if self._agent.screen is not v.Screen.LOGIN:
                return None  # the PC asked again by itself
        self._tries += 1
        self._refused = "no_link"
        await self._agent.intent(v.LogIn(self._script.ticket, self._script.id_number))
        while self._agent.screen is v.Screen.LOGIN and not self._agent.state.error:
            self._changed.clear()
            await self._changed.wait()
        self._refused = self._agent.state.error
        return None

    async def _answer(self) -> int | None:
        """Types what is due and hands in when it is time."""
        state, clock = self._agent.state, self._agent.state.clock
        if clock is None:
            return None
        now = self._agent.clock.now()
        if self._steps is None:
            self._hand_in_at = self._hand_in_due(clock.start, clock.end)
            last = clock.start + (clock.end - clock.start) * 9 // 10
            done = {number for number, letters in state.attempt.answers.items() if letters}
            until = min(last, self._hand_in_at)
            self._steps = plan(state.items, done, self._script.seed, self._script.changes, now, until)
        while self._steps and self._steps[0].at <= now:
            await self._type(self._steps.pop(0))
        if self._steps:
            return self._steps[0].at
        if self._script.hand_in != "early":
            return None
        due = max(self._hand_in_at, clock.hand_in_opens + 100)
        if now >= due:
            await self._agent.intent(v.HandIn())
            return None
        return due

    async def _type(self, step: Step) -> None:
        letters = answer(step.item, self._script.seed, step.turn)
        self._trace.write("typed", {"item": step.item.id, "answer": list(letters)})
        with contextlib.suppress(KaodianError):  # the end came between: it is never shown as accepted
            await self._agent.intent(v.Answer(step.item.number, letters))

    def _hand_in_due(self, start: int, end: int) -> int:
        if self._script.hand_in != "early":
            return end
        part = self._script.hand_in_at or random.Random(self._script.seed).uniform(0.3, 0.9)  # noqa: S311  # a plan
        return start + int((end - start) * part)


def run(script: Script) -> int:
    """Runs one candidate in an event loop of its own; returns the exit code."""
    return asyncio.run(_interruptible(Headless(script)))


async def _interruptible(one: Headless) -> int:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await one.run()
    except asyncio.CancelledError:
        return 0
