"""The bench itself, at the smallest size: every measure works from end to end and says what it compared."""

import json
from pathlib import Path

import pytest

from tests.bench.__main__ import MEASURES, main
from tests.bench.table import Row, Sample


@pytest.mark.long
@pytest.mark.system
def test_every_measure_compares_something_with_its_baseline(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    assert main(["--quick", "--disk", "fast", "--seats", "6", "--folder", str(tmp_path), "--json", str(out)]) == 0
    rows = json.loads(out.read_text(encoding="utf-8"))["rows"]
    assert {row["measure"] for row in rows} == {
        "saves/one by one", "saves/plain", "CPU of a save", "ack at 30 % load", "start spread", "memory of a seat",
        "log-in herd", "restart", "replication", "seat move", "room move",
        "whole room, a seat", "whole room, last seat",
    }  # fmt: skip
    assert all(row["figure"] > 0 and row["baseline"] > 0 for row in rows)
    assert len(MEASURES) == 7


@pytest.mark.parametrize(("at_most", "limit", "reached"), [(True, 0.5, True), (True, 0.4, False), (False, 0.5, True)])
def test_a_goal_is_judged_by_the_median_of_the_ratios(at_most: bool, limit: float, reached: bool) -> None:
    samples = [Sample(1, 2), Sample(1, 10), Sample(9, 10)]
    assert Row("x", "fast", "s", samples, limit, at_most).ratio == 0.5
    assert Row("x", "fast", "s", samples, limit, at_most).reached is reached
