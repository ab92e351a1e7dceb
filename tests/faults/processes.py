"""Real services forked by a nursery, and killed at a system call of theirs by `strace`. Knows no exam."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.faults.nursery import ENDED, Order

PATIENCE = 30.0


@dataclass(frozen=True)
class Blow:
    """The `n`-th call (from 1) of one of these system calls, in one thread, is the last one that begins."""

    calls: str
    n: int


class Process:
    """One running service."""

    def __init__(self, pid: int, out: Path) -> None:
        self.pid = pid
        self.out = out
        self._tracer: subprocess.Popen[bytes] | None = None
        try:
            self._handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self._handle = -1

    async def trace(self, blow: Blow) -> None:
        """From now on the blow is due."""
        command = ["strace", "-f", "-qq", "-e", f"trace={blow.calls}", "-o", os.devnull]
        command += ["-e", f"inject={blow.calls}:signal=SIGKILL:when={blow.n}", "-p", str(self.pid)]
        # A group of its own: when it is killed early, a helper that it starts with would stay behind.
        self._tracer = subprocess.Popen(  # noqa: ASYNC220  # at once
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        async with asyncio.timeout(PATIENCE):
            while not self._traced():  # noqa: ASYNC110  # the kernel tells nobody
                await asyncio.sleep(0.005)

    def go(self) -> None:
        """Lets a stopped one begin."""
        os.kill(self.pid, signal.SIGCONT)

    async def dead(self, within: float) -> bool:
        """Whether it was killed within so many seconds; raises AssertionError if it ended in another way."""
        if self._handle < 0:
            return True
        died = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._handle, died.set)
        try:
            async with asyncio.timeout(within):
                await died.wait()
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(self._handle)
        said = self.out.read_text() if self.out.exists() else ""
        assert ENDED not in said, said[-2_000:]
        return True

    async def ready(self) -> str:
        """Its `ready` line; empty if it died before."""
        async with asyncio.timeout(PATIENCE):
            while True:
                text = self.out.read_text() if self.out.exists() else ""
                for line in text.splitlines():
                    if line.startswith("ready") and text.endswith("\n"):
                        return line
                if await self.dead(0.005):
                    return ""

    async def end(self) -> None:
        """Kills it if it still lives, and forgets it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        await self.dead(PATIENCE)
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        if self._tracer is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._tracer.pid, signal.SIGKILL)
            await asyncio.to_thread(self._tracer.wait)

    def _traced(self) -> bool:
        try:
            tasks = list(Path(f"/proc/{self.pid}/task").iterdir())
            return all("TracerPid:\t0" not in (task / "status").read_text() for task in tasks)
        except OSError:
            return True  # it died


class Nursery:
    """Forks services; all of them end with it."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._count = 0

    async def fork(self, do: str, *args: str, out: Path, blow: Blow | None = None) -> Process:
        """Starts a service, with a blow due from its first step on if one is given."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._count += 1
        out = out.with_name(f"{out.name}-{self._count}")
        order = Order(do, list(args), str(out), stopped=blow is not None)
        self._parent.stdin.write(msgspec.json.encode(order) + b"\n")
        self._parent.stdin.flush()
        process = Process(int(await asyncio.to_thread(self._parent.stdout.readline)), out)
        if blow is not None:
            await self._stopped(process.pid)
            await process.trace(blow)
            process.go()
        return process

    def close(self) -> None:
        """Ends everything."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait(10)
        self._parent.stdout.close()

    async def _stopped(self, pid: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while not _is_stopped(pid):  # noqa: ASYNC110  # the kernel tells nobody
                await asyncio.sleep(0.002)


def _is_stopped(pid: int) -> bool:
    return "\nState:\tT" in Path(f"/proc/{pid}/status").read_text()
