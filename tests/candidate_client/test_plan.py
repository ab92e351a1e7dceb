"""The plan of a headless candidate."""

from candidate_client.plan import answer, plan
from shared.model import ItemKind
from tests.support.papers import small_paper

ITEMS = small_paper("m1", "A").items


def test_every_item_once_in_order_and_then_changes() -> None:
    steps = plan(ITEMS, (), 5, 4, 1_000, 2_000)
    assert [step.item.number for step in steps if step.turn == 0] == [1, 2, 3]
    assert sorted(step.turn for step in steps if step.turn) == [1, 2, 3, 4]
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert all(1_000 <= step.at < 2_000 for step in steps)
    seen = set()
    for step in steps:
        assert step.turn == 0 or step.item.number in seen, "only what was answered is changed"
        seen.add(step.item.number)


def test_what_is_answered_already_is_not_answered_again() -> None:
    assert [step.item.number for step in plan(ITEMS, {1, 3}, 5, 0, 0, 10)] == [2]


def test_a_late_start_answers_at_once() -> None:
    assert {step.at for step in plan(ITEMS, (), 5, 0, 2_000, 1_000)} == {2_000}


def test_answers_follow_from_the_seed_and_changes_are_changes() -> None:
    for item in ITEMS:
        assert answer(item, 5, 0) == answer(item, 5, 0)
        assert answer(item, 5, 1) != answer(item, 5, 0)
        least = 2 if item.kind is ItemKind.MULTIPLE else 1
        assert len(answer(item, 5, 0)) >= least
    assert len({answer(ITEMS[0], seed, 0) for seed in range(40)}) == 4
