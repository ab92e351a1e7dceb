"""The desk's promises to candidates' PCs: acknowledged means durable, repeats are harmless."""

import asyncio
import os
import resource
import signal
import sys
from pathlib import Path

import pytest

from proctor_console.room import enrol
from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.errors import Unavailable
from shared.io.clock import boot_now
from tests.faults import shim
from tests.support.fake_site import CODE, ROOM, FakeSite, exam
from tests.support.pc import PATIENCE, TOLD_WITHIN, Console, Pc
from tests.support.room_day import eventually, room_day

MAIN = "import sys; from proctor_console.room.cli import main; sys.exit(main())"
NO_FLUSH = 30_000_000
"""Microseconds: no flush ends within a test, so whoever waits for the disk has nothing to say."""
SOON = 2.0
"""Seconds within which whoever does not wait for the disk has answered."""


async def test_repeats_are_acknowledged_again_and_a_gap_asks_for_resending(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(600)) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        await pc.answer(1, "A")
        missing = pc.write(r.Answered(("B",)), 1)
        await pc.put(r.Answered(("C",)), 1)
        assert (await pc.want(m.Resend)).position == 2
        await pc.records(missing, pc.entries[-1])
        first = await pc.want(m.Ack)
        before = day.room.hall.desks["m1"].point
        await pc.records(*pc.entries)
        assert await pc.want(m.Ack) == first, "a repeat is acknowledged again"
        assert day.room.hall.desks["m1"].point == before, "and makes no record"


async def _serve(folder: Path, **disk: str) -> tuple[asyncio.subprocess.Process, int]:
    """A real service process, `disk` added to its environment; returns it and its port once it is ready."""
    command = (sys.executable, "-c", MAIN, "--data", str(folder), "serve", "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env={**os.environ, **disk})
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        assert line.startswith(b"ready 127.0.0.1:")
    except BaseException:
        await _kill(process)
        raise
    return process, int(line.rsplit(b":", 1)[1])


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def _unheard(pc: Pc) -> None:
    """Twenty answers while no flush ends: none may be acknowledged."""
    pc.patience = SOON
    await pc.put(r.Answered(("C",)), 2)
    with pytest.raises(AssertionError, match="in vain"):
        await pc.want(m.Ack)
    for number in range(19):
        await pc.put(r.Answered(("ABCD"[number % 4],)), 1 + number % 3)


async def test_every_acknowledged_record_outlives_a_killed_service(tmp_path: Path) -> None:
    site = FakeSite(exam(2_500))
    await site.up(tmp_path / "site")
    await enrol.enrol(tmp_path / "room", site.site_file, ROOM, CODE)
    stuck = tmp_path / "stuck"
    disk = shim.environment(tmp_path / "room", delay_us=NO_FLUSH, when=stuck)
    process, port = await _serve(tmp_path / "room", **disk)
    ends: list[Pc | Console] = []
    try:
        console = await _ready_console(site, port, tmp_path / "console", ends)
        assert await console.order(c.AllowLogin()) == ""
        assert await console.order(c.AllowStart()) == ""
        pc = Pc(site, port, 1, tmp_path / "pcs")
        ends.append(pc)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        for number in range(10):
            acked = (await pc.answer(1 + number % 3, "ABCD"[number % 4])).point.position
        stuck.touch()
        await _unheard(pc)
        await _kill(process)
        await pc.until_cut()
        acked = max([acked] + [one.point.position for one in pc.seen if isinstance(one, m.Ack)])
        await site.down()
        process, port = await _serve(tmp_path / "room")
        again = Pc(site, port, 1, tmp_path / "pcs")
        ends.append(again)
        again.ticket, again.chain, again.entries = pc.ticket, pc.chain, pc.entries
        await again.resume()
        head = (await again.want(m.Admitted)).head
        assert head.position >= acked >= 11
        assert head.digest == pc.entries[head.position - 1].digest
        await again.want(m.Opened)
        await again.records(*pc.entries[head.position :])
        assert (await again.want(m.Ack)).point == pc.chain.at
        await site.up(tmp_path / "site")
        await eventually(lambda: site.ends("attempt/m1/1001") == len(pc.entries))
    finally:
        await _kill(process)
        for one in ends:
            await one.close()
        await site.close()


async def test_a_disk_that_refuses_ends_the_service_with_an_alarm_and_no_false_word(tmp_path: Path) -> None:
    site = FakeSite(exam(2_500))
    await site.up(tmp_path / "site")
    await enrol.enrol(tmp_path / "room", site.site_file, ROOM, CODE)
    process, port = await _serve(tmp_path / "room")
    ends: list[Pc | Console] = []
    try:
        console = await _ready_console(site, port, tmp_path / "console", ends)
        assert await console.order(c.AllowLogin()) == ""
        assert await console.order(c.AllowStart()) == ""
        pc = Pc(site, port, 1, tmp_path / "pcs")
        ends.append(pc)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        acked = (await pc.answer(1, "A")).point
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, 1))
        failed = boot_now()
        await pc.put(r.Answered(("B",)), 1)
        await console.want(m.Alarm, lambda one: one.code == "disk_failed")
        assert boot_now() - failed < TOLD_WITHIN
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 3
        await pc.until_cut()
        assert not any(isinstance(message, m.Ack) for message in pc.seen)
        process, port = await _serve(tmp_path / "room")
        again = Pc(site, port, 1, tmp_path / "pcs")
        ends.append(again)
        again.ticket, again.chain, again.entries = pc.ticket, pc.chain, pc.entries
        await again.resume()
        assert (await again.want(m.Admitted)).head == acked
        await again.records(pc.entries[-1])
        assert (await again.want(m.Ack)).verdict == "accepted"
    finally:
        await _kill(process)
        for one in ends:
            await one.close()
        await site.close()


async def _ready_console(site: FakeSite, port: int, folder: Path, ends: list[Pc | Console]) -> Console:
    """A console at a service that may not have heard from the site yet."""
    while True:
        console = Console(site, port, folder)
        ends.append(console)
        try:
            welcomed = isinstance(await console.log_in(), m.ConsoleWelcome)
        except Unavailable:  # it knows no machine before it has heard from the site
            welcomed = False
        if welcomed:
            await console.board(lambda _board: True)
            return console
        await asyncio.sleep(0.1)  # as a person would; who hammers at the door is hung up on
