"""Files that people hand the platform: banks and rosters as workbooks, JSON lines and GIFT, pictures, plans.

A reader gets a file of the one name its door expects, written anew for every input into a folder in memory.
"""

import functools
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from central_platform.importers.banks import read_bank
from central_platform.importers.pictures import checked, open_pictures
from central_platform.importers.rosters import read_roster
from central_platform.model import BlueprintPart, Plan
from central_platform.plan import check_plan, decode_blueprint, decode_plan
from shared import limits
from shared.errors import Refused, Untrusted
from tests.fuzz.samples import samples
from tests.fuzz.target import Target, memory_folder
from tests.fuzz.values import edited
from tests.fuzz.world import EDITS
from tests.support.imports import BANK_HEADER, ROSTER_HEADER, id_number, png, write_sheets

GIFT = """// [id:q1] [tag:x]
$CATEGORY: a/b

::title::[html]What is <b>2</b> + 2? { =4 #yes ~%-50%3 ~5 #### all }

True? {T #no #yes}

Match { =a -> b =c -> d } and {#3:1} \\{ \\= {}
"""


@functools.cache
def _folder() -> Path:
    return memory_folder()


def _file(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(data)
    return path


def _door(name: str, read: Callable[[Path], object]) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        read(_file(name, data))

    return run


@functools.cache
def _bank_book() -> bytes:
    row = ("q1", "单选题", "下列哪项正确？", "甲", "乙", "丙", "丁", "B", 2, "a.png")
    path = write_sheets(_folder() / "seed.xlsx", {"题库": [BANK_HEADER, row, row], "空": []})
    return path.read_bytes()


@functools.cache
def _roster_book() -> bytes:
    rows = [ROSTER_HEADER, ("考生", id_number(1), "1001"), ("考生二", 99.5, 1002)]
    return write_sheets(_folder() / "seed.xlsx", {"名册": rows}).read_bytes()


def _pages(book: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed_again(book: Callable[[], bytes], name: str, read: Callable[[Path], object]) -> Callable[[bytes], None]:
    """Edits of the files inside a workbook, in a sound zip."""

    def run(data: bytes) -> None:
        pages = edited(_pages(book()), data)
        if not isinstance(pages, dict):
            return
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for inner, page in pages.items():
                archive.writestr(str(inner).partition("\0")[0] or "x", page if isinstance(page, bytes) else str(page))
        read(_file(name, out.getvalue()))

    return run


def _sheet(data: bytes) -> None:
    """The XML of the first sheet of a bank."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, page in _pages(_bank_book()).items():
            archive.writestr(name, data if name == "xl/worksheets/sheet1.xml" else page)
    read_bank(_file("b.xlsx", out.getvalue()))


def _zip_pictures(data: bytes) -> None:
    pictures = open_pictures(_file("p.zip", data), _folder() / "bank.xlsx")
    for name in ("a.png", "甲/b.png", "../a.png", "x"):
        pictures.find(name)


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", png())
        archive.writestr("甲/b.png", png(9))
    return out.getvalue()


def _lines() -> list[bytes]:
    line: dict[str, Any] = {"type": "single", "stem": "<b>2</b> + 2?", "options": ["3", "4"], "answer": "B"}
    others: list[dict[str, Any]] = [{"marks": 2, "images": []}, {"id": "q1"}, {"type": "truefalse", "answer": True}]
    return [msgspec.json.encode(line | more) + b"\n" for more in others]


def _plan(data: bytes) -> None:
    check_plan(decode_plan(data))


def _plans() -> list[bytes]:
    return [msgspec.json.encode(one) for one in samples(Plan)]


def _blueprints() -> list[bytes]:
    return [msgspec.json.encode(samples(list[BlueprintPart])[0])]


TARGETS = [
    Target("importers/bank_xlsx", _door("b.xlsx", read_bank), lambda: [_bank_book()], share=1.5),
    Target("importers/bank_pages", _packed_again(_bank_book, "b.xlsx", read_bank), lambda: EDITS, most=256, share=1.5),
    Target("importers/bank_sheet", _sheet, lambda: [_pages(_bank_book())["xl/worksheets/sheet1.xml"]], share=1.5),
    Target("importers/roster_xlsx", _door("r.xlsx", read_roster), lambda: [_roster_book()], share=1.5),
    Target("importers/roster_pages", _packed_again(_roster_book, "r.xlsx", read_roster), lambda: EDITS, most=256),
    Target("importers/bank_jsonl", _door("b.jsonl", read_bank), _lines, shape="json"),
    Target("importers/bank_gift", _door("b.gift", read_bank), lambda: [GIFT.encode()], most=16 * limits.KIB),
    Target("importers/pictures_zip", _zip_pictures, lambda: [_zip()], most=16 * limits.KIB),
    Target("importers/picture", checked, lambda: [png(), b"GIF89a;", b"\xff\xd8\xff\xda\xff\xd9"], most=4 * limits.KIB,
           share=0.5),
    Target("importers/plan", _plan, _plans, (Untrusted, Refused), "json", 16 * limits.KIB),
    Target("importers/blueprint", decode_blueprint, _blueprints, (Untrusted, Refused), "json", limits.KIB, 0.3),
]  # fmt: skip
