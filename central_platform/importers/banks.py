"""Reads a question bank: .xlsx tables, .jsonl lines or GIFT text become the drafts that `items` judges.

The suffix chooses the form. A file that cannot be read at all raises `Malformed`; a row that cannot be taken is
reported in the `Reading`. Stores nothing (`central_platform.bank` does).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Final

import msgspec

from central_platform.importers.files import read_text
from central_platform.importers.gift import GiftKind, GiftQuestion, GiftText, parse_gift
from central_platform.importers.items import Draft, Items, Labels, Source
from central_platform.importers.markup import Mode
from central_platform.importers.pictures import Pictures, open_pictures
from central_platform.importers.reading import Reading, RowRemarks
from central_platform.importers.workbook import (
    ERROR_CELL,
    Cell,
    Table,
    header_key,
    is_number,
    is_time,
    read_workbook,
    text,
)
from central_platform.model import BankItem
from shared import limits
from shared.errors import Malformed

_HEADERS: Final = {
    "题号": "id",
    "题型": "kind",
    "题干": "stem",
    "答案": "answer",
    "分值": "marks",
    "图片": "pictures",
    **{f"选项{letter}": f"option{letter}" for letter in ascii_uppercase},
    **{letter: f"option{letter}" for letter in ascii_uppercase},
}
_NAMES: Final = {header_key(header): field for header, field in _HEADERS.items()}
_REQUIRED: Final = ("题型", "题干", "答案")
_XLSX_LABELS: Final = Labels("题号", "题型", "题干", "选项", "答案", "分值", "图片")
_TEXT_LABELS: Final = Labels()
_PICTURE_NAMES = re.compile(r"[;；,，、|\n]")
_GIFT_MODES: Final[dict[str, Mode]] = {"html": "html", "plain": "plain"}
_GIFT_REJECTED: Final = {
    GiftKind.SHORT: "gift_short",
    GiftKind.NUMERICAL: "gift_numerical",
    GiftKind.MATCHING: "gift_matching",
    GiftKind.ESSAY: "gift_essay",
    GiftKind.DESCRIPTION: "gift_description",
    GiftKind.BROKEN: "gift_broken",
}


class _Line(msgspec.Struct):
    """One line of a .jsonl bank; what else it carries is not looked at."""

    type: str
    stem: str
    answer: list[str] | str | bool
    options: list[str] = []
    id: str | int = ""
    images: list[str] = []
    marks: int | float | str = ""


def read_bank(path: Path, images: Path | None = None) -> Reading[BankItem]:
    """Every question of the file, accepted or rejected.

    `images` is the folder or .zip with the pictures; by default they are looked for beside the file. Raises Malformed
    for a file that is missing, too large, damaged, not of the form its suffix says, or without any question.
    """
    suffix = path.suffix.lower()
    readers = {".xlsx": _read_xlsx, ".jsonl": _read_jsonl, ".gift": _read_gift, ".txt": _read_gift}
    if suffix not in readers:
        raise Malformed(f"{path.name}: a bank is an .xlsx, .jsonl, .gift or .txt file", "file_type")
    reading = readers[suffix](path, open_pictures(images, path))
    if not reading.rows and not reading.faults:
        raise Malformed(f"{path.name} holds no questions", "file_empty")
    return reading


def _read_xlsx(path: Path, pictures: Pictures) -> Reading[BankItem]:
    book = read_workbook(path, _NAMES, _REQUIRED, limits.BANK_ROWS)
    items = Items(_XLSX_LABELS, pictures)
    for sheet in book.skipped:
        items.row(sheet, 1).note("", "sheet_skipped", sheet)
    if book.pictures_inside:
        items.row("", 1).note(_XLSX_LABELS.pictures, "pictures_inside")
    for table in book.tables:
        for number, cells in table.cells():
            remarks = items.row(table.sheet, number)
            items.add(_xlsx_draft(table, number, cells, remarks), remarks)
    return items.reading()


def _xlsx_draft(table: Table, row: int, cells: dict[str, Cell], remarks: RowRemarks) -> Draft:
    for field, cell in cells.items():
        if is_time(cell):
            remarks.fault(table.label(field), "cell_is_date", cell)
        elif isinstance(cell, str) and ERROR_CELL.fullmatch(cell.strip()):
            remarks.fault(table.label(field), "cell_error", cell)
        elif field not in ("id", "marks") and is_number(cell) and not float(str(cell)).is_integer():
            remarks.note(table.label(field), "number_cell", cell)
    present = [letter for letter in ascii_uppercase if f"option{letter}" in cells]
    letters = ascii_uppercase[: ascii_uppercase.index(present[-1]) + 1] if present else ""
    names = [name.strip() for name in _PICTURE_NAMES.split(text(cells.get("pictures")))]
    return Draft(
        sheet=table.sheet,
        row=row,
        id=text(cells.get("id")).strip(),
        kind=text(cells.get("kind")),
        stem=Source(text(cells.get("stem"))),
        options=tuple(Source(text(cells.get(f"option{letter}"))) for letter in letters),
        answer=text(cells.get("answer")),
        marks=text(cells.get("marks")),
        pictures=tuple(name for name in names if name),
    )


def _read_jsonl(path: Path, pictures: Pictures) -> Reading[BankItem]:
    items = Items(_TEXT_LABELS, pictures)
    decoder = msgspec.json.Decoder(_Line)
    for number, line in _lines(path):
        remarks = items.row("", number)
        try:
            read = decoder.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            # ValidationError is a DecodeError too; its text names the field, never the content.
            remarks.fault("", "bad_json", error)
            continue
        items.add(_jsonl_draft(number, read), remarks)
    return items.reading()


def _jsonl_draft(row: int, line: _Line) -> Draft:
    answer = line.answer
    if not isinstance(answer, str):
        answer = text(answer) if isinstance(answer, bool) else ",".join(answer)
    return Draft(
        sheet="",
        row=row,
        id=str(line.id).strip(),
        kind=line.type,
        stem=Source(line.stem),
        options=tuple(Source(option) for option in line.options),
        answer=answer,
        marks=text(line.marks),
        pictures=tuple(line.images),
    )


def _read_gift(path: Path, pictures: Pictures) -> Reading[BankItem]:
    items = Items(_TEXT_LABELS, pictures)
    questions = parse_gift(read_text(path))
    if len(questions) > limits.BANK_ROWS:
        raise Malformed(f"{path.name} has more than {limits.BANK_ROWS} questions", "file_too_many_rows")
    for question in questions:
        remarks = items.row("", question.line)
        reason = "gift_missing_word" if question.missing_word else _GIFT_REJECTED.get(question.kind)
        if reason:
            remarks.fault(_TEXT_LABELS.kind, reason, question.title or question.stem.text)
        else:
            items.add(_gift_draft(question, remarks), remarks)
    return items.reading()


def _gift_draft(question: GiftQuestion, remarks: RowRemarks) -> Draft:
    if any(part.format == "markdown" for part in (question.stem, *(choice.text for choice in question.choices))):
        remarks.note(_TEXT_LABELS.stem, "markdown_as_text", question.stem.text)
    kind, answer = "truefalse", text(question.truth)
    if question.kind is GiftKind.CHOICE:
        kind, answer = _gift_answer(question, remarks)
    return Draft(
        sheet="",
        row=question.line,
        id=question.id,
        kind=kind,
        stem=_gift_source(question.stem),
        options=tuple(_gift_source(choice.text) for choice in question.choices),
        answer=answer,
    )


def _gift_answer(question: GiftQuestion, remarks: RowRemarks) -> tuple[str, str]:
    """Kind and letters: "=" marks the one right choice; without it, positive weights mark the right ones."""
    equal = [letter for letter, choice in zip(ascii_uppercase, question.choices, strict=False) if choice.right]
    weights = [
        (letter, choice.weight or 0)
        for letter, choice in zip(ascii_uppercase, question.choices, strict=False)
        if not choice.right and (choice.weight or 0) > 0
    ]
    if equal:
        if weights:
            remarks.fault(_TEXT_LABELS.answer, "gift_partial_credit", weights[0][1])
        return "single", ",".join(equal)
    if len({weight for _, weight in weights}) > 1:
        remarks.note(_TEXT_LABELS.answer, "gift_weights")
    single = [weight for _, weight in weights] == [100]
    return "single" if single else "multiple", ",".join(letter for letter, _ in weights)


def _gift_source(part: GiftText) -> Source:
    return Source(part.text, _GIFT_MODES.get(part.format, "auto"))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each line that is not blank, with its number; Malformed `file_too_many_rows` beyond BANK_ROWS."""
    lines = read_text(path).split("\n")
    if len(lines) > limits.BANK_ROWS + 1:
        raise Malformed(f"{path.name} has more than {limits.BANK_ROWS} lines", "file_too_many_rows")
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, line
