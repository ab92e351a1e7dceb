"""The simulated candidate PCs: started, killed and started again through the candidate program's own farm.

One farm process forks a child for each PC, so that every agent is a process that can be killed like a PC that
loses power.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shared.errors import Refused
from site_server.rehearsal.people import Candidate
from site_server.rehearsal.programs import Programs

_FORK_SECONDS = 30


@dataclass(frozen=True)
class Script:
    """How one candidate behaves; `hand_in_at` is a fraction of the exam."""

    candidate: Candidate
    room: str
    seat: int
    seed: int
    changes: int
    hand_in: str
    hand_in_at: float


class Farm:
    """Speaks to `kaodian-candidate --farm`; knows which child plays which PC. `host` gives a PC's address by room and
    seat.
    """

    def __init__(self, folder: Path, site_file: Path, host: Callable[[str, int], str]) -> None:
        self._folder = folder
        self._site_file = site_file
        self._host = host
        self._process: asyncio.subprocess.Process | None = None
        self._pids: dict[str, int] = {}
        self._news = asyncio.Condition()
        self._starts: dict[str, int] = {}
        self._forks: dict[str, int] = {}
        self._enrolling: dict[str, dict[str, int | None]] = {}
        self.trace_folder = folder / "traces"
        self.trace_folder.mkdir(parents=True, exist_ok=True)

    async def open(self, programs: Programs) -> None:
        """Starts the farm."""
        self._process = await programs.open("candidates", "kaodian-candidate", "--farm")

    async def listen(self) -> None:
        """Follows starts and exits; runs as a task."""
        assert self._process is not None and self._process.stdout is not None  # noqa: S101  # opened before
        while line := await self._process.stdout.readline():
            news = json.loads(line)
            async with self._news:
                for asked in self._enrolling.values():
                    if news["pc"] in asked:
                        asked[news["pc"]] = news.get("exit")
                if "exit" in news:
                    if self._pids.get(news["pc"]) == news["pid"]:
                        del self._pids[news["pc"]]
                else:
                    self._pids[news["pc"]] = news["pid"]
                    self._forks[news["pc"]] = self._forks.get(news["pc"], 0) + 1
                self._news.notify_all()

    def traces(self, ticket: str) -> list[Path]:
        """The traces of a candidate, in the order of the starts."""
        return sorted(self.trace_folder.glob(f"{ticket}.*.jsonl"))

    async def start(self, script: Script, seat: int = 0) -> str:
        """Switches a PC on (at a spare `seat`, if given) with the candidate in front of it; its name once its process
        is there. Raises `TimeoutError` when the farm does not start it.
        """
        seat = seat or script.seat
        name = f"{script.room}-{seat}"
        ticket = script.candidate.ticket
        count = self._starts[ticket] = self._starts.get(ticket, 0) + 1
        forks = self._forks.get(name, 0)
        await self._tell({
            "do": "start", "pc": name, "data": str(self.pc(script.room, seat)),
            "local": self._host(script.room, seat), "ticket": ticket, "id_number": script.candidate.id_number,
            "seed": script.seed, "changes": script.changes,
            "trace": str(self.trace_folder / f"{ticket}.{count:02d}.jsonl"),
            "hand_in": script.hand_in, "hand_in_at": script.hand_in_at,
        })  # fmt: skip
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: self._forks.get(name, 0) > forks), _FORK_SECONDS)
        return name

    async def enrol(self, room: str, seat: int, code: str) -> None:
        """Has the PC of a seat ask for its certificate."""
        name = self._asking(room, seat)
        await self._tell({
            "do": "enrol", "pc": name, "data": str(self.pc(room, seat)), "site_file": str(self._site_file),
            "room": room, "code": code, "seat": seat, "local": self._host(room, seat),
        })  # fmt: skip
        self._enrolling.setdefault(room, {})[name] = None

    async def wait_enrolled(self, room: str, seconds: float) -> list[str]:
        """Waits until all PCs of a room that asked have been answered; those that were not certified."""
        asked = self._enrolling.get(room, {})
        async with self._news:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait_for(lambda: None not in asked.values()), seconds)
        return [name for name, code in asked.items() if code != 0]

    def pc(self, room: str, seat: int) -> Path:
        """The folder of a PC."""
        return self._folder / "pc" / f"{room}-{seat}"

    @staticmethod
    def _asking(room: str, seat: int) -> str:
        return f"enrol {room}-{seat}"

    async def kill(self, name: str) -> bool:
        """kill -9; False when the PC had ended by itself before."""
        pid = self._pids.get(name)
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: self._pids.get(name) != pid), 10)
        return True

    async def wait_all_ended(self, seconds: float) -> int:
        """Waits for all PCs to end by themselves; how many still run."""
        async with self._news:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait_for(lambda: not self._pids), seconds)
        return len(self._pids)

    async def close(self) -> None:
        """Ends the farm and what it still runs."""
        if self._process is not None and self._process.returncode is None:
            await self._tell({"do": "stop"})

    async def _tell(self, what: dict[str, object]) -> None:
        if self._process is None or self._process.stdin is None:
            raise Refused("the candidate farm is not running", "rehearsal_step")
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        await self._process.stdin.drain()
