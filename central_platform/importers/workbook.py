"""Tables in .xlsx files: finds the header row by its names and gives the cells below it with their true row numbers.

Says nothing about what a cell may hold; `text` turns a cell into the text its author most likely saw.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
import python_calamine

from central_platform.importers.files import check_workbook
from shared.errors import Malformed

Cell = str | float | bool | date | datetime | time | timedelta

HEADER_WITHIN = 20
"""The header stands within this many first rows of its sheet."""
ERROR_CELL = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)")


class Table(msgspec.Struct, frozen=True):
    """One sheet with a header: `columns` maps field to (index, the header's own text)."""

    sheet: str
    columns: dict[str, tuple[int, str]]
    rows: list[list[Any]]
    first: int
    """Row number of `rows[0]`, counted from 1."""

    def cells(self) -> Iterator[tuple[int, dict[str, Cell]]]:
        """Each row that is not blank: its number and its non-empty cells by field."""
        for number, row in enumerate(self.rows, self.first):
            cells = {field: row[at] for field, (at, _) in self.columns.items() if at < len(row)}
            filled = {field: cell for field, cell in cells.items() if not (isinstance(cell, str) and not cell.strip())}
            if filled:
                yield number, filled

    def label(self, field: str) -> str:
        """The header of a field as the sheet writes it."""
        return self.columns[field][1] if field in self.columns else field


class Workbook(msgspec.Struct, frozen=True):
    """The tables of a file, and whether it holds pictures inside its sheets."""

    tables: tuple[Table, ...]
    skipped: tuple[str, ...]
    """Sheets with content but without the header."""
    pictures_inside: bool


def read_workbook(path: Path, names: Mapping[str, str], required: tuple[str, ...], most_rows: int) -> Workbook:
    """Every sheet that has the required columns, in any order.

    `names` maps a normalised header to its field. Malformed: those of `check_workbook`, `file_damaged`,
    `file_no_header` (no sheet has the columns), `file_header_twice`, `file_too_many_rows`.
    """
    pictures_inside = check_workbook(path)
    tables: list[Table] = []
    skipped: list[str] = []
    missing: dict[str, tuple[str, ...]] = {}
    for sheet, rows in _sheets(path):
        table, lacking = _table(sheet, rows, names, required)
        if table is not None:
            tables.append(table)
        elif any(any(str(cell).strip() for cell in row) for row in rows):
            skipped.append(sheet)
            missing[sheet] = lacking
    if not tables:
        places = "; ".join(f"sheet {sheet!r} lacks {', '.join(lacking)}" for sheet, lacking in missing.items())
        detail = f"{path.name} has no header row with the needed columns: {places or 'no cells'}"
        raise Malformed(detail[:500], "file_no_header")
    if sum(len(table.rows) for table in tables) > most_rows:
        raise Malformed(f"{path.name} has more than {most_rows} rows", "file_too_many_rows")
    return Workbook(tuple(tables), tuple(skipped), pictures_inside)


def text(cell: Cell | None) -> str:
    """A cell as text: whole numbers without a decimal point, TRUE and FALSE, nothing for an absent cell."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def is_number(cell: Cell | None) -> bool:
    """Whether the cell holds a number instead of text."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def is_time(cell: Cell | None) -> bool:
    """Whether the spreadsheet program turned the cell into a date or time."""
    return isinstance(cell, date | time | timedelta)


def header_key(cell: object) -> str:
    """A header as it is compared: full and half width alike, without blanks and marks of obligation."""
    folded = unicodedata.normalize("NFKC", str(cell)).casefold()
    return re.sub(r"[\s*:]|\((?:必填|选填|可选)\)", "", folded)


def _sheets(path: Path) -> Iterator[tuple[str, list[list[Any]]]]:
    try:
        with python_calamine.load_workbook(str(path)) as book:
            for meta in book.sheets_metadata:
                if meta.typ == python_calamine.SheetTypeEnum.WorkSheet:
                    yield meta.name, book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError):
        raise Malformed(f"{path.name} is damaged: its sheets cannot be read", "file_damaged") from None


def _table(
    sheet: str, rows: list[list[Any]], names: Mapping[str, str], required: tuple[str, ...]
) -> tuple[Table | None, tuple[str, ...]]:
    """The table of a sheet, or None and the headers that the best row still lacks."""
    lacking = required
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        keys = [(header_key(cell), index, str(cell).strip()) for index, cell in enumerate(row)]
        found = [(names[key], index, header) for key, index, header in keys if key in names]
        fields = [field for field, _, _ in found]
        absent = tuple(header for header in required if names[header_key(header)] not in fields)
        if not absent:
            twice = sorted({header for field, _, header in found if fields.count(field) > 1})
            if twice:
                raise Malformed(f"sheet {sheet!r} has a column twice: {', '.join(twice)}", "file_header_twice")
            columns = {field: (index, header) for field, index, header in found}
            return Table(sheet, columns, rows[at + 1 :], at + 2), ()
        lacking = min(lacking, absent, key=len)
    return None, lacking
