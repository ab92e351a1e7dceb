"""The planned faults of a rehearsal: whom to kill and when, drawn from the seed; nothing is quiesced first."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from shared.io.clock import system_now
from shared.io.text import translator
from site_server.rehearsal.options import Options
from site_server.rehearsal.pcs import Farm, Script
from site_server.rehearsal.programs import Programs

Say = Callable[[str], None]
_ = translator("site_server")
EARLIEST, LATEST = 0.12, 0.75
"""Faults happen in this part of the exam."""


@dataclass(frozen=True)
class Crash:
    """A PC loses power at `at` (ms UTC); the candidate goes on at `spare`, or on the same PC when it is 0."""

    at: int
    script: Script
    spare: int


class Faults:
    """All faults of one day; `done` says what was really done."""

    def __init__(self, options: Options, farm: Farm, programs: Programs, say: Say) -> None:
        self._options = options
        self._farm = farm
        self._programs = programs
        self._say = say
        self._random = random.Random(f"faults {options.seed}")  # noqa: S311  # repeatable faults, no secret
        self.done: list[dict[str, object]] = []

    def crashes(self, scripts: list[Script], start: int, length: int) -> list[Crash]:
        """Half of the crashed candidates come back on their own PC, half on a spare of their room."""
        stay = [script for script in scripts if script.hand_in != "early"]
        chosen = self._random.sample(stay, min(self._options.crash_candidates, len(stay)))
        used: dict[str, int] = {}
        plan = []
        for number, script in enumerate(chosen):
            spare = 0
            if number % 2 and used.get(script.room, 0) < self._options.spares:
                used[script.room] = used.get(script.room, 0) + 1
                spare = self._options.seats + used[script.room]
            plan.append(Crash(self._instant(start, length), script, spare))
        return plan

    async def run_crash(self, crash: Crash) -> None:
        """One PC dies and the candidate goes on."""
        await _until(crash.at)
        script = crash.script
        killed = await self._farm.kill(f"{script.room}-{script.seat}")
        ticket = script.candidate.ticket
        where = f"spare {crash.spare}" if crash.spare else "same PC"
        self._note("candidate", ticket, killed, where)
        if crash.spare:
            text = _("fault: the PC of {ticket} is killed; the candidate goes on at spare seat {seat}")
        else:
            text = _("fault: the PC of {ticket} is killed and started again")
        self._say(text.format(ticket=ticket, seat=crash.spare))
        await asyncio.sleep(self._random.uniform(0.5, 2.0))
        await self._farm.start(script, crash.spare)

    async def run_service(self, name: str, start: int, length: int) -> None:
        """A service dies at a random instant and its supervisor starts it again."""
        await _until(self._instant(start, length))
        await self._programs.kill(name)
        self._note("service", name, True, "restarted")
        self._say(_("fault: the service {name} is killed and started again").format(name=name))
        await self._programs.restart(name)

    def some_room(self, rooms: list[str]) -> str:
        """Which room's service will die."""
        return self._random.choice(rooms)

    def _instant(self, start: int, length: int) -> int:
        return start + int(length * self._random.uniform(EARLIEST, LATEST))

    def _note(self, kind: str, who: str, killed: bool, then: str) -> None:
        self.done.append({"kind": kind, "who": who, "killed": killed, "then": then, "at": system_now()})


async def _until(instant: int) -> None:
    await asyncio.sleep(max(0, instant - system_now()) / 1000)
