"""The rules for one question of a bank, whatever file it came from: a draft becomes an item, or faults.

All faults of a draft are reported, not only the first. Reads no files; pictures come through `Pictures`.
"""

import re
import unicodedata
from decimal import Decimal
from string import ascii_uppercase
from typing import Final

import msgspec

from central_platform.importers.markup import Fragment, Mode, fragment, tidy
from central_platform.importers.pictures import Pictures
from central_platform.importers.reading import Reading, Remarks, RowRemarks
from central_platform.model import BankItem, question_hash, valid_name
from shared import limits
from shared.model import ItemKind, Option

KINDS: Final = {
    **dict.fromkeys(("single", "单选题", "单选", "单项选择题", "单项选择"), ItemKind.SINGLE),
    **dict.fromkeys(("multiple", "多选题", "多选", "多项选择题", "多项选择"), ItemKind.MULTIPLE),
    **dict.fromkeys(("truefalse", "判断题", "判断", "是非题"), ItemKind.TRUE_FALSE),
}
RIGHT: Final = frozenset(("对", "正确", "√", "✓", "✔", "T", "TRUE"))
WRONG: Final = frozenset(("错", "错误", "×", "✗", "✘", "F", "FALSE", "X"))
LETTERS: Final = ascii_uppercase[: limits.OPTIONS_PER_ITEM]
RAW_CHARS: Final = 8 * limits.TEXT_CHARS
MOST_MARKS: Final = 1000
PICTURES_PER_ITEM: Final = 8


class Source(msgspec.Struct, frozen=True):
    """A text as the file has it, and how it is to be read."""

    text: str
    mode: Mode = "auto"


class Labels(msgspec.Struct, frozen=True):
    """What a file calls the fields of a question; an option's label is `option` and its letter."""

    id: str = "id"
    kind: str = "type"
    stem: str = "stem"
    option: str = "options "
    answer: str = "answer"
    marks: str = "marks"
    pictures: str = "images"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A question as a file states it. An option that the file leaves out between others is an empty text."""

    sheet: str
    row: int
    id: str
    kind: str
    stem: Source
    options: tuple[Source, ...]
    answer: str
    marks: str = ""
    pictures: tuple[str, ...] = ()


class Items:
    """Takes drafts in file order and becomes the reading of the file."""

    def __init__(self, labels: Labels, pictures: Pictures) -> None:
        self.remarks = Remarks()
        self._labels = labels
        self._source = pictures
        self._items: dict[str, BankItem] = {}
        self._questions: dict[str, str] = {}
        self._pictures: dict[str, bytes] = {}
        self._weight = 0

    def row(self, sheet: str, row: int) -> RowRemarks:
        """Where the remarks about one row go."""
        return RowRemarks(self.remarks, sheet, row)

    def add(self, draft: Draft, remarks: RowRemarks | None = None) -> None:
        """Accept the draft or report why not; `remarks` may already hold faults the reader found."""
        remarks = remarks or self.row(draft.sheet, draft.row)
        labels = self._labels
        kind = _kind(draft.kind, labels, remarks)
        stem = _text(draft.stem, labels.stem, remarks, "empty_stem")
        options = _options(draft.options, kind, labels, remarks)
        answer = _answer(draft.answer, kind, options, labels, remarks)
        marks = _marks(draft.marks, labels, remarks)
        pictures = self._find_pictures(draft.pictures, remarks)
        if kind is None or not remarks.ok:
            return
        item = BankItem(
            id=draft.id, kind=kind, stem=stem, options=options, answer=answer, marks=marks, pictures=pictures
        )
        self._accept(item, remarks)

    def reading(self) -> Reading[BankItem]:
        """Everything that was accepted and remarked; pictures of rejected rows are left out."""
        used = {sha for item in self._items.values() for _, sha in item.pictures}
        return Reading(
            rows=tuple(self._items.values()),
            faults=tuple(self.remarks.faults),
            notes=tuple(self.remarks.notes),
            pictures={sha: data for sha, data in self._pictures.items() if sha in used},
        )

    def _accept(self, item: BankItem, remarks: RowRemarks) -> None:
        question = question_hash(item)
        if not item.id:
            item = msgspec.structs.replace(item, id="q" + question[:16])
            if question in self._questions:
                remarks.fault(self._labels.stem, "duplicate_question", item.stem)
                return
        if not valid_name(item.id):
            remarks.fault(self._labels.id, "bad_id", item.id)
        elif item.id in self._items:
            remarks.fault(self._labels.id, "duplicate_id", item.id)
        else:
            if question in self._questions:
                remarks.note(self._labels.stem, "same_question", self._questions[question])
            self._questions.setdefault(question, item.id)
            self._items[item.id] = item

    def _find_pictures(self, names: tuple[str, ...], remarks: RowRemarks) -> tuple[tuple[str, str], ...]:
        if len(names) > PICTURES_PER_ITEM:
            remarks.fault(self._labels.pictures, "too_many_images", len(names))
            return ()
        found = []
        for name in names:
            picture = self._source.find(name)
            if not isinstance(picture, str) and picture.sha256 not in self._pictures:
                self._weight += len(picture.data)
                self._pictures[picture.sha256] = picture.data
                picture = picture if self._weight <= limits.UNPACKED_BYTES else "images_too_large"
            if isinstance(picture, str):
                remarks.fault(self._labels.pictures, picture, name)
            else:
                found.append((name, picture.sha256))
        return tuple(found)


def _kind(raw: str, labels: Labels, remarks: RowRemarks) -> ItemKind | None:
    kind = KINDS.get(_folded(raw).casefold())
    if kind is None:
        remarks.fault(labels.kind, "unknown_type" if raw.strip() else "missing_type", raw)
    return kind


def _text(source: Source, column: str, remarks: RowRemarks, empty: str) -> str:
    found = _fragment(source, column, remarks)
    if found is not None and not found.key:
        remarks.fault(column, empty, source.text)
    return found.html if found else ""


def _fragment(source: Source, column: str, remarks: RowRemarks) -> Fragment | None:
    """The sanitised text with its notes given, or None after a fault."""
    if len(source.text) > RAW_CHARS:
        remarks.fault(column, "too_long", len(source.text))
        return None
    found = fragment(source.text, source.mode)
    if found.picture:
        remarks.fault(column, "picture_in_text", source.text)
        return None
    if len(found.html) > limits.TEXT_CHARS:
        remarks.fault(column, "too_long", len(found.html))
        return None
    for repair in found.repairs:
        remarks.note(column, repair, source.text)
    return found


def _options(
    sources: tuple[Source, ...], kind: ItemKind | None, labels: Labels, remarks: RowRemarks
) -> tuple[Option, ...]:
    if kind is ItemKind.TRUE_FALSE and not any(source.text.strip() for source in sources):
        return (Option(letter="A", text="正确"), Option(letter="B", text="错误"))
    options: list[Option] = []
    keys: dict[str, str] = {}
    for letter, source in zip(LETTERS, sources, strict=False):
        column = labels.option + letter
        if not source.text.strip():
            remarks.fault(column, "option_gap")
            continue
        found = _fragment(source, column, remarks)
        if found is None:
            continue
        if not found.key:
            remarks.fault(column, "empty_option", source.text)
        elif found.key in keys:
            remarks.fault(column, "duplicate_option", f"{keys[found.key]}={letter}: {found.key}")
        keys.setdefault(found.key, letter)
        options.append(Option(letter=letter, text=found.html))
    _check_count(len(sources), kind, labels, remarks)
    return tuple(options)


def _check_count(count: int, kind: ItemKind | None, labels: Labels, remarks: RowRemarks) -> None:
    column = labels.option.strip()
    if count > len(LETTERS):
        remarks.fault(column, "too_many_options", count)
    elif count < 2:
        remarks.fault(column, "too_few_options", count)
    elif kind is ItemKind.TRUE_FALSE and count != 2:
        remarks.fault(column, "truefalse_options", count)


def _answer(
    raw: str, kind: ItemKind | None, options: tuple[Option, ...], labels: Labels, remarks: RowRemarks
) -> tuple[str, ...]:
    """The letters of an answer, sorted; an empty tuple after a fault."""
    folded = _folded(raw).upper()
    if not folded:
        remarks.fault(labels.answer, "missing_answer")
        return ()
    if kind is ItemKind.TRUE_FALSE and folded in RIGHT | WRONG:
        return (_verdict(folded in RIGHT, options),)
    letters = re.sub(r"[,;/|、.·和+&-]", "", folded)
    if not all(letter in LETTERS for letter in letters):
        remarks.fault(labels.answer, "bad_answer", raw)
    elif len(set(letters)) < len(letters):
        remarks.fault(labels.answer, "repeated_letter", raw)
    elif absent := sorted(set(letters) - {option.letter for option in options}):
        remarks.fault(labels.answer, "answer_without_option", "".join(absent))
    elif kind is ItemKind.MULTIPLE and len(letters) < 2:
        remarks.fault(labels.answer, "multiple_with_one", raw)
    elif kind in (ItemKind.SINGLE, ItemKind.TRUE_FALSE) and len(letters) != 1:
        remarks.fault(labels.answer, "single_with_several", raw)
    return tuple(sorted(letters)) if remarks.ok else ()


def _verdict(right: bool, options: tuple[Option, ...]) -> str:
    """The letter that says right or wrong: by the options' own words, else A is right."""
    words = RIGHT if right else WRONG
    named = [option.letter for option in options if _folded(option.text).upper() in words]
    return named[0] if len(named) == 1 else "AB"[not right]


def _marks(raw: str, labels: Labels, remarks: RowRemarks) -> int | None:
    folded = _folded(raw).removesuffix("分")
    if not folded:
        return None
    try:
        hundredths = Decimal(folded) * 100
    except ArithmeticError:
        hundredths = Decimal(0)
    fits = hundredths.is_finite() and 0 < hundredths <= MOST_MARKS * 100
    if not fits or hundredths != hundredths.to_integral_value():
        remarks.fault(labels.marks, "bad_marks", raw)
        return None
    return int(hundredths)


def _folded(raw: str) -> str:
    """Full and half width alike, without any blanks."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", tidy(raw)[0]))
