"""A scratch copy of the project, in which a patch is applied, the tests it names are run, and it is taken back.

The copy holds what git tracks or would, so nothing of the work tree changes. Judges no patch.
"""

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240
"""A run of the tests of one patch that takes longer hangs."""


@dataclass(frozen=True)
class Outcome:
    """One test case: its node id without parameters, and how it ended: `passed`, `failed`, `error` or `skipped`."""

    test: str
    how: str
    message: str = ""


class Scratch:
    """A copy of the project below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            place = self.folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).exists():
                shutil.copy2(ROOT / name, place)

    def apply(self, patch: Path, back: bool = False) -> str:
        """Applies a patch, or takes it back; what git says if it does not fit, else nothing."""
        done = subprocess.run(
            ["git", "apply", "--whitespace=nowarn", *(["--reverse"] if back else []), str(patch)],
            cwd=self.folder, capture_output=True, text=True, check=False,
            env=os.environ | {"GIT_CEILING_DIRECTORIES": str(self.folder.parent)},
        )  # fmt: skip
        return done.stderr.strip() if done.returncode else ""

    def run(self, tests: Iterable[str]) -> list[Outcome]:
        """Runs tests in the copy; one outcome a case. A run that hangs or collects nothing gives one `error`."""
        report = self.folder.parent / f"{self.folder.name}.xml"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "long or not long"]
        try:
            done = subprocess.run(
                [*command, f"--junitxml={report}", *tests], cwd=self.folder, capture_output=True, text=True,
                check=False, timeout=SECONDS,
                env=os.environ | {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return [Outcome("", "error", f"no end after {SECONDS} s")]
        if not report.exists():
            return [Outcome("", "error", done.stdout[-2000:] + done.stderr[-2000:])]
        cases = [_outcome(case) for case in ET.parse(report).iter("testcase")]  # noqa: S314  # written by our own run
        return cases or [Outcome("", "error", done.stdout[-2000:])]


def _outcome(case: ET.Element) -> Outcome:
    path = (case.get("classname") or "").replace(".", "/") + ".py"
    test = f"{path}::{(case.get('name') or '').partition('[')[0]}"
    for how, tag in (("error", "error"), ("failed", "failure"), ("skipped", "skipped")):
        found = case.find(tag)
        if found is not None:
            return Outcome(test, how, found.get("message") or "")
    return Outcome(test, "passed")
