"""Before the start, nothing on a candidate PC opens the paper: not its disk, not even its memory read by root.

The candidate is a real process at a real, armed room. Its memory and its files are searched for the very paper key,
which the test knows; finding the attempt's key in the same memory proves that the search can find keys.
"""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from shared import commands as c
from shared.errors import BadSignature
from shared.ledger import attempt_stream, stream_key
from shared.package import open_paper
from tests.support.candidate_day import candidate_day, trace_of
from tests.support.fake_site import QUICK, exam, site_now
from tests.support.room_day import eventually, until

pytestmark = [pytest.mark.system, pytest.mark.long]
START_IN = 25_000
"""Milliseconds in which the PC must have the sealed form and be searched."""


def memory_of(pid: int) -> bytes:
    """All readable and writable private memory of a process, as root (or its owner) can read it."""
    parts = []
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            addresses, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            begin, end = (int(address, 16) for address in addresses.split("-"))
            try:
                memory.seek(begin)
                parts.append(memory.read(end - begin))
            except OSError:
                continue
    return b"".join(parts)


async def test_neither_disk_nor_memory_of_a_waiting_pc_opens_the_paper(tmp_path: Path) -> None:
    due = exam(START_IN, QUICK)
    async with candidate_day(tmp_path, due) as day:
        console = await day.room.console()
        assert await console.order(c.AllowLogin()) == ""
        assert await console.order(c.AllowStart()) == ""
        script = day.script(1, "1001", seed=1)
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).parent / "kaodian-candidate"), "--headless", "--data", script.data),
            *("--local", script.local),
            *("--ticket", "1001", "--id-number", script.id_number, "--trace", script.trace, "--seed", "1"),
        )
        try:
            folder = Path(script.data)
            await eventually(lambda: any(sealed_files(folder, due.papers["A"])))
            sealed = next(iter(sealed_files(folder, due.papers["A"])))
            before = memory_of(process.pid)
            files = b"".join(contents(folder))
            assert site_now() < due.session.start, "the machine was too slow for this test to say anything"

            attempt_key = stream_key(due.session_key, attempt_stream("m1", "1001"))
            assert attempt_key in before
            for key in due.keys.values():
                assert key not in before
                assert key not in files
            for at in range(len(files) - 32):
                with pytest.raises(BadSignature):
                    open_paper(sealed, files[at : at + 32], "m1", "A")

            await until(due.session.start)
            await eventually(lambda: any(line["event"] == "opened" for line in trace_of(script)))
            assert open_paper(sealed, due.keys["A"], "m1", "A").form == "A"
        finally:
            process.send_signal(signal.SIGKILL)
            await process.wait()


def contents(folder: Path) -> list[bytes]:
    """Every file on the PC's disk."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def sealed_files(folder: Path, paper: bytes) -> list[bytes]:
    """The sealed form as it lies on the PC's disk, if it is there whole."""
    return [paper for data in contents(folder) if paper in data]
