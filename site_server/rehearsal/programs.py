"""The project's own programs as processes: run to the end, or kept running, killed and started again.

Each writes its standard error to a log of its own. Knows no exam: `site_server.rehearsal.day` does.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import mean

from shared.errors import Refused
from shared.io.clock import boot_now
from shared.io.tasks import Tasks

READY_SECONDS = 60.0
END_SECONDS = 15.0
RESTART_SECONDS = 1.0


class Programs:
    """Starts programs from this installation; everything still running ends with `close`.

    A service that ends by itself is started again, as its supervisor would; `ended` tells of it: name, exit code,
    boot-time ms. `disguise` gives what a program that keeps running finds in its environment besides, by its name;
    `place` the beginning of a command line that puts a program on its machine.
    """

    def __init__(
        self,
        logs: Path,
        environment: dict[str, str],
        disguise: Callable[[str], dict[str, str]] = lambda _: {},
        place: Callable[[str], list[str]] = lambda _: [],
    ) -> None:
        self._logs = logs
        self._environment = {**os.environ, **environment}
        self._disguise = disguise
        self._place = place
        self.running: dict[str, asyncio.subprocess.Process] = {}
        self.ended: list[tuple[str, int, int]] = []
        self._tasks = Tasks()
        self._commands: dict[str, list[str]] = {}
        self._steps: list[int] = []
        logs.mkdir(parents=True, exist_ok=True)

    def step_ms(self) -> float:
        """How long a command took on this machine so far, on average."""
        return mean(self._steps or [1000])

    def tell(self, more: dict[str, str]) -> None:
        """Puts more into the environment of every program started from now on."""
        self._environment |= more

    async def run(self, program: str, *arguments: object, log: str = "") -> str:
        """Runs a command to its end and gives its output.

        Raises:
            Refused: it failed; the last lines of what it said are in the message.
        """
        begin = boot_now()
        process = await asyncio.create_subprocess_exec(
            *self._place(log or program),
            *command(program, arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
        )
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        self._steps.append(boot_now() - begin)
        with (self._logs / f"{log or program}.log").open("ab") as file:
            file.write(f"$ {program} {' '.join(map(str, arguments))}\n".encode() + out + err)
        if process.returncode:
            said = (out + err).decode(errors="replace").strip().splitlines()[-6:]
            raise Refused(f"{program} failed: " + " / ".join(said), "rehearsal_step")
        return out.decode(errors="replace")

    async def start(self, name: str, program: str, *arguments: object) -> None:
        """Starts a service and waits for its `ready` line; raises `Refused` when it does not come."""
        self._commands[name] = [*self._place(name), *command(program, arguments)]
        await self._launch(name)

    async def restart(self, name: str) -> None:
        """Starts a service again after it died."""
        await self._launch(name)

    async def kill(self, name: str) -> None:
        """kill -9, as a power cut would; its supervisor leaves it dead."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def open(self, name: str, program: str, *arguments: object) -> asyncio.subprocess.Process:
        """A process spoken to through its standard input and output; it ends when its input ends.

        It yields to the services: on an exam day its work is spread over other machines.
        """
        with (self._logs / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *("nice", "-n", "5", *command(program, arguments)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**self._environment, **self._disguise(name)},
            )
        self.running[name] = process
        return process

    async def close(self) -> None:
        """Ends everything that still runs, gently first."""
        await self._tasks.close()
        for process in self.running.values():
            if process.stdin is not None:
                process.stdin.close()
            elif process.returncode is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                await asyncio.wait_for(process.wait(), END_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
        self.running.clear()

    async def _launch(self, name: str) -> None:
        with (self._logs / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *self._commands[name],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**self._environment, **self._disguise(name)},
            )
        assert process.stdout is not None  # noqa: S101  # asked for above
        try:
            line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
        except TimeoutError:
            line = b""
        if not line.startswith(b"ready"):
            if process.returncode is None:
                process.kill()
            await process.communicate()
            raise Refused(f"{name} did not start; see {self._logs / name}.log", "rehearsal_step")
        self.running[name] = process
        self._tasks.spawn(f"supervise {name}", self._supervise(name, process))

    async def _supervise(self, name: str, process: asyncio.subprocess.Process) -> None:
        """Starts a service again that ended though nobody here ended it."""
        code = await process.wait()
        if self.running.get(name) is not process:
            return
        self.ended.append((name, code, boot_now()))
        del self.running[name]
        while True:
            await asyncio.sleep(RESTART_SECONDS)
            try:
                await self._launch(name)
            except Refused:
                continue
            return


def command(program: str, arguments: tuple[object, ...]) -> list[str]:
    """The command line of one of our console scripts, beside this interpreter, or of another tool by its name."""
    ours = Path(sys.executable).parent / program
    return [str(ours) if ours.exists() else program, *map(str, arguments)]
