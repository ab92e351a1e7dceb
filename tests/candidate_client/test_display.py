"""Shown order: grouped by kind, the same on every PC, another for every candidate, and letters stay the bank's."""

from candidate_client.display import arrange, marks_text, paper_view
from shared.model import Item, ItemKind, Option, Paper, Rules
from tests.support.papers import small_paper

LETTERS = "ABCD"


def paper(count: int = 12) -> Paper:
    """Items of all kinds, mixed."""
    kinds = (ItemKind.TRUE_FALSE, ItemKind.SINGLE, ItemKind.MULTIPLE)
    four = tuple(Option(letter, f"选项{letter}") for letter in LETTERS)
    two = (Option("A", "正确"), Option("B", "错误"))
    items = tuple(
        Item(n, f"i{n}", kinds[n % 3], f"题 {n}", two if n % 3 == 0 else four, 200) for n in range(1, count + 1)
    )
    return Paper("m1", "A", "理论试卷", items)


def test_kinds_stay_together_and_nothing_is_lost() -> None:
    shown = arrange(paper(), Rules(), "1001")
    assert [item.kind.value for item in shown] == ["single"] * 4 + ["multiple"] * 4 + ["truefalse"] * 4
    assert sorted(item.number for item in shown) == list(range(1, 13))
    assert all(sorted(option.letter for option in item.options) == list(LETTERS[: len(item.options)]) for item in shown)


def test_the_order_follows_from_the_ticket_alone() -> None:
    first = arrange(paper(), Rules(), "1001")
    assert first == arrange(paper(), Rules(), "1001")
    assert [item.id for item in first] != [item.id for item in arrange(paper(), Rules(), "1002")]
    assert len({tuple(option.letter for option in item.options) for item in first[:8]}) > 1


def test_true_false_and_fixed_orders_stay() -> None:
    shown = arrange(paper(), Rules(shuffle_items=False, shuffle_options=False), "1001")
    assert [item.number for item in shown] == [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12]
    assert all([option.letter for option in item.options] == list(LETTERS) for item in shown[:8])
    shuffled = arrange(paper(60), Rules(), "1001")
    assert all([option.letter for option in item.options] == ["A", "B"] for item in shuffled[-20:])


def test_the_page_gets_marks_by_position_and_letters_of_the_bank() -> None:
    one = small_paper("m1", "A")
    view = paper_view(one, arrange(one, Rules(), "1001"))
    first = view.items[0]
    assert [option.mark for option in first.options] == list(LETTERS)
    assert sorted(option.letter for option in first.options) == list(LETTERS)
    assert (first.shown, first.number, first.marks, first.pictures) == (1, 1, "2", ("picture/meter.png",))


def test_marks_are_written_as_people_write_them() -> None:
    assert [marks_text(hundredths) for hundredths in (200, 150, 25, 1000)] == ["2", "1.5", "0.25", "10"]
