"""The command as a technician meets it."""

import asyncio
import os
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp
import pytest

from tests.support.candidate_day import candidate_day, local_of
from tests.support.fake_site import QUICK, exam

PATIENCE = 30.0
"""Seconds: a process has to start first, maybe on a busy machine."""
COMMAND = [sys.executable, "-m", "candidate_client.cli"]
CHINESE = {**os.environ, "KAODIAN_LANG": "zh_CN"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One run that ends by itself."""
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=PATIENCE, env=CHINESE, check=False
    )


@pytest.mark.system
def test_what_is_missing_is_said(tmp_path: Path) -> None:
    done = run("--local", "127.0.0.1")
    assert done.returncode == 2
    assert "必须给出" in done.stderr
    nobody = run("--data", str(tmp_path))
    where = ["--data", str(tmp_path / "pc"), "--room", "01", "--code", "12345678"]
    no_stick = run("enrol", *where, "--site-file", str(tmp_path / "none"))
    assert (nobody.returncode, no_stick.returncode) == (1, 1)
    assert "not_enrolled" in nobody.stderr
    assert "no_site_file" in no_stick.stderr
    assert "Traceback" not in nobody.stderr + no_stick.stderr


@pytest.mark.system
async def test_serves_its_page_and_ends_when_told(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(60_000, QUICK)) as day:
        arguments = ["--data", str(day.machine("pc", 1)), "--local", local_of(1)]
        process = await asyncio.create_subprocess_exec(*COMMAND, *arguments, "--no-browser", stdout=PIPE)
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            ready = (await process.stdout.readline()).decode().split()
            page = (await process.stdout.readline()).decode().split()
        assert ready[0] == "ready"
        assert ready[1].startswith("127.0.0.1:")
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as http, http.get(page[1]) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
