"""The command: what it says and its exit codes."""

import asyncio
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from proctor_console.room import cli
from shared.io.text import explain
from tests.support.fake_site import exam
from tests.support.pc import PATIENCE
from tests.support.room_day import RoomDay, room_day


def test_an_unenrolled_folder_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("serve", "status"):
        assert cli.main(["--data", str(tmp_path), verb]) == 1
        assert capsys.readouterr().err.startswith(explain("not_enrolled"))


async def refusal(day: RoomDay, *verb: str) -> str:
    """What the command says before it ends, refused."""
    program = "import sys; from proctor_console.room.cli import main; sys.exit(main())"
    line = [sys.executable, "-c", program, "--data", str(day.machine), *verb]
    process = await asyncio.create_subprocess_exec(*line, stdout=DEVNULL, stderr=PIPE)
    _, said = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 1
    return said.decode()


async def test_a_disk_that_refuses_ledger_or_papers_is_told_in_words(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.stop()
        shutil.rmtree(day.machine / "papers")
        (day.machine / "papers").touch()
        assert (await refusal(day, "serve", "--port", "0")).startswith(explain("disk_failed"))
        (day.machine / "room.db").unlink()
        (day.machine / "room.db").mkdir()
        for verb in (("serve", "--port", "0"), ("status",)):
            assert (await refusal(day, *verb)).startswith(explain("disk_failed")), verb


def test_wrong_usage_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["enrol"])
    assert ended.value.code == 2
    assert capsys.readouterr().err
