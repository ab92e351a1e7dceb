"""The rehearsal's judge finds each kind of damage, and nothing in a day without any."""

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shared.verifier import verify
from site_server.rehearsal import judge
from site_server.rehearsal.punctual import Recorded
from site_server.rehearsal.traces import Story, expected_lines
from tests.support.small_day import T, usual_day

Row = dict[str, Any]


def sat(ticket: str, **answers: list[str]) -> Story:
    """A candidate who typed these answers, all acknowledged, and left with a receipt."""
    story = Story(ticket)
    story.take({"event": "logged_in", "ms": 30, "epoch": 1})
    story.take({"event": "opened", "boot": 1000 + int(ticket), "trusted": T + 10})
    for item, letters in answers.items():
        story.take({"event": "typed", "item": item, "answer": letters})
        story.take({"event": "acked", "item": item, "answer": letters, "ms": 4})
    story.take({"event": "receipt", "code": f"K{ticket}", "final": True, "document": "00"})
    return story


STORIES = [sat("1001", a=["A"], b=["B", "C"]), sat("1002", a=["D"])]


def marked() -> list[Row]:
    """The results that follow from `STORIES`; item c was never answered, the third candidate never came."""
    answers = {("1001", "a"): ["A"], ("1001", "b"): ["B", "C"], ("1002", "a"): ["D"]}
    statuses = {"1001": "submitted", "1002": "collected", "1003": "absent"}
    return [
        {"ticket": ticket, "item": item, "answer": answers.get((ticket, item), []), "key": ["A"],
         "marks": 2 if answers.get((ticket, item)) == ["A"] else 0, "status": status}
        for ticket, status in statuses.items() for item in "abc"
    ]  # fmt: skip


def judged(folder: Path, rows: list[Row], stories: list[Story] | None = None) -> judge.Verdict:
    """The verdict over these results."""
    stories = STORIES if stories is None else stories
    (folder / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return judge.compare(stories, expected_lines(stories), folder / "results.jsonl")


def row_of(rows: list[Row], ticket: str, item: str) -> Row:
    """One line."""
    return next(row for row in rows if (row["ticket"], row["item"]) == (ticket, item))


def test_a_day_without_damage_is_clean(tmp_path: Path) -> None:
    verdict = judged(tmp_path, marked())
    assert verdict.clean
    assert verdict.totals == {"1001": 2, "1002": 0, "1003": 0}
    assert verdict.statuses == {"1001": "submitted", "1002": "collected", "1003": "absent"}


@pytest.mark.parametrize("became", [[], ["C"], ["B"], None])
def test_a_lost_answer_is_found(tmp_path: Path, became: list[str] | None) -> None:
    rows = marked()
    lost = row_of(rows, "1001", "b")
    if became is None:
        rows.remove(lost)
    else:
        lost["answer"] = became
    verdict = judged(tmp_path, rows)
    assert not verdict.clean
    assert len(verdict.lost) == 1
    assert "'1001', 'b'" in verdict.lost[0]


def test_a_doubled_answer_is_found(tmp_path: Path) -> None:
    rows = marked()
    verdict = judged(tmp_path, [*rows, dict(row_of(rows, "1002", "a"))])
    assert not verdict.clean
    assert (verdict.lost, verdict.invented) == ([], [])
    assert len(verdict.duplicated) == 1
    assert "'1002', 'a'" in verdict.duplicated[0]


@pytest.mark.parametrize(("ticket", "item"), [("1001", "c"), ("1002", "b"), ("1003", "a")])
def test_an_invented_answer_is_found(tmp_path: Path, ticket: str, item: str) -> None:
    rows = marked()
    row_of(rows, ticket, item)["answer"] = ["A"]
    verdict = judged(tmp_path, rows)
    assert not verdict.clean
    assert (verdict.lost, verdict.duplicated) == ([], [])
    assert len(verdict.invented) == 1
    assert f"'{ticket}', '{item}'" in verdict.invented[0]


@pytest.mark.parametrize("missing", ["opened", "receipt"])
def test_who_saw_no_paper_or_got_no_receipt_is_a_loss(tmp_path: Path, missing: str) -> None:
    story = sat("1002", a=["D"])
    setattr(story, missing, type(getattr(story, missing))())
    verdict = judged(tmp_path, marked(), [STORIES[0], story])
    assert not verdict.clean
    assert [line.split(":")[0] for line in verdict.lost] == ["1002"]


def test_what_a_candidate_saw_vanish_is_lost_whatever_the_results_say(tmp_path: Path) -> None:
    robbed = sat("1001", a=["A"], b=["B", "C"])
    robbed.take({"event": "shown", "answers": {"a": ["A"]}})
    verdict = judged(tmp_path, marked(), [robbed, STORIES[1]])
    assert not verdict.clean
    assert len(verdict.lost) == 1
    assert "1001 item b" in verdict.lost[0]


@pytest.mark.parametrize("counted", ["B", "C"])
def test_an_answer_typed_last_and_never_acknowledged_may_count_or_not(tmp_path: Path, counted: str) -> None:
    story = sat("1001", a=["B"])
    story.take({"event": "typed", "item": "a", "answer": ["C"]})
    rows = [{"ticket": "1001", "item": "a", "answer": [counted], "marks": 0, "status": "collected"}]
    assert judged(tmp_path, rows, [story]).clean


def test_percentiles_are_values_that_occurred() -> None:
    assert judge.percentile([], 0.5) == 0
    assert judge.percentile([3.0], 0.99) == 3
    values = [float(value) for value in range(1, 101)]
    assert judge.percentile(values, 1) == 100
    assert judge.percentile(values, 0.5) in (50, 51)


def test_the_start_spread_counts_only_those_who_waited() -> None:
    late = sat("1003")
    late.opened = [(99_999, T + 60_000)]
    found = judge.latencies([*STORIES, late], T)
    assert found["start_spread"] == {"p50": 1.0, "max": 1.0}
    assert found["save_ack"]["max"] == 4
    assert found["login"]["p50"] == 30


def test_the_summary_counts_from_the_files(tmp_path: Path) -> None:
    day = usual_day()
    report = verify(io.BytesIO(day.bundle()), day.root.public)
    found = judge.summary(
        STORIES, judged(tmp_path, marked()), judge.Content(report, 3, 2, Recorded(Counter(), {})), T, 1
    )
    assert (found["candidates"], found["logged_in"]) == (3, 2)
    assert [found[name] for name in ("absent", "submitted", "collected", "void")] == [1, 1, 1, 0]
    assert found["violations"] == 2
    assert found["answers"] == {"saved": 3, "acknowledged": 3, "in_bundle": 3, "held": 0, "lost": 0, "duplicated": 0}
    assert found["marks"] == {"count": 3, "mean": 0.67}
    assert found["bundle"] == {"sha256": report.sha256.hex(), "bytes": report.size, "records": report.records}
