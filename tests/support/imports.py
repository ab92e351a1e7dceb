"""Made-up banks, rosters and pictures as files, for tests of the platform."""

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from central_platform.importers.rosters import check_id_number
from central_platform.model import BankItem
from shared.model import ItemKind, Option

BANK_HEADER = ("题号", "题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "分值", "图片")
ROSTER_HEADER = ("姓名", "身份证号", "准考证号")


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]], sheet: str = "题库") -> Path:
    """A workbook with one sheet; each cell keeps its Python type."""
    return write_sheets(path, {sheet: rows})


def write_sheets(path: Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> Path:
    """A workbook with several sheets."""
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return path


def write_jsonl(path: Path, lines: Sequence[dict[str, Any]]) -> Path:
    """A bank as JSON lines."""
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return path


def png(shade: int = 0) -> bytes:
    """A whole PNG of one grey pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])
    pixels = zlib.compress(bytes([0, shade]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def id_number(serial: int) -> str:
    """A well-formed ID number of a region that is not assigned."""
    body = f"99000020000101{serial:03d}"
    return next(body + last for last in "0123456789X" if check_id_number(body + last) is None)


def bank_items(single: int, multiple: int = 0, truefalse: int = 0) -> list[BankItem]:
    """So many items of each kind, all different."""
    kinds = {ItemKind.SINGLE: single, ItemKind.MULTIPLE: multiple, ItemKind.TRUE_FALSE: truefalse}
    answers = {ItemKind.SINGLE: ("B",), ItemKind.MULTIPLE: ("A", "C"), ItemKind.TRUE_FALSE: ("A",)}
    options = tuple(Option(letter=letter, text=f"选项 {letter}") for letter in "ABCD")
    return [
        BankItem(
            id=f"{kind.value}-{number:03d}",
            kind=kind,
            stem=f"{kind.value} {number}",
            options=options[:2] if kind is ItemKind.TRUE_FALSE else options,
            answer=answers[kind],
        )
        for kind, count in kinds.items()
        for number in range(count)
    ]
