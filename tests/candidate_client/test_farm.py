"""The farm as a real process: forks candidates that sit at the real room, and survives their death."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

import msgspec
import pytest

from candidate_client.headless import Script
from shared import commands as c
from tests.support.candidate_day import CandidateDay, candidate_day, trace_of
from tests.support.fake_site import QUICK, exam
from tests.support.room_day import eventually

PATIENCE = 60.0
"""Seconds: a process has to start first, maybe on a busy machine, and an exam to end."""
RULES = msgspec.structs.replace(QUICK, duration=20_000, late_entry=19_000, grace=500)


async def farm() -> Process:
    """A farm without candidates."""
    command = [sys.executable, "-m", "candidate_client.cli", "--farm"]
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)


def tell(process: Process, **command: object) -> None:
    """One command."""
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(command) + b"\n")


async def news(process: Process) -> dict[str, Any]:
    """The next line."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        line = await process.stdout.readline()
    found: dict[str, Any] = msgspec.json.decode(line)
    return found


def start(process: Process, pc: str, script: Script) -> None:
    """Starts one PC."""
    tell(process, do="start", pc=pc, **msgspec.structs.asdict(script))


def typed(script: Script) -> int:
    """How many answers the room has accepted, as the trace tells."""
    return sum(line["event"] == "acked" for line in trace_of(script))


@pytest.mark.system
async def test_a_killed_candidate_goes_on_where_it_was(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(3_500, RULES)) as day:
        console = await day.room.armed()
        first, second = day.script(1, "1001", seed=1), day.script(2, "1002", seed=2)
        process = await farm()
        start(process, "a", first)
        start(process, "b", second)
        pid = (await news(process))["pid"]
        assert (await news(process))["pc"] == "b"
        await eventually(lambda: Path(first.trace).exists() and typed(first) > 0)
        os.kill(pid, signal.SIGKILL)
        assert await news(process) == {"pc": "a", "pid": pid, "exit": -signal.SIGKILL}
        before = trace_of(first)
        start(process, "a", first)
        assert (await news(process))["pc"] == "a"
        ends = [await news(process), await news(process)]
        assert sorted((one["pc"], one["exit"]) for one in ends) == [("a", 0), ("b", 0)]
        tell(process, do="stop")
        assert await process.wait() == 0
        assert await console.order(c.EndSitting()) == ""
    after = trace_of(first)[len(before) :]
    shown = next(line["answers"] for line in after if line["event"] == "shown")
    assert isinstance(shown, dict)
    assert all(shown.get(line["item"]) for line in before if line["event"] == "acked")
    assert {line["item"] for line in trace_of(first) if line["event"] == "acked"} == {"s1", "m1", "t1"}


@pytest.mark.system
async def test_stop_ends_all_and_nonsense_is_answered(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(60_000, RULES)) as day:
        process = await farm()
        tell(process, do="dance")
        assert "malformed" in (await news(process))["error"]
        await _two(day, process)
        assert process.stdin is not None
        process.stdin.close()
        ends = [await news(process), await news(process)]
        assert [one["exit"] for one in ends] == [0, 0]
        assert await process.wait() == 0


async def _two(day: CandidateDay, process: Process) -> None:
    """Two candidates that are up."""
    for seat, ticket in ((1, "1001"), (2, "1002")):
        script = day.script(seat, ticket)
        start(process, f"pc{seat}", script)
        await news(process)
        await eventually(lambda path=Path(script.trace): path.exists() and path.stat().st_size > 0)  # type: ignore[misc]
