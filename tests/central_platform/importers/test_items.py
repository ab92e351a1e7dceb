"""The rules for one question, whatever file it came from."""

from collections.abc import Sequence
from typing import Any

import pytest

from central_platform.importers.items import Draft, Items, Labels, Source
from central_platform.importers.pictures import Picture, checked
from central_platform.importers.reading import Reading
from central_platform.model import BankItem
from shared import limits
from shared.model import ItemKind
from tests.support.imports import png


class OnePicture:
    """A source of pictures that has one."""

    def find(self, name: str) -> Picture | str:
        """See `Pictures.find`."""
        return checked(png()) if name == "a.png" else "image_missing"


def draft(options: Sequence[str] = ("甲", "乙", "丙"), **changes: Any) -> Draft:
    """A sound single-choice question, changed."""
    given: dict[str, Any] = {"id": "1", "kind": "单选题", "stem": "题干？", "answer": "B", **changes}
    given["stem"] = Source(given["stem"])
    return Draft(sheet="表", row=2, options=tuple(Source(option) for option in options), **given)


def read(*drafts: Draft) -> Reading[BankItem]:
    items = Items(Labels(), OnePicture())
    for each in drafts:
        items.add(each)
    return items.reading()


def faults(*drafts: Draft) -> list[tuple[str, str]]:
    reading = read(*drafts)
    return [(fault.column, fault.reason) for fault in reading.faults]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (draft(kind="填空题"), [("type", "unknown_type")]),
        (draft(kind=" "), [("type", "missing_type")]),
        (draft(stem=" \u200b"), [("stem", "empty_stem")]),
        (draft(stem="甲" * (limits.TEXT_CHARS + 1)), [("stem", "too_long")]),
        (draft(stem="甲" * 1_000_000), [("stem", "too_long")]),
        (draft(stem='看图<img src="a.png">'), [("stem", "picture_in_text")]),
        (draft(("甲",), answer="A"), [("options", "too_few_options")]),
        (draft(("甲", "", "丙"), answer="A"), [("options B", "option_gap")]),
        (draft(("甲", "<b></b>", "丙"), answer="A"), [("options B", "empty_option")]),
        (draft(("10 V", " <b>10</b>  V ", "丙"), answer="A"), [("options B", "duplicate_option")]),
        (draft([str(number) for number in range(27)], answer="A"), [("options", "too_many_options")]),
        (draft(answer=""), [("answer", "missing_answer")]),
        (draft(answer="乙"), [("answer", "bad_answer")]),
        (draft(answer="D"), [("answer", "answer_without_option")]),
        (draft(answer="AB"), [("answer", "single_with_several")]),
        (draft(kind="多选题", answer="A"), [("answer", "multiple_with_one")]),
        (draft(kind="多选题", answer="AAB"), [("answer", "repeated_letter")]),
        (draft(kind="判断题", answer="A"), [("options", "truefalse_options")]),
        (draft(marks="两分"), [("marks", "bad_marks")]),
        (draft(marks="0"), [("marks", "bad_marks")]),
        (draft(marks="1e999999"), [("marks", "bad_marks")]),
        (draft(marks="0.005"), [("marks", "bad_marks")]),
        (draft(id="1 2"), [("id", "bad_id")]),
        (draft(pictures=("b.png",)), [("images", "image_missing")]),
        (draft(pictures=("a.png",) * 9), [("images", "too_many_images")]),
    ],
)
def test_each_defect_rejects_with_its_place_and_reason(changed: Draft, expected: list[tuple[str, str]]) -> None:
    assert faults(changed) == expected
    assert read(changed).rows == ()


def test_all_defects_of_a_row_are_reported_and_the_row_counts_once() -> None:
    reading = read(draft(kind="x", stem="", answer="", marks="-"))
    assert [fault.reason for fault in reading.faults] == ["unknown_type", "empty_stem", "missing_answer", "bad_marks"]
    assert reading.rejected == 1
    assert {(fault.sheet, fault.row) for fault in reading.faults} == {("表", 2)}


@pytest.mark.parametrize(
    ("kind", "answer", "letters"),
    [
        ("单选", "ｂ", ("B",)),
        ("multiple", "c、A", ("A", "C")),
        ("多项选择题", "A, C", ("A", "C")),
        ("多选题", "CBA", ("A", "B", "C")),
    ],
)
def test_answers_are_read_as_people_write_them(kind: str, answer: str, letters: tuple[str, ...]) -> None:
    (item,) = read(draft(kind=kind, answer=answer)).rows
    assert item.answer == letters


@pytest.mark.parametrize("answer", ["A", "对", "正确", "√", "T", "true"])
def test_true_has_many_names(answer: str) -> None:
    (item,) = read(draft((), kind="判断题", answer=answer)).rows
    assert (item.kind, item.answer) == (ItemKind.TRUE_FALSE, ("A",))
    assert [option.text for option in item.options] == ["正确", "错误"]


@pytest.mark.parametrize("answer", ["B", "错", "错误", "×", "F", "False"])
def test_false_has_many_names(answer: str) -> None:
    (item,) = read(draft((), kind="判断题", answer=answer)).rows
    assert item.answer == ("B",)


def test_a_verdict_follows_the_words_of_the_options() -> None:
    (item,) = read(draft(("错误", "正确"), kind="判断题", answer="对")).rows
    assert item.answer == ("B",)


def test_repairs_are_noted_and_the_item_is_clean() -> None:
    reading = read(draft((" 甲 ", '<span class="x">乙</span>'), stem="题 \u00a0干？"))
    assert [(note.column, note.reason) for note in reading.notes] == [
        ("stem", "spaces"),
        ("options A", "spaces"),
        ("options B", "markup"),
    ]
    assert [option.text for option in reading.rows[0].options] == ["甲", "乙"]
    assert reading.rows[0].stem == "题 干？"


def test_marks_are_hundredths_and_may_be_absent() -> None:
    rows = read(draft(id="1", marks="2.0"), draft(id="2", marks="0.5分"), draft(id="3")).rows
    assert [item.marks for item in rows] == [200, 50, None]


def test_numbers_are_unique_and_absent_ones_follow_from_the_content() -> None:
    assert faults(draft(), draft(stem="另一题")) == [("id", "duplicate_id")]
    first, second = read(draft(id="")).rows[0], read(draft(id="", answer="C")).rows[0]
    assert first.id == second.id
    assert read(draft(id="", stem="另一题")).rows[0].id != first.id
    assert faults(draft(id=""), draft(id="")) == [("stem", "duplicate_question")]


def test_the_same_question_under_two_numbers_is_noted_unless_its_picture_differs() -> None:
    reading = read(draft(id="1"), draft(id="2"), draft(id="3", pictures=("a.png",)))
    assert len(reading.rows) == 3
    assert [(note.reason, note.value) for note in reading.notes] == [("same_question", "1")]


def test_pictures_of_accepted_rows_only_are_handed_over() -> None:
    (item,) = read(draft(pictures=("a.png",))).rows
    ((name, sha),) = item.pictures
    assert name == "a.png"
    assert read(draft(pictures=("a.png",))).pictures == {sha: png()}
    assert read(draft(pictures=("a.png",), answer="")).pictures == {}
