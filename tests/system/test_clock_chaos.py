"""A small exam day on which the system clocks of site, room and candidate PCs are set wrong again and again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.system, pytest.mark.long]
PATIENCE = 400
"""Seconds; a calm machine needs about fifty."""


def test_wrong_clocks_neither_open_the_paper_early_nor_move_start_and_end(tmp_path: Path) -> None:
    """The rehearsal's verdict holds the promise; here its facts are looked at once more."""
    line = [str(Path(sys.executable).parent / "kaodian-rehearse"), "--clock-chaos", "--candidates", "3"]
    line += ["--minutes", "0.4", "--seed", "3", "--out", str(tmp_path)]
    done = subprocess.run(
        line, capture_output=True, text=True, env={**os.environ, "KAODIAN_LANG": "en"}, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    clocks = json.loads((tmp_path / "summary.json").read_text("utf-8"))["clocks"]
    assert -50 <= clocks["start_ms"]["least"] <= clocks["start_ms"]["most"] <= 200
    assert -200 <= clocks["end_ms"]["least"] <= clocks["end_ms"]["most"] <= 200
    assert {one["machine"] for one in clocks["jumps"]} == {"site", "room-01", "candidates"}
    years = [one for one in clocks["jumps"] if abs(one["ms"]) > 300 * 24 * 3_600_000]
    assert len(years) >= 6
    assert {stream.split("/")[0] for stream in clocks["recorded"]} == {"site", "sitting", "attempt"}
