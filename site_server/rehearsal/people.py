"""The rehearsal's candidates: read from the roster they are imported from, because each must type ticket and ID number.

Writes a shortened copy of a roster when fewer candidates are wanted. Checks nothing: the platform's importer does.
"""

from dataclasses import dataclass
from pathlib import Path

from shared.errors import Refused

TICKET, NUMBER = "准考证号", "身份证号"


@dataclass(frozen=True)
class Candidate:
    """What a candidate knows by heart."""

    ticket: str
    id_number: str


def read(path: Path) -> tuple[list[list[object]], list[Candidate]]:
    """All cells of the first sheet, and the candidates in them; raises `Refused` when it is no roster."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        rows: list[list[object]] = [list(row) for row in book.get_sheet_by_index(0).to_python()]
    except (python_calamine.CalamineError, OSError) as error:
        raise Refused(f"{path.name} is no spreadsheet", "bad_roster") from error
    titles = [str(cell).strip() for cell in rows[0]] if rows else []
    if TICKET not in titles or NUMBER not in titles:
        raise Refused(f"{path.name} has no columns {TICKET} and {NUMBER}", "bad_roster")
    ticket, number = titles.index(TICKET), titles.index(NUMBER)
    people = [Candidate(str(row[ticket]).strip(), str(row[number]).strip()) for row in rows[1:] if str(row[ticket])]
    return rows, people


def shorten(rows: list[list[object]], count: int, path: Path) -> None:
    """A roster with the first `count` candidates of another."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("考生")
        for at, row in enumerate(rows[: count + 1]):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, str(cell))
