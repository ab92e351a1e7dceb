"""What a candidate's traces tell: the answers that must count, and losses the candidate saw."""

import json
from pathlib import Path

from site_server.rehearsal.traces import Story, expected_lines, read

Event = dict[str, object]


def typed(item: str, *letters: str) -> Event:
    """The candidate answers."""
    return {"event": "typed", "item": item, "answer": list(letters)}


def acked(item: str, *letters: str, ms: float = 5) -> Event:
    """The room has it."""
    return {"event": "acked", "item": item, "answer": list(letters), "ms": ms}


def shown(**answers: list[str]) -> Event:
    """What the page shows after an admission."""
    return {"event": "shown", "answers": answers}


def story(*events: Event) -> Story:
    """A story of these events."""
    found = Story("1001")
    for event in events:
        found.take(event)
    return found


def test_the_newest_acknowledged_answer_counts() -> None:
    told = story(shown(), typed("a", "A"), acked("a", "A"), typed("a", "B"), acked("a", "B", ms=9), typed("b", "C"))
    assert told.answers == {"a": ("B",)}
    assert (told.saved, told.acknowledged, told.save_ms) == (3, 2, [5.0, 9.0])
    assert told.typed["a"] == {(), ("A",), ("B",)}
    assert told.lost == []


def test_an_answer_that_another_machine_acknowledges_again_is_one() -> None:
    told = story(typed("a", "A"), acked("a", "A"), typed("b", "B"), shown(a=["A"], b=["B"]))
    for again in (acked("a", "A", ms=9000), acked("b", "B", ms=7), acked("b", "B", ms=9000)):
        told.take(again)
    assert (told.saved, told.acknowledged, told.save_ms) == (2, 2, [5.0, 7.0])


def test_a_resumed_pc_may_show_what_was_typed_last_and_then_that_counts() -> None:
    told = story(typed("a", "A"), acked("a", "A"), typed("a", "B"), typed("c", "D"), shown(a=["B"], c=["D"]))
    assert told.lost == []
    assert told.answers == {"a": ("B",), "c": ("D",)}
    assert story(typed("a", "A"), acked("a", "A"), typed("a", "B"), shown(a=["A"])).answers == {"a": ("A",)}


def test_an_acknowledged_answer_that_a_resumed_pc_does_not_show_is_lost() -> None:
    for after in (shown(), shown(a=["C"]), shown(a=["A"])):
        told = story(typed("a", "A"), acked("a", "A"), typed("a", "B"), acked("a", "B"), after)
        assert len(told.lost) == 1
        assert "1001 item a" in told.lost[0]


def test_all_that_was_typed_counts_once_the_room_has_it_all_however_late() -> None:
    told = story(typed("a", "A"), acked("a", "A"), typed("a", "B"), typed("a", "C"), typed("b", "D"))
    assert (told.answers, told.unsettled) == ({"a": ("A",)}, {"a": {("B",), ("C",)}, "b": {("D",)}})
    told.take({"event": "left"})
    assert (told.answers, told.unsettled) == ({"a": ("C",), "b": ("D",)}, {})


def test_times_starts_and_the_receipt_are_kept() -> None:
    told = story(
        {"event": "logged_in", "ms": 40, "epoch": 1},
        {"event": "opened", "boot": 7, "trusted": 8},
        {"event": "logged_in", "ms": 9000, "epoch": 2, "waited": True},
        {"event": "finished", "status": "submitted"},
        {"event": "receipt", "code": "K1", "final": True, "document": "00ff"},
    )
    assert told.logged_in
    assert told.login_ms == [40.0], "waiting for a proctor is not the log-in's time"
    assert told.opened == [(7, 8)]
    assert (told.status, told.receipt, told.document) == ("submitted", "K1", "00ff")


def test_reads_the_starts_in_order_and_leaves_out_a_torn_line(tmp_path: Path) -> None:
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    whole = "".join(json.dumps(event) + "\n" for event in (typed("a", "A"), acked("a", "A")))
    first.write_text(whole + '{"event": "typ', "utf-8")
    second.write_text(json.dumps(shown(a=["A"])) + "\n", "utf-8")
    found = read("1001", [first, second])
    assert (found.starts, found.answers, found.lost) == (2, {"a": ("A",)}, [])


def test_expected_lines_name_every_answer_once_and_no_empty_one() -> None:
    told = story(shown(b=["B"], a=["A", "C"], c=[]), {"event": "receipt", "code": "K1"})
    assert expected_lines([told]) == [
        {"ticket": "1001", "item": "a", "answer": ["A", "C"], "receipt": "K1"},
        {"ticket": "1001", "item": "b", "answer": ["B"], "receipt": "K1"},
    ]
