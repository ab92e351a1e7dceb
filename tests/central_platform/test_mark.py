"""Marks of single items and of candidates."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_platform.mark import as_number, item_marks, mark_candidate, passed
from central_platform.model import KeyRow
from shared.model import ItemKind, MultipleMarking
from shared.sitting import Status

EXACT, PARTIAL = MultipleMarking.EXACT, MultipleMarking.PARTIAL
LETTERS = st.sets(st.sampled_from("ABCDEF")).map(lambda letters: tuple(sorted(letters)))


@pytest.mark.parametrize(
    ("kind", "answer", "rule", "earned"),
    [
        (ItemKind.MULTIPLE, "ABC", EXACT, 200),
        (ItemKind.MULTIPLE, "CBA", EXACT, 200),
        (ItemKind.MULTIPLE, "AB", EXACT, 0),
        (ItemKind.MULTIPLE, "AB", PARTIAL, 133),
        (ItemKind.MULTIPLE, "A", PARTIAL, 67),
        (ItemKind.MULTIPLE, "ABD", PARTIAL, 0),
        (ItemKind.MULTIPLE, "ABCD", PARTIAL, 0),
        (ItemKind.MULTIPLE, "", PARTIAL, 0),
        (ItemKind.SINGLE, "AB", PARTIAL, 0),
    ],
)
def test_multiple_choice(kind: ItemKind, answer: str, rule: MultipleMarking, earned: int) -> None:
    assert item_marks(kind, ("A", "B", "C"), tuple(answer), 200, rule) == earned


@given(LETTERS.filter(len), LETTERS, st.integers(1, 100_000))
def test_partial_marks_are_the_proportion_and_never_below_exact(
    key: tuple[str, ...], answer: tuple[str, ...], marks: int
) -> None:
    exact = item_marks(ItemKind.MULTIPLE, key, answer, marks, EXACT)
    partial = item_marks(ItemKind.MULTIPLE, key, answer, marks, PARTIAL)
    wrong = set(answer) - set(key)
    due = Fraction(0) if wrong else Fraction(marks * len(answer), len(key))
    assert abs(partial - due) <= Fraction(1, 2)
    assert exact == (marks if set(answer) == set(key) else 0)
    assert exact <= partial <= marks


def marked(status: Status) -> list[tuple[str, tuple[str, ...], int]]:
    """A candidate with one right and one wrong answer and one left out; keys given out of order."""
    keys = [KeyRow(form="A", number=n, item=f"i{n}", answer=("A",), marks=150) for n in (3, 1, 2)]
    kinds = dict.fromkeys((1, 2, 3), ItemKind.SINGLE)
    rows = mark_candidate("1", status, {1: ("A",), 2: ("B",)}, keys, kinds, EXACT)
    assert {row.status for row in rows} == {status.value}
    return [(row.item, row.answer, row.marks) for row in rows]


def test_every_item_of_the_form_is_marked_in_paper_order() -> None:
    due = [("i1", ("A",), 150), ("i2", ("B",), 0), ("i3", (), 0)]
    assert marked(Status.SUBMITTED) == due
    assert marked(Status.COLLECTED) == due


def test_a_void_paper_keeps_its_answers_and_earns_nothing() -> None:
    assert marked(Status.VOID) == [("i1", ("A",), 0), ("i2", ("B",), 0), ("i3", (), 0)]


def test_an_absent_candidate_has_no_answers() -> None:
    assert marked(Status.ABSENT) == [("i1", (), 0), ("i2", (), 0), ("i3", (), 0)]


@pytest.mark.parametrize(("marks", "good"), [(5999, False), (6000, True)])
def test_sixty_marks_pass(marks: int, good: bool) -> None:
    key = KeyRow(form="A", number=1, item="i", answer=("A",), marks=marks)
    items = mark_candidate("1", Status.SUBMITTED, {1: ("A",)}, [key], {1: ItemKind.SINGLE}, EXACT)
    assert passed(items) is good


def test_whole_marks_are_written_as_integers() -> None:
    assert [repr(as_number(marks)) for marks in (0, 200, 67, 150)] == ["0", "2", "0.67", "1.5"]
