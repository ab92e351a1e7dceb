"""The published promises: each names tests that exist, and the sabotage kit stands behind them whole."""

import re
from pathlib import Path

from tests.sabotage.patch import everything

ROOT = Path(__file__).resolve().parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]


def quoted(cell: str) -> list[str]:
    """What stands between backquotes in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def test_every_promise_is_one_numbered_sentence_with_tests() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, len(ROWS) + 1))
    for number, promise, tests, _ in ROWS:
        assert promise.endswith("."), number
        assert quoted(tests), number


def test_the_tests_of_every_promise_exist() -> None:
    for _, _, tests, _ in ROWS:
        for test in quoted(tests):
            path, _, name = test.partition("::")
            assert re.search(rf"def {name}\(", (ROOT / path).read_text(encoding="utf-8")), test


def test_every_sabotage_breaks_one_of_the_promises() -> None:
    named = [name for row in ROWS for name in quoted(row[3])]
    assert sorted(named) == sorted(patch.name for patch in everything())
