"""Reads a roster of candidates from an .xlsx table and proves every ID number by date and check digit.

ID numbers appear in no remark but masked. Stores nothing (`central_platform.roster` does).
"""

import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Final

from central_platform.importers.markup import tidy
from central_platform.importers.reading import Reading, Remarks, RowRemarks
from central_platform.importers.workbook import Cell, Table, header_key, is_number, is_time, read_workbook, text
from central_platform.model import RosterRow
from shared import limits
from shared.errors import Malformed
from shared.model import mask_id

_HEADERS: Final = {
    "姓名": "name",
    "身份证号": "id_number",
    "身份证号码": "id_number",
    "准考证号": "ticket",
    "姓名拼音": "pinyin",
    "性别": "sex",
    "专业": "major",
    "院校": "school",
}
_NAMES: Final = {header_key(header): field for header, field in _HEADERS.items()}
_REQUIRED: Final = ("姓名", "身份证号", "准考证号")
_OPTIONAL: Final = ("pinyin", "sex", "major", "school")
_TICKET = re.compile(r"[0-9A-Za-z-]{4,32}")
_ID_FORM = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10X98765432"


def read_roster(path: Path) -> Reading[RosterRow]:
    """Every row of the file, accepted or rejected.

    Raises Malformed for a file that is missing, too large, damaged, no .xlsx, or without the columns 姓名 身份证号
    准考证号 or any row.
    """
    if path.suffix.lower() != ".xlsx":
        raise Malformed(f"{path.name}: a roster is an .xlsx file", "file_type")
    book = read_workbook(path, _NAMES, _REQUIRED, limits.ROSTER_ROWS)
    remarks = Remarks()
    rows: list[RosterRow] = []
    tickets: set[str] = set()
    numbers: set[str] = set()
    for sheet in book.skipped:
        RowRemarks(remarks, sheet, 1).note("", "sheet_skipped", sheet)
    for table in book.tables:
        for number, cells in table.cells():
            row = _row(table, cells, RowRemarks(remarks, table.sheet, number), tickets, numbers)
            rows += [row] if row else []
    if not rows and not remarks.faults:
        raise Malformed(f"{path.name} holds no candidates", "file_empty")
    return Reading(rows=tuple(rows), faults=tuple(remarks.faults), notes=tuple(remarks.notes))


def check_id_number(number: str) -> str | None:
    """The reason code of the fault in an 18-character ID number (GB 11643), or None.

    "id_form" for other lengths or characters, "id_date" for an impossible date of birth, "id_check_digit" where the
    last character does not fit the others (ISO 7064 MOD 11-2). The region is not looked up: codes change.
    """
    if not _ID_FORM.fullmatch(number):
        return "id_form"
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "id_date"
    if born.year < 1900:
        return "id_date"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return None if _CHECK_DIGITS[total % 11] == number[17] else "id_check_digit"


def _row(
    table: Table, cells: dict[str, Cell], remarks: RowRemarks, tickets: set[str], numbers: set[str]
) -> RosterRow | None:
    """The candidate of a row, or None after faults; what was accepted joins `tickets` and `numbers`."""
    name = _plain(table, "name", cells, remarks)
    if not name:
        remarks.fault(table.label("name"), "empty_name")
    ticket = _ticket(table, cells, remarks, tickets)
    number = _id_number(table, cells, remarks, numbers)
    others = {field: _plain(table, field, cells, remarks) for field in _OPTIONAL}
    if not remarks.ok:
        return None
    tickets.add(ticket)
    numbers.add(number)
    return RosterRow(ticket=ticket, name=name, id_number=number, **others)


def _ticket(table: Table, cells: dict[str, Cell], remarks: RowRemarks, seen: set[str]) -> str:
    cell = cells.get("ticket")
    ticket = _folded(text(cell))
    if not _TICKET.fullmatch(ticket):
        remarks.fault(table.label("ticket"), "bad_ticket" if ticket else "missing_ticket", ticket)
    elif ticket in seen:
        remarks.fault(table.label("ticket"), "duplicate_ticket", ticket)
    elif is_number(cell):
        remarks.note(table.label("ticket"), "ticket_is_number", ticket)
    return ticket


def _id_number(table: Table, cells: dict[str, Cell], remarks: RowRemarks, seen: set[str]) -> str:
    cell = cells.get("id_number")
    column = table.label("id_number")
    if is_number(cell) or is_time(cell):
        # A number cell keeps 15 digits: the last ones are lost already and cannot be won back.
        remarks.fault(column, "id_is_number", mask_id(text(cell)))
        return ""
    number = _folded(text(cell)).upper()
    reason = check_id_number(number) if number else "missing_id"
    if reason is None and number in seen:
        reason = "duplicate_id_number"
    if reason is not None:
        remarks.fault(column, reason, mask_id(number))
    return number


def _plain(table: Table, field: str, cells: dict[str, Cell], remarks: RowRemarks) -> str:
    """A short text on one line."""
    tidied, repairs = tidy(text(cells.get(field)))
    value = " ".join(tidied.split())
    if len(value) > limits.NAME_CHARS:
        remarks.fault(table.label(field), "too_long", len(value))
    for repair in repairs:
        remarks.note(table.label(field), repair, value)
    return value


def _folded(raw: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", tidy(raw)[0]))
