"""The results of a session as files: one line per item of each candidate, and a workbook that people open."""

import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from central_platform import ingest, results
from shared.errors import Refused
from tests.support.exchange import platform, take_over
from tests.support.small_day import usual_day


def test_results_come_from_the_verified_bundle(tmp_path: Path) -> None:
    home, day = platform(tmp_path / "p"), usual_day()
    (tmp_path / "b.kdr").write_bytes(day.bundle())
    with home.database() as database:
        take_over(home, database, day)
        with pytest.raises(Refused, match="no_results"):
            results.write(database, "m1", tmp_path / "out")
        ingest.take_in(home, database, tmp_path / "b.kdr", day.now)
        tally = results.write(database, "m1", tmp_path / "out")
    assert tally == (3, 0, [])
    lines = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text("utf-8").splitlines()]
    assert [(line["ticket"], line["item"], line["answer"], line["marks"], line["status"]) for line in lines] == [
        ("1001", "s1", ["C"], 0, "submitted"),
        ("1001", "m1", ["B"], 0, "submitted"),
        ("1001", "t1", [], 0, "submitted"),
        ("1002", "s1", ["C"], 0, "collected"),
        ("1002", "m1", ["B"], 0, "collected"),
        ("1002", "t1", ["A", "B"], 0, "collected"),
        ("1003", "s1", [], 0, "absent"),
        ("1003", "m1", [], 0, "absent"),
        ("1003", "t1", [], 0, "absent"),
    ]
    assert [line["key"] for line in lines[:3]] == [["A"], ["A", "B"], ["A"]]
    book = CalamineWorkbook.from_path(str(tmp_path / "out" / "results.xlsx"))
    totals = book.get_sheet_by_index(0).to_python()
    assert [row[:3] for row in totals[1:]] == [["1001", "=1+1", 0.0], ["1002", "=1+2", 0.0], ["1003", "=1+3", 0.0]]
    assert len(book.get_sheet_by_index(1).to_python()) == 10
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["results.jsonl", "results.xlsx"]
