"""One whole exam day with real processes and faults, judged here once more without the rehearsal's own judge."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from deploy.sample.make import items
from tests.support.rehearsed import ABSENT, CANDIDATES, CRASHES, ROOMS, VIOLATIONS, Rehearsed, program

pytestmark = [pytest.mark.system, pytest.mark.long]

NEAR = 4096
"""Damage is named at the part that holds it or at the record chained to it: at most this many bytes away."""
COUNTED = {"submitted", "collected"}


def test_the_day_is_passed_and_told_in_chinese(day: Rehearsed) -> None:
    assert "演练通过" in day.said
    assert "平台：制定计划、编排、组卷、签发" in day.said


def test_the_summary_counts_everybody_and_loses_nothing(day: Rehearsed) -> None:
    found = day.summary
    assert found["ok"] is True
    assert (found["rooms"], found["candidates"]) == (ROOMS, CANDIDATES)
    assert (found["logged_in"], found["absent"], found["violations"]) == (CANDIDATES - ABSENT, ABSENT, VIOLATIONS)
    assert found["submitted"] + found["collected"] == CANDIDATES - ABSENT
    answers = found["answers"]
    assert (answers["lost"], answers["duplicated"]) == (0, 0)
    assert 0 < answers["acknowledged"] <= answers["in_bundle"] <= answers["saved"]
    for name, shares in (
        ("save_ack", {"p50", "p99", "max"}),
        ("start_spread", {"p50", "max"}),
        ("login", {"p50", "p99"}),
    ):
        assert set(found["latency_ms"][name]) == shares
        assert all(value >= 0 for value in found["latency_ms"][name].values())
    assert found["bundle"]["bytes"] == (day.out / "bundle.kdr").stat().st_size
    assert found["upload"]["receipt_verified"] is True
    assert found["upload"]["resumed"] >= 0
    assert found["marks"]["count"] == CANDIDATES
    assert found["seconds"] > 0.6 * 60


def test_every_planned_fault_was_real(day: Rehearsed) -> None:
    done = day.summary["faults"]
    services = {"room_killed": 1, "site_killed": 1, "platform_killed": 1}
    assert Counter(fault["kind"] for fault in done) == services | {"pc_killed": CRASHES}
    assert [fault for fault in done if not fault["made"]] == []


def test_the_results_follow_from_what_the_candidates_saw_and_the_bank(day: Rehearsed) -> None:
    bank = {str(item["id"]): item for item in items()}
    due = {(line["ticket"], line["item"]): line["answer"] for line in day.lines("expected.jsonl")}
    rows = day.lines("results.jsonl")
    assert len({(row["ticket"], row["item"]) for row in rows}) == len(rows)
    assert due.keys() <= {(row["ticket"], row["item"]) for row in rows}
    for row in rows:
        item = bank[row["item"]]
        assert row["key"] == item["answer"], row
        assert row["answer"] == due.get((row["ticket"], row["item"]), []), row
        right = row["status"] in COUNTED and row["answer"] == item["answer"]
        assert row["marks"] == (item["marks"] if right else 0), row
    sizes = Counter(row["ticket"] for row in rows)
    assert len(sizes) == CANDIDATES
    assert len(set(sizes.values())) == 1
    answered = Counter(ticket for ticket, _ in due)
    assert len(answered) == CANDIDATES - ABSENT
    assert min(answered.values()) > max(sizes.values()) // 4, "they did sit an exam"


def test_totals_agree_in_every_file(day: Rehearsed) -> None:
    totals: Counter[str] = Counter()
    for row in day.lines("results.jsonl"):
        totals[row["ticket"]] += row["marks"]
    assert day.summary["marks"]["mean"] == pytest.approx(sum(totals.values()) / CANDIDATES, abs=0.01)
    sheet = CalamineWorkbook.from_path(str(day.out / "results.xlsx")).get_sheet_by_index(0).to_python()
    titles, people = sheet[0], sheet[1:]
    at = [str(title) for title in titles].index("总分")
    assert {str(row[0]): row[at] for row in people} == dict(totals)


def test_the_bundle_verifies_and_the_receipt_is_for_it(day: Rehearsed) -> None:
    ran = program("kaodian-verify", day.out / "bundle.kdr", "--keys", day.out / "keys")
    assert ran.returncode == 0, ran.stderr
    receipt = json.loads((day.out / "receipt.json").read_text("utf-8"))
    assert receipt["sha256"] == day.summary["bundle"]["sha256"]
    assert receipt["sha256"] in ran.stdout
    assert any((day.out / "backup").iterdir())


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_one_flipped_byte_is_found_and_its_place_named(day: Rehearsed, part: float, tmp_path: Path) -> None:
    data = bytearray((day.out / "bundle.kdr").read_bytes())
    place = int(len(data) * part)
    data[place] ^= 1
    (tmp_path / "changed.kdr").write_bytes(data)
    ran = program("kaodian-verify", tmp_path / "changed.kdr", "--keys", day.out / "keys")
    assert ran.returncode == 1
    named = re.search(r"NOT VERIFIED: byte (\d+), part \d+: \S", ran.stderr)
    assert named is not None, ran.stderr
    assert abs(int(named[1]) - place) < NEAR
