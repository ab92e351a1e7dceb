"""阅卷: marks for objective items, as pure functions over keys and answers.

Marks are integer hundredths. Knows no files, no database and no bundle: `central_platform.results` brings what is
needed.
"""

from collections.abc import Iterable, Mapping

import msgspec

from central_platform.model import KeyRow
from shared.model import ItemKind, MultipleMarking
from shared.sitting import Status

PASS_MARKS = 60_00


class Marked(msgspec.Struct, frozen=True):
    """One item of one candidate: `answer` and `key` are sorted letters, `marks` what was earned."""

    ticket: str
    item: str
    answer: tuple[str, ...]
    key: tuple[str, ...]
    marks: int
    status: str


def item_marks(
    kind: ItemKind, key: tuple[str, ...], answer: tuple[str, ...], marks: int, multiple: MultipleMarking
) -> int:
    """What an answer earns of `marks`.

    Exactly the key's letters earn all. Part of them, and no other, earns in a multiple-choice item under `partial` the
    proportion of the right letters, rounded half up to a hundredth. Everything else earns nothing.
    """
    right, given = set(key), set(answer)
    if given == right:
        return marks
    if kind is ItemKind.MULTIPLE and multiple is MultipleMarking.PARTIAL and given < right:
        return (2 * marks * len(given) + len(right)) // (2 * len(right))
    return 0


def mark_candidate(
    ticket: str,
    status: Status,
    answers: Mapping[int, tuple[str, ...]],
    keys: Iterable[KeyRow],
    kinds: Mapping[int, ItemKind],
    multiple: MultipleMarking,
) -> list[Marked]:
    """All items of a candidate's form in paper order; `answers` and `kinds` are by item number.

    An absent candidate has no answers, nor has anybody where the session was cancelled.
    A void paper keeps its answers and earns nothing.
    """
    found = []
    for key in sorted(keys, key=lambda row: row.number):
        answer = () if status in (Status.ABSENT, Status.CANCELLED) else tuple(sorted(answers.get(key.number, ())))
        counts = status in (Status.SUBMITTED, Status.COLLECTED)
        earned = item_marks(kinds[key.number], key.answer, answer, key.marks, multiple) if counts else 0
        found.append(Marked(ticket, key.item, answer, key.answer, earned, status.value))
    return found


def passed(items: Iterable[Marked]) -> bool:
    """Whether one candidate's marks reach the pass mark."""
    return sum(item.marks for item in items) >= PASS_MARKS


def as_number(hundredths: int) -> int | float:
    """Marks as people write them: whole where they are whole."""
    return hundredths // 100 if hundredths % 100 == 0 else hundredths / 100
