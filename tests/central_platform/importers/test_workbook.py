"""Tables are found by their headers, and rows keep the numbers the spreadsheet shows."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from central_platform.importers.workbook import header_key, is_number, is_time, read_workbook, text
from shared.errors import Malformed
from tests.support.imports import write_sheets, write_xlsx

NAMES = {header_key("姓名"): "name", header_key("座位"): "seat"}


def test_columns_are_found_in_any_order_below_a_title(tmp_path: Path) -> None:
    header = ["备注", "座 位*", "姓名（必填）"]
    rows: list[list[Any]] = [["考生表"], [], header, ["x", 3, "甲"], ["", "", ""], ["", "5", "乙"]]
    (table,) = read_workbook(write_xlsx(tmp_path / "a.xlsx", rows), NAMES, ("姓名", "座位"), 10).tables
    assert list(table.cells()) == [(4, {"name": "甲", "seat": 3.0}), (6, {"name": "乙", "seat": "5"})]
    assert table.label("name") == "姓名（必填）"


def test_sheets_without_the_header_are_skipped_by_name(tmp_path: Path) -> None:
    good = [["姓名", "座位"], ["甲", "1"]]
    path = write_sheets(tmp_path / "a.xlsx", {"说明": [["填写说明"]], "一班": good, "二班": good, "空": []})
    book = read_workbook(path, NAMES, ("姓名", "座位"), 10)
    assert [table.sheet for table in book.tables] == ["一班", "二班"]
    assert book.skipped == ("说明",)


@pytest.mark.parametrize(
    ("rows", "code", "part"),
    [
        ([["姓名", "电话"], ["甲", "1"]], "file_no_header", "座位"),
        ([], "file_no_header", "no cells"),
        ([["姓名", "座位", "姓名"]], "file_header_twice", "姓名"),
        ([["姓名", "座位"]] + [["甲", "1"]] * 11, "file_too_many_rows", "10"),
    ],
)
def test_a_workbook_without_the_table_is_refused(tmp_path: Path, rows: list[list[str]], code: str, part: str) -> None:
    with pytest.raises(Malformed, match=part) as caught:
        read_workbook(write_xlsx(tmp_path / "a.xlsx", rows), NAMES, ("姓名", "座位"), 10)
    assert caught.value.wire_code == code


def test_cells_become_the_text_their_author_saw() -> None:
    assert [text(cell) for cell in (1.0, 0.5, True, "x", None)] == ["1", "0.5", "TRUE", "x", ""]
    assert (is_number(1.0), is_number(True), is_number("1")) == (True, False, False)
    assert is_time(date(2026, 1, 2))
