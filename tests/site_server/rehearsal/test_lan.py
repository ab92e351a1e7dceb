"""Real namespaces and cables: who reaches whom while a room's LAN is cut, silent, or without the site."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Refused
from site_server.rehearsal import lan

pytestmark = pytest.mark.system


def probe(what: str, folder: Path) -> dict[str, Any]:
    """What the probe saw in namespaces of its own."""
    line = [*lan.UNSHARE, sys.executable, "-m", "tests.support.apart_probe", what, str(folder)]
    ran = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_each_cable_is_cut_and_mended_by_itself(tmp_path: Path) -> None:
    found = probe("lan", tmp_path)
    assert found == {
        "whole": [True, True, True],
        "unplugged": [False, True, True], "unplugged no more": [True, True, True],
        "mute": [False, True, True], "mute no more": [True, True, True],
        "no site": [True, True, False], "no site no more": [True, True, True],
    }  # fmt: skip
    assert list((tmp_path / "lan").iterdir()) == [], "networks that were let go leave nothing"


def test_without_tools_nothing_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(lan.INSIDE, raising=False)
    with pytest.raises(Refused) as refused:
        lan.enter(["--faults", "all"])
    assert refused.value.wire_code == "no_namespaces"
    assert "nsenter" in refused.value.detail


def test_a_machine_that_forbids_namespaces_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tool in lan.TOOLS:
        (tmp_path / tool).write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(lan.INSIDE, raising=False)
    with pytest.raises(Refused, match="not permitted"):
        lan.enter([])
    monkeypatch.setenv(lan.INSIDE, "1")
    lan.enter([])
    assert os.environ[lan.INSIDE] == "1", "inside already: nothing to do"
