"""What `status` says of the sittings."""

import json
from pathlib import Path

import pytest

from proctor_console.room import cli
from shared import commands as c
from tests.support.fake_site import exam
from tests.support.room_day import room_day


async def test_status_folds_beside_a_running_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.console()
        await console.order(c.AllowLogin())
        assert cli.main(["--data", str(tmp_path / "room"), "status", "--json"]) == 0
        row = json.loads(capsys.readouterr().out)[0]
        assert (row["session"], row["phase"], row["candidates"], row["records"]) == ("m1", "login", 2, 3)
