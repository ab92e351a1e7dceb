"""The command itself: a site made and run by it, in real processes where a service is needed."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from site_server.cli import main
from tests.support.site_day import PASSPHRASE, Made

COMMAND = [sys.executable, "-m", "site_server.cli"]


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dongle's passphrase, as the environment gives it."""
    monkeypatch.setenv("KAODIAN_PASSPHRASE", PASSPHRASE)


@pytest.fixture
def service(made: Made) -> Iterator["subprocess.Popen[str]"]:
    """A serving process that has said it is ready, with trusted time from before."""
    made.give_time()
    process = start(made)
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def start(made: Made) -> "subprocess.Popen[str]":
    """Starts the service and waits for its one line."""
    arguments = ["--data", str(made.folder.path), "serve", "--port", "0", "--page-port", "0"]
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert re.fullmatch(r"ready 127\.0\.0\.1:\d+\n", process.stdout.readline())
    return process


def test_a_site_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--data", str(tmp_path / "s"), "init", "--site", "s1", "--name", "第一考点"]
    assert main(arguments) == 0
    assert (tmp_path / "s" / "registration.kdd").exists()
    assert main(arguments) == 1
    assert "[" not in capsys.readouterr().err, "the refusal is explained, not just coded"


def test_refusals_are_explained_on_stderr(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["--data", str(tmp_path / "none"), "status"],
        ["--data", str(made.folder.path), "sync-time"],
        ["--data", str(made.folder.path), "load", str(tmp_path)],
        ["--data", str(made.folder.path), "bundle", "--session", "m1", "--out", str(tmp_path / "x")],
    ):
        assert main(arguments) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert re.search("[一-鿿]", said.err)
        assert len(said.err.splitlines()) == 1


def test_usage_errors_exit_with_two(made: Made) -> None:
    for arguments in (["serve"], ["--data", "x", "site-file", "--room", "01", "--out", "x"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2


def test_codes_and_pins_are_printed_last(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(made.folder.path)]
    made.give_time()
    assert main([*data, "window", "--minutes", "5", "--count", "2"]) == 0
    assert re.search(r"\b\d{8}$", capsys.readouterr().out.strip())
    assert main([*data, "staff", "--room", "01", "--name", "王监考", "--role", "proctor"]) == 0
    assert re.search(r"\b\d{6}$", capsys.readouterr().out.strip())


@pytest.mark.system
def test_a_service_is_asked_through_its_socket_and_survives_a_kill(
    made: Made, service: "subprocess.Popen[str]", capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(made.folder.path)]
    os.environ.pop("KAODIAN_PASSPHRASE")  # the service holds the dongle
    assert main([*data, "window", "--minutes", "5", "--count", "2"]) == 0
    capsys.readouterr()
    assert main([*data, "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["window_left"] == 2
    service.kill()
    service.wait()
    os.environ["KAODIAN_PASSPHRASE"] = PASSPHRASE
    again = start(made)
    try:
        assert main([*data, "status", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["window_left"] == 2
    finally:
        again.send_signal(signal.SIGTERM)
        assert again.wait(10) == 0
        assert again.stdout is not None
        again.stdout.close()
    assert not made.folder.socket.exists()
