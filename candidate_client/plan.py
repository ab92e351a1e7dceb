"""What a headless candidate will do: which item is answered when, and with which letters. Pure and drawn from a
seed."""

import random
from collections.abc import Collection, Sequence

import msgspec

from shared.model import Item, ItemKind

DRAWS = 20
"""Tries to draw a change of mind that is one."""


class Step(msgspec.Struct, frozen=True):
    """Answer `item` at trusted time `at` (ms); `turn` 0 is the first answer, higher ones are changes of mind."""

    at: int
    item: Item
    turn: int


def plan(items: Sequence[Item], answered: Collection[int], seed: int, changes: int, begin: int, end: int) -> list[Step]:
    """Every item not in `answered` (numbers), in shown order, and some of them again; from `begin` to `end` (ms)."""
    draw = random.Random(f"plan {seed}")  # noqa: S311  # a repeatable plan, not a secret
    due: list[tuple[Item, int]] = [(item, 0) for item in items if item.number not in answered]
    for turn in range(1, changes + 1 if items else 1):
        after = draw.randrange(len(due) + 1)
        earlier = [item for item, _ in due[:after]] or [item for item in items if item.number in answered]
        if earlier:
            due.insert(after, (draw.choice(earlier), turn))
    width = max(0, end - begin)
    instants = sorted(begin + int(draw.random() * width) for _ in due)
    return [Step(at, item, turn) for at, (item, turn) in zip(instants, due, strict=True)]


def answer(item: Item, seed: int, turn: int) -> tuple[str, ...]:
    """The letters for an item at a turn: one, or for multiple choice at least two; sorted."""
    draw = random.Random(f"answer {seed} {item.id} {turn}")  # noqa: S311  # a repeatable plan, not a secret
    letters = [option.letter for option in item.options]
    least = min(2, len(letters)) if item.kind is ItemKind.MULTIPLE else 1
    most = len(letters) if item.kind is ItemKind.MULTIPLE else 1
    drawn = [tuple(sorted(draw.sample(letters, draw.randint(least, most)))) for _ in range(DRAWS if turn else 1)]
    first = answer(item, seed, 0) if turn else ()
    return next((letters for letters in drawn if letters != first), first)
