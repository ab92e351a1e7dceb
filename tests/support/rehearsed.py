"""One whole rehearsed exam day with real processes, for all system tests that look at what it left behind."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

CANDIDATES, ROOMS, ABSENT, VIOLATIONS, CRASHES = 8, 2, 1, 1, 2
DAY = f"--candidates {CANDIDATES} --rooms {ROOMS} --absent {ABSENT} --violations {VIOLATIONS}"
FAULTS = "--faults kill --minutes 0.6 --seed 20 --keep"
PATIENCE = 900
"""Seconds; a calm machine needs about eighty, and three times as many for a day with every fault."""


def program(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs one of the project's programs to its end, in English where it can be told."""
    line = [str(Path(sys.executable).parent / name), *map(str, arguments)]
    environment = {**os.environ, "KAODIAN_LANG": "zh_CN" if name == "kaodian-rehearse" else "en"}
    return subprocess.run(line, capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False)


@dataclass
class Rehearsed:
    """What one rehearsal left behind."""

    out: Path
    code: int
    said: str

    @cached_property
    def summary(self) -> dict[str, Any]:
        """`summary.json`."""
        found: dict[str, Any] = json.loads((self.out / "summary.json").read_text("utf-8"))
        return found

    def lines(self, name: str) -> list[dict[str, Any]]:
        """A file of JSON lines."""
        return [json.loads(line) for line in (self.out / name).read_text("utf-8").splitlines()]


def rehearse(out: Path) -> Rehearsed:
    """Runs the day; everything it made stays in `out`."""
    ran = program("kaodian-rehearse", *DAY.split(), *FAULTS.split(), "--out", out)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    return Rehearsed(out, ran.returncode, ran.stdout)
