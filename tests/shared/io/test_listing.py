"""A listing shows every record in order, sealed ones only with the keys."""

import io
import json

from shared.io.listing import Listing
from shared.verifier import verify
from tests.support.small_day import usual_day


def listed(with_keys: bool) -> list[dict[str, object]]:
    day, out = usual_day(), io.StringIO()
    report = verify(io.BytesIO(day.bundle()), day.root.public, day.keys if with_keys else None, Listing(out).line)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == report.records
    return lines


def test_without_keys_only_clear_facts_are_shown() -> None:
    lines = listed(with_keys=False)
    places = [(line["stream"], line["epoch"], line["position"]) for line in lines]
    assert places == sorted(places)
    assert {line["kind"]: line["facts"] for line in lines}["Answered"] is None
    ended = next(line for line in lines if line["kind"] == "SittingEnded")
    assert ended["facts"] == {
        "kind": "SittingEnded", "submitted": 1, "collected": 1, "absent": 1, "void": 0, "by": "王监考"
    }  # fmt: skip


def test_with_keys_answers_are_shown_and_bytes_are_hex() -> None:
    lines = listed(with_keys=True)
    answers = [line["facts"] for line in lines if line["kind"] == "Answered"]
    assert {"kind": "Answered", "answer": ["A", "B"]} in answers
    opened = next(line for line in lines if line["kind"] == "AttemptOpened")
    assert isinstance(opened["facts"], dict) and len(opened["facts"]["device"]["raw"]) == 64
