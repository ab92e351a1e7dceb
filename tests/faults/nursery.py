"""A parent that has imported the services once and forks one for each line it reads; the fork is the real service.

    {"do": "room" | "site" | "pc", "args": [...], "out": FILE, "stopped": bool}  ->  the process id

`stopped` ones wait for SIGCONT, so that a tracer can be attached first. All of them die with this process.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from candidate_client.headless import Headless, Script
from candidate_client.view import Answer
from proctor_console.room import app as _app  # noqa: F401  # loaded once for all forks
from proctor_console.room import cli as room_cli
from shared.io import loop
from site_server.app import Service
from site_server.folder import Folder
from site_server.station import Station
from tests.support.site_day import PASSPHRASE

PR_SET_PDEATHSIG, PR_SET_PTRACER = 1, 0x59616D61
ENDED = "ended by itself"
"""Last words of a service that was not killed."""
TYPING_EVERY = 4
"""Milliseconds between two answers of a candidate."""


class Order(msgspec.Struct):
    """What to fork."""

    do: str
    args: list[str]
    out: str
    stopped: bool


class Typist(Headless):
    """A candidate that types all the time."""

    _turn = 0

    async def _answer(self) -> int | None:
        self._turn += 1
        letters = ("AB"[self._turn % 2],)  # what every kind of item takes
        await self._agent.intent(Answer(1 + self._turn % 3, letters))
        # What was typed is a change as well: waiting for the next one would not give the agent a moment to write it.
        await asyncio.sleep(TYPING_EVERY / 1000)
        return self._agent.clock.now()


def _site(folder: str) -> int:
    async def run() -> int:
        station = Station.open(Folder(Path(folder)), PASSPHRASE)
        try:
            return await Service(station).run("127.0.0.1", 0, 0, lambda h, p: print(f"ready {h}:{p}", flush=True))
        finally:
            station.close()

    return loop.serve(run())


def _pc(script: str) -> int:
    print("ready", flush=True)
    return asyncio.run(Typist(msgspec.json.decode(script, type=Script)).run())


def _room(folder: str, port: str) -> int:
    return room_cli.main(["--data", folder, "serve", "--host", "127.0.0.1", "--port", port])


PROGRAMS: dict[str, Callable[..., int]] = {"room": _room, "site": _site, "pc": _pc}


def _born(order: Order) -> None:
    """In the fork; never returns."""
    system = ctypes.CDLL(None)
    system.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    system.prctl(PR_SET_PTRACER, ctypes.c_long(-1))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    out = os.open(order.out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, to in enumerate((os.open(os.devnull, os.O_RDONLY), out, out)):
        os.dup2(to, number)
    if order.stopped:
        os.kill(os.getpid(), signal.SIGSTOP)
    try:
        print(f"{ENDED} with {PROGRAMS[order.do](*order.args)}")
    except BaseException as error:  # noqa: BLE001  # its last words, whatever they are
        print(f"{ENDED} by {error!r}")
    finally:
        sys.stdout.flush()
        os._exit(0)


def main() -> None:
    """Forks until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        order = msgspec.json.decode(line, type=Order)
        pid = os.fork()
        if not pid:
            _born(order)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
