"""The house rules that no linter knows: catalogues, docstrings, mirror tests, sizes, and what texts must not name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.catalogues import PACKAGES, faults

ROOT = Path(__file__).resolve().parents[1]
LINES = 350
BODY_LINES = 50

WITHOUT_MIRROR: dict[str, str] = {
    "site_server/rehearsal/witnesses.py": "real commands on a real day: run by system/test_forgery.py",
    "site_server/move_verbs.py": "every move of site_server/test_moving.py goes through it",
    "shared/explanations_dongle.py": "a part of shared.explanations, tested as one table with it",
    "shared/explanations_lan.py": "a part of shared.explanations, tested as one table with it",
    "shared/explanations_moves.py": "a part of shared.explanations, tested as one table with it",
    "shared/explanations_saves.py": "a part of shared.explanations, tested as one table with it",
    "shared/explanations_time.py": "a part of shared.explanations, tested as one table with it",
    "shared/explanations_staff.py": "a part of shared.explanations, tested as one table with it",
    "site_server/rehearsal/day.py": "a whole day of real programs: run by system/test_exam_day.py",
    "site_server/rehearsal/striker.py": "real faults of a real day: run by system/test_faulty_day.py",
    "site_server/rehearsal/enrolling.py": "every PC asks with the real program: run by system/test_exam_day.py",
    "site_server/rehearsal/stage.py": "every step is a real command of a real machine: run by system/test_exam_day.py",
}
"""Source file -> why it has no test file of its own."""

LONG: dict[str, str] = {
    "shared/documents.py": "all signed documents in one file",
    "shared/messages.py": "all wire messages in one file",
    "shared/commands.py": "all commands in one file",
    "shared/records.py": "all records in one file",
    "tests/support/by_the_book.py": "the second reader of formats.md, one file from one document",
}
"""Source file -> why it may be longer than `LINES`."""

# Written in two parts so that this file does not find itself.
FORBIDDEN = [
    re.compile("/" + r"work/"),
    re.compile("/" + r"tmp/brief"),
    re.compile(r"\b(?:issue|pull request|PR|fixes|closes)" + r"\s+#?\d+", re.IGNORECASE),
]
TEXTS = {".py", ".md", ".toml", ".sh", ".js", ".css", ".html", ".tcss", ".po", ".service", ".yaml", ".jsonl", ""}


def own_files() -> Iterator[Path]:
    """Every file of the checkout that is ours: nothing generated, installed or hidden except the CI's."""
    tops = [*PACKAGES, "tests", "deploy", "docs", ".ci"]
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in TEXTS and path.name != ".git")
    for top in tops:
        for path in (ROOT / top).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def shown(path: Path) -> str:
    """The path as messages name it."""
    return path.relative_to(ROOT).as_posix()


FILES = sorted(own_files())
SOURCES = [path for path in FILES if path.suffix == ".py"]
MODULES = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in PACKAGES and path.name != "__init__.py"]


def mirrors(path: Path) -> list[Path]:
    """Where a module's test may stand: the same sub-package under tests, or its top package."""
    inner = path.relative_to(ROOT)
    name = f"test_{inner.name}"
    return [ROOT / "tests" / inner.parent / name, ROOT / "tests" / inner.parts[0] / name]


@pytest.mark.parametrize("package", PACKAGES)
def test_catalogues_match_the_code_and_chinese_is_whole(package: str) -> None:
    assert list(faults(package)) == []


def test_every_module_says_its_job() -> None:
    assert [shown(path) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


def test_every_module_has_its_test_or_a_reason() -> None:
    lacking = {shown(path) for path in MODULES if not any(mirror.is_file() for mirror in mirrors(path))}
    assert sorted(lacking - set(WITHOUT_MIRROR)) == []
    assert sorted(set(WITHOUT_MIRROR) - lacking) == [], "these have a test now, or are gone"


def test_files_are_short() -> None:
    code = [path for path in FILES if path.suffix in {".py", ".js", ".css", ".sh", ".tcss", ".html"}]
    sizes = {shown(path): len(path.read_text("utf-8").splitlines()) for path in code}
    long = {name: size for name, size in sizes.items() if size > LINES}
    assert {name: size for name, size in long.items() if name not in LONG} == {}
    assert sorted(set(LONG) - set(long)) == [], "these are short now, or are gone"


def test_bodies_are_short() -> None:
    long = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.body[0].lineno + 1
                if size > BODY_LINES:
                    long.append(f"{shown(path)}: {node.name} has {size} lines")
    assert long == []


def test_texts_name_no_foreign_place() -> None:
    found = []
    for path in FILES:
        if path.suffix in TEXTS:
            text = path.read_text("utf-8")
            found += [f"{shown(path)}: {match.group()}" for rule in FORBIDDEN for match in rule.finditer(text)]
    assert found == []


def test_every_decision_has_a_number_of_its_own() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    assert [path.name for path in records if not path.read_text("utf-8").startswith(f"# {int(path.name[:4])}. ")] == []
