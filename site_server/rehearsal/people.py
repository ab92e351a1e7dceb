"""The rehearsal's candidates: read from the roster they are imported from, because each must type ticket and ID number.

Writes a shortened copy of a roster when fewer candidates are wanted, and a longer one of the sample's when more are:
the people added are as made up as the sample's own. Checks nothing: the platform's importer does.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from shared.errors import Refused

TICKET, NUMBER = "准考证号", "身份证号"
NO_REGION: Final = "990000"
"""No administrative region has this code, so no real ID number begins with it."""
STEMS: Final = (
    ("甲", "Jia"), ("乙", "Yi"), ("丙", "Bing"), ("丁", "Ding"), ("戊", "Wu"),
    ("己", "Ji"), ("庚", "Geng"), ("辛", "Xin"), ("壬", "Ren"), ("癸", "Gui"),
)  # fmt: skip
DIGITS: Final = "零一二三四五六七八九"
SOUNDS: Final = dict(
    zip(DIGITS + "十百", ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu", "shi", "bai"), strict=True)
)
MAJORS: Final = ("电气自动化技术", "机电一体化技术", "供用电技术")
DAYS: Final = 727
MOST: Final = 9990


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


def generated(number: int) -> list[object]:
    """The sample's candidate `number`, counted from 1, as the row of its roster; nobody has such a name or ID number.

    Raises:
        ValueError: there is none of this number: 1 to MOST.
    """
    if not 0 < number <= MOST:
        raise ValueError(f"no candidate {number}")
    turn, at = divmod(number - 1, len(STEMS))
    stem, sound = STEMS[at]
    ordinal = numeral(turn + 1)
    spoken = sound + "".join(SOUNDS[sign] for sign in ordinal)
    born = date(2006, 9, 1) + timedelta(days=9 * number % DAYS)
    return [
        f"考生{stem}{ordinal}", f"Kaosheng {spoken}", "男" if number % 2 else "女",
        id_number(born, number % 1000), f"{NO_REGION}26{number:04d}", MAJORS[number % len(MAJORS)], "示例职业技术学院",
    ]  # fmt: skip


def numeral(number: int) -> str:
    """A number from 1 to 999 in Chinese: 一, 十二, 三百零五."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = DIGITS[hundreds] + "百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (DIGITS[ones] if ones else "")


def id_number(born: date, serial: int) -> str:
    """18 characters with the check character of GB 11643 (ISO 7064 mod 11-2), in a region that does not exist."""
    body = f"{NO_REGION}{born:%Y%m%d}{serial:03d}"
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def prepare(roster: Path, count: int, path: Path) -> tuple[Path, list[Candidate]]:
    """The roster to import for `count` candidates, and those in it; a shorter or longer one is written to `path`.

    Raises:
        Refused: `roster` is none.
    """
    rows, candidates = read(roster)
    if count == len(candidates):
        return roster, candidates
    if count < len(candidates):
        shorten(rows, count, path)
    else:
        extend(rows, count, path)
    return path, read(path)[1]


def extend(rows: list[list[object]], count: int, path: Path) -> None:
    """The sample's roster with people added up to `count`."""
    shorten(rows + [generated(number) for number in range(len(rows), count + 1)], count, path)


def shorten(rows: list[list[object]], count: int, path: Path) -> None:
    """A roster with the first `count` candidates of another."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("考生")
        for at, row in enumerate(rows[: count + 1]):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, str(cell))
