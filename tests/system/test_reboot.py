"""A room machine reboots in the middle of an exam while its site is down: the candidates' PCs give it its time back.

The room is a real process in namespaces of its own: another boot id, another boot-time clock. The PCs are real
processes, too. What the end must be is known from the test's own clock.
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import psutil
import pytest

from candidate_client.headless import Script
from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.io.clock import boot_now
from shared.io.store import Store
from shared.ledger import header_of
from shared.model import Rules
from tests.support.candidate_day import CandidateDay, candidate_day, trace_of
from tests.support.fake_site import SHIFT, exam, site_now
from tests.support.pc import Console
from tests.support.room_day import eventually

pytestmark = [pytest.mark.system, pytest.mark.long]
BIN = Path(sys.executable).parent
TICKETS = ("1001", "1002", "1003", "1004")
START_IN, LENGTH = 12_000, 40_000
RULES = Rules(
    duration=LENGTH, late_entry=LENGTH, earliest_hand_in=500, last_leave=0, reminders=(), grace=3_000, makeup=0
)
WITHIN, ON_THE_WAY = 200, 300
"""Milliseconds that an instant may be off, and that a board may have waited until it is looked at."""
PATIENCE = 60.0
BOOTED_AGO = 30
"""Seconds that the rebooted machine believes to be up."""


@asynccontextmanager
async def room_process(day: CandidateDay, port: int, *before: str) -> AsyncIterator[None]:
    """`kaodian-room serve`, started by `before` if given, until the power goes; entered once it listens."""
    room = [str(BIN / "kaodian-room"), "--data", str(day.folder / "room"), "serve", "--host", "127.0.0.1"]
    process = await asyncio.create_subprocess_exec(*before, *room, "--port", str(port), stdout=PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            assert (await process.stdout.readline()).startswith(b"ready")
        yield
    finally:
        process.kill()
        await process.wait()


def another_boot(folder: Path) -> list[str]:
    """What starts a program as if the machine had booted just now: its own boot id, its own boot-time clock."""
    (folder / "boot_id").write_text("6ba7b810-9dad-11d1-80b4-00c04fd430c8\n")
    earlier = BOOTED_AGO - boot_now() // 1000
    unshare = ["unshare", "--mount", "--time", "--boottime", str(earlier), "--fork", "--kill-child"]
    if os.geteuid():
        unshare.insert(1, "--map-root-user")
    mount = f'mount --bind {folder / "boot_id"} /proc/sys/kernel/random/boot_id && exec "$@"'
    return [*unshare, "sh", "-c", mount, "sh"]


async def attached(day: CandidateDay, port: int) -> Console:
    """A console of a person."""
    console = Console(day.room.site, port, day.folder)
    await console.log_in()
    return console


@asynccontextmanager
async def farm(scripts: list[Script]) -> AsyncIterator[Process]:
    """The candidates' PCs, one process each."""
    process = await asyncio.create_subprocess_exec(
        str(BIN / "kaodian-candidate"), "--farm", stdin=PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    assert process.stdin is not None
    for script in scripts:
        line = msgspec.to_builtins(script) | {"do": "start", "pc": script.ticket}
        process.stdin.write(msgspec.json.encode(line) + b"\n")
    try:
        yield process
    finally:
        signal_pcs(process, signal.SIGCONT)
        process.stdin.close()
        await process.wait()


def signal_pcs(farm: Process, number: signal.Signals) -> None:
    """Sends a signal to every PC of a farm that has not ended."""
    for pc in psutil.Process(farm.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            pc.send_signal(number)


def events(script: Script, name: str) -> list[dict[str, object]]:
    """The events of that name in a PC's trace so far."""
    path = Path(script.trace)
    return [line for line in trace_of(script) if line["event"] == name] if path.exists() else []


async def all_have(scripts: list[Script], event: str, count: int = 1) -> None:
    """Returns once every PC's trace has that event."""
    async with asyncio.timeout(PATIENCE):
        while not all(len(events(script, event)) >= count for script in scripts):  # noqa: ASYNC110  # other processes
            await asyncio.sleep(0.05)


def sources(day: CandidateDay) -> list[str]:
    """The kinds of records about time in the sitting's stream."""
    store = Store(day.folder / "room" / "room.db")
    try:
        kinds = [header_of(entry).kind for entry in store.entries("sitting/m1/01", 1)]
    finally:
        store.close()
    return [kind for kind in kinds if kind in {one.__name__ for one in r.TimeNote.__args__}]


async def test_a_room_that_reboots_while_its_site_is_down_keeps_its_end(tmp_path: Path) -> None:
    due = exam(START_IN, RULES, tickets=TICKETS)
    end = due.session.start + LENGTH
    async with candidate_day(tmp_path, due) as day:
        port = day.room.room.port
        await day.cut()
        scripts = [day.script(n + 1, ticket, seed=n, changes=20, hand_in="none") for n, ticket in enumerate(TICKETS)]
        async with farm(scripts) as pcs:
            async with room_process(day, port):
                console = await attached(day, port)
                await console.board(lambda _board: True)
                assert await console.order(c.AllowLogin()) == ""
                assert await console.order(c.AllowStart()) == ""
                await all_have(scripts, "opened")
                await all_have(scripts, "acked")
                assert site_now() < due.session.start + LENGTH // 2, "the machine was too slow for this test"
                await day.room.site.down()
            await console.close()
            saved = sum(len(events(script, "acked")) for script in scripts)
            # The PCs must not give the time back before a console is there to be told.
            signal_pcs(pcs, signal.SIGSTOP)
            async with room_process(day, port, *another_boot(tmp_path)):
                console = await attached(day, port)
                assert not (await console.want(m.TimeState)).known
                signal_pcs(pcs, signal.SIGCONT)
                await keeps_its_end(console, scripts, end, saved)
                await console.close()
        assert sources(day) == ["TimeTaken"]


async def keeps_its_end(console: Console, scripts: list[Script], end: int, saved: int) -> None:
    """What holds after the reboot, once the PCs are there."""
    async with asyncio.timeout(PATIENCE):
        while not (alarm := await console.want(m.Alarm)).code.startswith("time_"):
            pass
    assert (alarm.code, alarm.value >= 3) == ("time_from_neighbours", True)
    board = await console.board(lambda board: abs(board.now - site_now()) <= WITHIN + ON_THE_WAY)
    assert board.clock.end == end
    assert site_now() < end, "the machine was too slow for this test"

    await all_have(scripts, "locked")
    locked = [int(str(events(script, "locked")[0]["boot"])) + SHIFT - end for script in scripts]
    assert all(abs(late) <= WITHIN for late in locked), locked
    assert sum(len(events(script, "acked")) for script in scripts) > saved, "answers are taken after the reboot"
    await eventually(lambda: all(events(script, "receipt") for script in scripts))
    assert await console.order(c.EndSitting()) == ""
