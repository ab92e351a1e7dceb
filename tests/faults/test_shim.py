"""The shim on a program that is not ours: what it logs, how it slows, and what it makes fail."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults import shim
from tests.faults.shim import Event, Kind

PROGRAM = """
import ctypes, os, sys
here = sys.argv[1]
os.mkdir(here + "/in")
os.chdir(here + "/in")
out = os.open("a.part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.write(out, b"one")
os.pwrite(out, b"two", 10)
os.writev(out, [b"th", b"ree"])
os.ftruncate(out, 12)
os.fdatasync(out)
ctypes.CDLL(None).faults_mark(b"done", ctypes.c_size_t(4))
os.close(out)
os.rename("a.part", "a")
held = os.open(".", os.O_RDONLY)
os.fsync(held)
os.close(held)
os.close(os.open("a", os.O_WRONLY | os.O_TRUNC))
os.unlink("a")
os.close(os.open(here + "-other", os.O_WRONLY | os.O_CREAT))
"""
STEPS = """
import os, sys
for n in range(5):
    out = os.open(f"{sys.argv[1]}/{n}", os.O_WRONLY | os.O_CREAT)
    for step in (lambda: os.write(out, b"12345678"), lambda: os.fsync(out)):
        try:
            print(step() or 0, end=" ")
        except OSError as error:
            print(-error.errno, end=" ")
"""


def run(program: str, folder: Path, environment: dict[str, str]) -> str:
    """The output of a program that works in `folder` with the shim in it."""
    command = [sys.executable, "-S", "-c", program, str(folder)]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True, timeout=30
    ).stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "disk"
    made.mkdir()
    return made


def test_every_change_below_the_folder_is_logged_in_order(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(PROGRAM, folder, shim.environment(folder, log=log))
    found = list(shim.events(log))
    inside = f"{folder}/in"
    inode = found[1].inode
    told = [(one.kind, one.offset, one.name, one.data) for one in found]
    assert told == [
        (Kind.MKDIR, 0, inside, b""),
        (Kind.OPEN, 0, f"{inside}/a.part", b""),
        (Kind.WRITE, 0, "", b"one"),
        (Kind.WRITE, 10, "", b"two"),
        (Kind.WRITE, 3, "", b"three"),
        (Kind.TRUNCATE, 12, "", b""),
        (Kind.FLUSH, 0, "", b""),
        (Kind.MARK, 0, "", b"done"),
        (Kind.RENAME, 0, f"{inside}/a.part", f"{inside}/a".encode()),
        (Kind.OPEN, 0, f"{inside}/.", b""),
        (Kind.FLUSH, 0, "", b""),
        (Kind.OPEN, 0, f"{inside}/a", b""),
        (Kind.TRUNCATE, 0, "", b""),
        (Kind.UNLINK, 0, f"{inside}/a", b""),
    ]
    assert found[1] == Event(Kind.OPEN, True, False, inode, 0, f"{inside}/a.part", b"")
    assert found[9].folder and found[10].inode == found[9].inode != inode
    assert found[11].inode == found[12].inode == inode and not found[11].created


def test_a_log_that_was_cut_ends_with_its_last_whole_event(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(PROGRAM, folder, shim.environment(folder, log=log))
    whole = list(shim.events(log))
    log.write_bytes(log.read_bytes()[:-1])
    assert list(shim.events(log)) == whole[:-1]


def test_every_flush_takes_as_much_longer(folder: Path, tmp_path: Path) -> None:
    started = time.monotonic()
    run(STEPS, folder, shim.environment(folder))
    quick = time.monotonic() - started
    when = tmp_path / "when"
    slow = shim.environment(folder, delay_us=100_000, when=when)
    started = time.monotonic()
    run(STEPS, folder, slow)
    unarmed = time.monotonic() - started
    when.touch()
    started = time.monotonic()
    run(STEPS, folder, slow)
    assert time.monotonic() - started >= 0.5
    assert max(quick, unarmed) < 0.5


@pytest.mark.parametrize(
    ("fail", "results"),
    [
        (shim.failure("flush", 2, mode="once"), "8 0 8 -5 8 0 8 0 8 0"),
        (shim.failure("flush", 4, code=errno.ENOSPC), "8 0 8 0 8 0 8 -28 8 -28"),
        (shim.failure("write", 1, pattern="disk/3", code=errno.ENOSPC), "8 0 8 0 8 0 -28 0 8 0"),
        (shim.failure("write", 4, code=errno.ENOSPC, mode="short"), "8 0 8 0 8 0 4 0 -28 0"),
        (shim.failure("change", 5), "8 0 -5 -5"),
    ],
)
def test_the_nth_call_fails_as_it_was_told(folder: Path, tmp_path: Path, fail: str, results: str) -> None:
    log = tmp_path / "log"
    environment = shim.environment(folder, fail=fail, log=log)
    if fail.startswith("change"):
        with pytest.raises(subprocess.CalledProcessError) as caught:
            run(STEPS, folder, environment)
        assert caught.value.stdout.strip() == results, "from then on nothing can be opened either"
    else:
        assert run(STEPS, folder, environment).strip() == results
    assert any(one.kind is Kind.FAILED for one in shim.events(log))
