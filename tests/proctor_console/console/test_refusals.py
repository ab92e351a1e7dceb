"""Refusals in words."""

import ast
from pathlib import Path

from proctor_console.console.refusals import WORDS, words
from shared import confirming, exam, orders
from shared.explanations import EXPLANATIONS
from shared.refusal import Refusal
from tests.support.console_room import START_AT

CANDIDATES = {
    "login_wrong", "login_closed", "too_late", "wrong_seat", "is_absent", "is_collected", "is_submitted", "is_void",
}  # fmt: skip
"""Codes that only a candidate's PC meets."""


def test_every_code_of_the_core_that_staff_can_meet_has_words() -> None:
    trees = [ast.parse(Path(str(module.__file__)).read_text("utf-8")) for module in (exam, confirming, orders)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal"]
    codes = {call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)}
    assert codes and codes - set(WORDS) - set(EXPLANATIONS) == set()
    assert CANDIDATES & set(WORDS) == set()


def test_facts_are_filled_in() -> None:
    for code in WORDS:
        assert "{" not in words(Refusal(code, START_AT, 7, 3, 0, "T0001"))
    assert "08:00" in words(Refusal("too_early", at=START_AT))
    assert "45 min" in words(Refusal("over_makeup", at=45 * 60_000))


def test_an_unknown_code_is_told() -> None:
    assert "[from_the_future]" in words(Refusal("from_the_future"))
