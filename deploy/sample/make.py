"""Makes the sample's files: `python -m deploy.sample.make` writes bank.xlsx, roster.xlsx and images/ from bank.jsonl.

The texts are in bank.jsonl, the drawings in `pictures`. Everybody in the roster is made up.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, TypedDict

import cairosvg
import xlsxwriter

from deploy.sample.pictures import pictures

HERE: Final = Path(__file__).resolve().parent
LETTERS: Final = "ABCDEF"
KINDS: Final = {"single": "单选", "multiple": "多选", "truefalse": "判断"}
BANK_HEADER: Final = ["题号", "题型", "题干", *(f"选项{letter}" for letter in LETTERS), "答案", "分值", "图片"]
ROSTER_HEADER: Final = ["姓名", "姓名拼音", "性别", "身份证号", "准考证号", "专业", "院校"]
NO_REGION: Final = "990000"
"""No administrative region has this code, so no real ID number begins with it."""
STEMS: Final = {
    "甲": "Jia", "乙": "Yi", "丙": "Bing", "丁": "Ding", "戊": "Wu",
    "己": "Ji", "庚": "Geng", "辛": "Xin", "壬": "Ren", "癸": "Gui",
}  # fmt: skip
ORDINALS: Final = {"一": "yi", "二": "er", "三": "san", "四": "si"}
MAJORS: Final = ("电气自动化技术", "机电一体化技术", "供用电技术")


class SampleItem(TypedDict):
    """One line of bank.jsonl: `answer` holds letters, `images` names files of images/."""

    id: str
    type: str
    stem: str
    options: list[str]
    answer: list[str]
    marks: int
    images: list[str]


def items() -> list[SampleItem]:
    """The bank as it stands in bank.jsonl."""
    return [json.loads(line) for line in (HERE / "bank.jsonl").read_text("utf-8").splitlines()]


def bank_row(item: SampleItem) -> list[object]:
    """One item as a school's workbook has it: true/false items carry no options and are answered in words."""
    answer = "".join(item["answer"])
    options = item["options"]
    if item["type"] == "truefalse":
        answer, options = options[LETTERS.index(answer)], []
    padded = [*options, *[""] * (len(LETTERS) - len(options))]
    return [item["id"], KINDS[item["type"]], item["stem"], *padded, answer, item["marks"], "；".join(item["images"])]


def id_number(birthday: date, serial: int) -> str:
    """An 18-character number with the check character of GB 11643 (ISO 7064 mod 11-2)."""
    body = f"{NO_REGION}{birthday:%Y%m%d}{serial:03d}"
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def roster_rows() -> Iterator[list[object]]:
    """Forty candidates; an odd serial means a man, as in real ID numbers."""
    number = 0
    for ordinal, sound in ORDINALS.items():
        for stem, stem_sound in STEMS.items():
            number += 1
            yield [
                f"考生{stem}{ordinal}",
                f"Kaosheng {stem_sound}{sound}",
                "男" if number % 2 else "女",
                id_number(date(2006, 9, 1) + timedelta(days=9 * number), number),
                f"{NO_REGION}26{number:04d}",
                MAJORS[number % len(MAJORS)],
                "示例职业技术学院",
            ]


def write_workbook(path: Path, sheet: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A workbook of one sheet; texts stay texts (ID numbers too) and the bytes do not depend on the day."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        book.set_properties(
            {"title": "Kaodian sample", "created": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)}
        )
        bold, as_text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        page = book.add_worksheet(sheet)
        page.freeze_panes(1, 0)
        for column, name in enumerate(header):
            page.write_string(0, column, name, bold)
            page.set_column(column, column, 60 if name == "题干" else 20)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    page.write_number(line, column, value)
                elif value:
                    page.write_string(line, column, str(value), as_text)


def main() -> None:
    """Writes everything beside this file."""
    bank = items()
    write_workbook(HERE / "bank.xlsx", "题库", BANK_HEADER, [bank_row(item) for item in bank])
    candidates = list(roster_rows())
    write_workbook(HERE / "roster.xlsx", "考生", ROSTER_HEADER, candidates)
    for name, svg in pictures().items():
        cairosvg.svg2png(bytestring=svg.encode(), write_to=str(HERE / "images" / name))
    print(f"{len(bank)} items, {len(candidates)} candidates, {len(pictures())} pictures")


if __name__ == "__main__":
    main()
