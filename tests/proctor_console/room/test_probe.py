"""A room started on a disk that refuses: it shows what is there, takes nothing, and ends once writes are taken."""

import asyncio
import os
import resource
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from shared import commands as c
from shared import messages as m
from tests.faults import shim
from tests.support.fake_site import exam
from tests.support.pc import PATIENCE, Console, Pc
from tests.support.room_day import RoomDay, eventually, room_day

SERVE = """
import resource, signal, sys
from proctor_console.room.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
sys.exit(main())
"""


async def serve(folder: Path, largest: int, **more: str) -> tuple[asyncio.subprocess.Process, int]:
    """The room as a process that can write no file beyond so many bytes, `more` in its environment, and its port."""
    line = [sys.executable, "-c", SERVE, str(largest), "--data", str(folder), "serve", "--port", "0"]
    process = await asyncio.create_subprocess_exec(*line, stdout=PIPE, stderr=DEVNULL, env=os.environ | more)
    assert process.stdout is not None
    ready = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    return process, int(ready.rsplit(b":", 1)[1])


async def test_a_room_on_a_disk_that_refuses_shows_and_says_so_and_takes_nothing(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        assert await (await day.console()).order(c.AllowLogin()) == ""
        pc = day.pc(1)
        await pc.log_in("1001")
        await day.stop()
        process, _port = await serve(day.machine, resource.RLIM_INFINITY)
        try:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 3, "a write failed"
            process, port = await serve(day.machine, 1)
            await shows_and_takes_nothing(day, port, pc)
            assert process.returncode is None
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 3, "so that it is started anew"
        finally:
            if process.returncode is None:
                os.kill(process.pid, signal.SIGKILL)
                await process.wait()
        await day.start()
        await eventually(lambda: day.room.hall.clock.known)
        pc.move_to(day.room.port)
        await pc.resume()
        assert (await pc.want(m.Admitted)).epoch == 1, "and goes on where it was"


async def test_a_room_whose_disk_flushes_nothing_shows_its_board_too(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        assert await (await day.console()).order(c.AllowLogin()) == ""
        await day.stop()
        stuck = tmp_path / "stuck"
        stuck.touch()
        refusing = shim.environment(day.machine, fail=shim.failure("flush", 1), when=stuck)
        process, port = await serve(day.machine, resource.RLIM_INFINITY, **refusing)
        try:
            console = Console(day.site, port, tmp_path / "console")
            await console.log_in()
            assert (await console.want(m.Alarm)).code == "disk_failed"
            assert not (await console.board(lambda _board: True)).disk_ok
            await console.close()
            stuck.unlink()
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 3, "so that it is started anew"
        finally:
            if process.returncode is None:
                os.kill(process.pid, signal.SIGKILL)
                await process.wait()


async def shows_and_takes_nothing(day: RoomDay, port: int, pc: Pc) -> None:
    """What staff and PCs meet meanwhile."""
    console = Console(day.site, port, day.folder / "console")
    await console.log_in()
    assert (await console.want(m.Alarm)).code == "disk_failed", "said at once, also where no board can be made"
    board = await console.board(lambda _board: True)
    assert (board.disk_ok, board.rows[0].status) == (False, "logged_in")
    assert await console.order(c.AllowStart()) == "disk_failed"
    await console.close()
    pc.move_to(port)
    await pc.resume()
    assert (await pc.want(m.Refused)).refusal.code == "unavailable", "it asks again, and shows nothing new as saved"
    await pc.send(m.Beacon(5))
    assert (await pc.want(m.BeaconReply)).sent == 5, "its clock goes on"
    await pc.close()
