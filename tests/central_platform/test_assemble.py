"""Papers drawn by blueprint and seed."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_platform.assemble import assemble, draw
from central_platform.model import THEORY_BLUEPRINT, BankItem, BlueprintPart
from shared import limits
from shared.errors import Misuse, Refused
from shared.model import ItemKind
from tests.support.imports import bank_items, png

SMALL = (
    BlueprintPart(kind=ItemKind.SINGLE, count=4, marks=200),
    BlueprintPart(kind=ItemKind.TRUE_FALSE, count=2, marks=150),
)
FORMS = ("A", "B", "spare")


def test_the_theory_paper_is_fifty_items_and_a_hundred_marks() -> None:
    drawn = draw(bank_items(90, 45, 15), THEORY_BLUEPRINT, FORMS, "7")
    made = assemble(drawn, THEORY_BLUEPRINT, "7", session="s", title="理论", pictures={})
    assert [paper.form for paper in made.papers] == ["A", "B", "spare"]
    for paper in made.papers:
        assert [item.number for item in paper.items] == list(range(1, 51))
        assert sum(item.marks for item in paper.items) == 10_000
        kinds = [item.kind for item in paper.items]
        assert kinds == [ItemKind.SINGLE] * 30 + [ItemKind.MULTIPLE] * 15 + [ItemKind.TRUE_FALSE] * 5
    assert [(pair.form, pair.other, pair.items) for pair in made.shared] == [
        ("A", "B", 0),
        ("A", "spare", 0),
        ("B", "spare", 0),
    ]


def test_keys_name_every_item_and_papers_carry_none() -> None:
    bank = {item.id: item for item in bank_items(12, 0, 6)}
    drawn = draw(bank.values(), SMALL, FORMS, "7")
    made = assemble(drawn, SMALL, "7", session="s", title="t", pictures={})
    shown = {(paper.form, item.number): item for paper in made.papers for item in paper.items}
    assert {(key.form, key.number) for key in made.keys} == shown.keys()
    for key in made.keys:
        item = shown[key.form, key.number]
        assert (key.item, key.marks, key.answer) == (item.id, item.marks, bank[item.id].answer)
        assert not hasattr(item, "answer")


@given(st.integers(4, 20), st.text(max_size=8))
def test_forms_share_as_little_as_the_bank_allows(size: int, seed: str) -> None:
    blueprint = SMALL[:1]
    drawn = draw(bank_items(size), blueprint, FORMS, seed)
    uses: dict[str, int] = {}
    for items in drawn.items.values():
        assert len({item.id for item in items}) == 4
        for item in items:
            uses[item.id] = uses.get(item.id, 0) + 1
    shared = {(pair.form, pair.other): pair.items for pair in drawn.shared}
    # Twelve uses spread as evenly as whole numbers can; each item used n times is shared by n * (n - 1) / 2 pairs.
    base, more = divmod(12, size)
    least = more * (base + 1) * base // 2 + (size - more) * base * (base - 1) // 2
    assert sum(shared.values()) == least
    assert sum(count * (count - 1) // 2 for count in uses.values()) == least
    assert shared["A", "B"] == max(0, 8 - size)


def test_the_same_seed_gives_the_same_papers_in_whatever_order_the_bank_comes() -> None:
    bank = bank_items(12, 0, 6)
    assert draw(bank, SMALL, FORMS, "7") == draw(bank[::-1], SMALL, FORMS, "7")
    assert draw(bank, SMALL, FORMS, "7") != draw(bank, SMALL, FORMS, "8")


def test_forms_of_equal_items_stand_in_different_orders() -> None:
    drawn = draw(bank_items(4, 0, 2), SMALL, ("A", "B"), "7")
    first, second = ([item.id for item in drawn.items[form]] for form in ("A", "B"))
    assert sorted(first) == sorted(second)
    assert first != second


def test_a_bank_too_small_for_one_form_is_refused_with_counts() -> None:
    with pytest.raises(Refused, match="single: 4 needed, 3 there; truefalse: 2 needed, 0 there") as caught:
        draw(bank_items(3, 9), SMALL, FORMS, "7")
    assert caught.value.wire_code == "bank_too_small"


@pytest.mark.parametrize("blueprint", [(), SMALL[:1] * 2, (BlueprintPart(kind=ItemKind.SINGLE, count=0, marks=1),)])
def test_a_blueprint_that_cannot_be_is_refused(blueprint: tuple[BlueprintPart, ...]) -> None:
    with pytest.raises(Refused) as caught:
        draw(bank_items(9), blueprint, FORMS, "7")
    assert caught.value.wire_code == "bad_blueprint"


def test_an_item_twice_is_our_fault() -> None:
    with pytest.raises(Misuse):
        draw(bank_items(9) * 2, SMALL[:1], FORMS, "7")


def test_pictures_travel_under_names_that_tell_nothing() -> None:
    sha = "ab" * 32

    def pictured(item: BankItem) -> BankItem:
        return msgspec.structs.replace(item, pictures=(("答案是B.png", sha),))

    bank = [pictured(item) for item in bank_items(4, 0, 2)]
    drawn = draw(bank, SMALL, ("A",), "7")
    assert drawn.pictures() == {sha}
    (paper,) = assemble(drawn, SMALL, "7", session="s", title="t", pictures={sha: png()}).papers
    assert paper.pictures == {sha[:32] + ".png": png()}
    assert {item.pictures for item in paper.items} == {(sha[:32] + ".png",)}


def test_pictures_that_no_paper_can_carry_are_refused() -> None:
    sha = "ab" * 32
    bank = [msgspec.structs.replace(item, pictures=(("a.png", sha),)) for item in bank_items(4, 0, 2)]
    drawn, heavy = draw(bank, SMALL, ("A",), "7"), {sha: bytes(limits.PAPER_BYTES)}
    with pytest.raises(Refused) as caught:
        assemble(drawn, SMALL, "7", session="s", title="t", pictures=heavy)
    assert caught.value.wire_code == "paper_too_large"
