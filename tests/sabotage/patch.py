"""A patch that breaks the product on purpose: one file of `patches/`, read strictly.

Its head says in one sentence what becomes wrong and names the tests that must catch it; then follows a unified diff of
product files. Applies nothing.
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "patches"
_CAUGHT_BY = re.compile(r"^Caught-by: (tests/[\w./]+\.py::[\w:]+)$", re.MULTILINE)
_CHANGED = re.compile(r"^\+\+\+ b/(\S+)$", re.MULTILINE)
_PRODUCT = ("shared/", "proctor_console/", "candidate_client/", "site_server/", "central_platform/")


@dataclass(frozen=True)
class Patch:
    """`name` is the file's; `what` the sentence; `tests` the node ids that must fail; `changed` the files it breaks."""

    name: str
    path: Path
    what: str
    tests: tuple[str, ...]
    changed: tuple[str, ...]


def read(path: Path) -> Patch:
    """One patch file; raises `ValueError` where the head or the diff is not as it should be."""
    text = path.read_text(encoding="utf-8")
    head, found, _ = text.partition("\n--- a/")
    tests, changed = tuple(_CAUGHT_BY.findall(head)), tuple(_CHANGED.findall(text))
    what = head.partition("\n")[0].strip()
    if not found or not tests or not what.endswith(".") or "Caught-by:" in what:
        raise ValueError(f"{path.name}: a sentence, lines 'Caught-by: tests/file.py::test' and a diff are needed")
    if not changed or not all(name.startswith(_PRODUCT) for name in changed):
        raise ValueError(f"{path.name}: only files of the product are broken, not {changed}")
    return Patch(path.stem, path, what, tests, changed)


def everything() -> list[Patch]:
    """All patches, by name."""
    return [read(path) for path in sorted(FOLDER.glob("*.patch"))]
