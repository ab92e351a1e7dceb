"""Rosters: every row proven, no ID number in any remark."""

from pathlib import Path
from typing import Any

import pytest

from central_platform.importers.reading import Reading
from central_platform.importers.rosters import check_id_number, read_roster
from central_platform.model import RosterRow
from shared.errors import Malformed
from shared.model import mask_id
from tests.support.imports import ROSTER_HEADER, id_number, write_xlsx


def roster(tmp_path: Path, *rows: list[Any]) -> Reading[RosterRow]:
    return read_roster(write_xlsx(tmp_path / "roster.xlsx", [ROSTER_HEADER, *rows], "考生"))


def test_rows_become_candidates(tmp_path: Path) -> None:
    header = ["准考证号", "院校", "姓名", "身份证号", "姓名拼音", "性别", "专业"]
    row = ["2611", "示例学院", " 考生 甲 ", id_number(1).lower(), "JIA", "男", "电工"]
    reading = read_roster(write_xlsx(tmp_path / "r.xlsx", [header, row]))
    others = {"pinyin": "JIA", "sex": "男", "major": "电工", "school": "示例学院"}
    assert reading.rows == (RosterRow(ticket="2611", name="考生 甲", id_number=id_number(1), **others),)
    assert [(note.column, note.reason) for note in reading.notes] == [("姓名", "spaces")]


def test_each_defect_is_reported_with_the_number_masked(tmp_path: Path) -> None:
    good, other = id_number(1), id_number(2)
    wrong_digit = good[:-1] + ("0" if good[-1] != "0" else "1")
    reading = roster(
        tmp_path,
        ["甲", good, "2601"],
        ["", other, "2602"],
        ["丙", 990000200001010000, "2603"],
        ["丁", wrong_digit, "2604"],
        ["戊", "990000200002300013", "2605"],
        ["己", "99000020000101", "2606"],
        ["庚", "", "2607"],
        ["辛", good, "2608"],
        ["壬", other, "2601"],
        ["癸", other, "2 6号"],
        ["子", other, ""],
    )
    assert [(fault.row, fault.column, fault.reason) for fault in reading.faults] == [
        (3, "姓名", "empty_name"),
        (4, "身份证号", "id_is_number"),
        (5, "身份证号", "id_check_digit"),
        (6, "身份证号", "id_date"),
        (7, "身份证号", "id_form"),
        (8, "身份证号", "missing_id"),
        (9, "身份证号", "duplicate_id_number"),
        (10, "准考证号", "duplicate_ticket"),
        (11, "准考证号", "bad_ticket"),
        (12, "准考证号", "missing_ticket"),
    ]
    assert [row.ticket for row in reading.rows] == ["2601"]
    assert reading.faults[2].value == mask_id(wrong_digit)
    said = repr(reading.faults) + repr(reading.rows)
    assert not any(number in said for number in (good, other, wrong_digit, good[5:15]))


def test_a_ticket_stored_as_a_number_is_noted(tmp_path: Path) -> None:
    reading = roster(tmp_path, ["甲", id_number(1), 261121010001])
    assert reading.rows[0].ticket == "261121010001"
    assert [note.reason for note in reading.notes] == ["ticket_is_number"]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("990000200013010010", "id_date"),
        ("990000189912310010", "id_date"),
        ("99000020000101０010", "id_form"),
        ("99000020000101001x", "id_form"),
        ("99000020000101", "id_form"),
    ],
)
def test_id_numbers_that_cannot_be(number: str, reason: str) -> None:
    assert check_id_number(number) == reason


@pytest.mark.parametrize("serial", range(30))
def test_only_the_check_character_of_the_standard_fits(serial: int) -> None:
    body = f"99000019991231{serial:03d}"
    fitting = [last for last in "0123456789X" if check_id_number(body + last) is None]
    # ISO 7064 MOD 11-2 in its own words: the digits, weighted by falling powers of 2, leave 1 when divided by 11.
    values = [int(digit) for digit in body] + [10 if fitting == ["X"] else int(fitting[0])]
    assert len(fitting) == 1
    assert sum(value * 2 ** (17 - at) for at, value in enumerate(values)) % 11 == 1


def test_a_file_that_is_no_roster_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="准考证号") as caught:
        read_roster(write_xlsx(tmp_path / "r.xlsx", [["姓名", "身份证号"], ["甲", "x"]]))
    assert caught.value.wire_code == "file_no_header"
    with pytest.raises(Malformed) as caught:
        roster(tmp_path)
    assert caught.value.wire_code == "file_empty"
    with pytest.raises(Malformed) as caught:
        read_roster(tmp_path / "r.csv")
    assert caught.value.wire_code == "file_type"
