"""Whole bank files of each form, through the one door."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from central_platform.importers.banks import read_bank
from central_platform.importers.reading import Reading, RowFault
from central_platform.model import BankItem
from shared.errors import Malformed
from shared.model import ItemKind
from tests.support.imports import BANK_HEADER, png, write_jsonl, write_sheets, write_xlsx

GOOD: list[Any] = [1, "单选题", "一加一？", "1", 2, "3", "", "B", 2, ""]


def xlsx(tmp_path: Path, *rows: list[Any]) -> Reading[BankItem]:
    return read_bank(write_xlsx(tmp_path / "bank.xlsx", [BANK_HEADER, *rows]))


def places(remarks: tuple[RowFault, ...]) -> list[tuple[int, str, str]]:
    return [(remark.row, remark.column, remark.reason) for remark in remarks]


def test_a_table_becomes_items_with_text_ids(tmp_path: Path) -> None:
    reading = xlsx(tmp_path, GOOD, ["b-2", "判断题", "对吗？", "", "", "", "", "√", "", ""])
    first, second = reading.rows
    assert (first.id, first.kind, first.answer, first.marks) == ("1", ItemKind.SINGLE, ("B",), 200)
    assert [(option.letter, option.text) for option in first.options] == [("A", "1"), ("B", "2"), ("C", "3")]
    assert (second.id, second.answer, second.marks) == ("b-2", ("A",), None)
    assert reading.faults == reading.notes == ()


def test_faults_carry_sheet_row_and_header(tmp_path: Path) -> None:
    bad = [2, "单选题", "二？", "1", "", "3", "", "E", "x", "no.png"]
    reading = xlsx(tmp_path, GOOD, [""] * 10, bad)
    assert places(reading.faults) == [
        (4, "选项B", "option_gap"),
        (4, "答案", "answer_without_option"),
        (4, "分值", "bad_marks"),
        (4, "图片", "image_missing"),
    ]
    assert {fault.sheet for fault in reading.faults} == {"题库"}
    assert [item.id for item in reading.rows] == ["1"]


def test_cells_the_spreadsheet_changed_are_told(tmp_path: Path) -> None:
    with_date = [3, "单选题", "哪天？", date(2026, 1, 2), "x", "", "", "A", "", ""]
    with_error = [4, "单选题", "#REF!", "1", "2", "", "", "A", "", ""]
    with_number = [5, "单选题", "多少？", 0.5, "1", "", "", "A", "", ""]
    path = tmp_path / "bank.xlsx"
    header = list(BANK_HEADER)
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("题库")
        for number, row in enumerate([header, with_date, with_error, with_number]):
            sheet.write_row(number, 0, row)
    reading = read_bank(path)
    assert places(reading.faults) == [(2, "选项A", "cell_is_date"), (3, "题干", "cell_error")]
    assert places(reading.notes) == [(4, "选项A", "number_cell")]


def test_several_sheets_are_read_and_others_named(tmp_path: Path) -> None:
    second = ["9", *GOOD[1:]]
    path = write_sheets(
        tmp_path / "b.xlsx",
        {"说明": [["请填写"]], "单选": [BANK_HEADER, GOOD], "更多": [BANK_HEADER, second]},
    )
    reading = read_bank(path)
    assert [item.id for item in reading.rows] == ["1", "9"]
    notes = [(note.sheet, note.reason) for note in reading.notes]
    assert notes == [("说明", "sheet_skipped"), ("更多", "same_question")]


def test_pictures_come_from_beside_the_file_a_folder_or_a_zip(tmp_path: Path) -> None:
    row = [*GOOD[:9], "images/a.png; images/b.png"]
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "a.png").write_bytes(png(1))
    (folder / "b.png").write_bytes(png(2))
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        for name in ("a.png", "b.png"):
            archive.write(folder / name, name)
    path = write_xlsx(tmp_path / "bank.xlsx", [BANK_HEADER, row])
    readings = [read_bank(path), read_bank(path, folder), read_bank(path, tmp_path / "images.zip")]
    assert [len(reading.pictures) for reading in readings] == [2, 2, 2]
    assert readings[0] == readings[1] == readings[2]


def test_lines_of_json(tmp_path: Path) -> None:
    good = {"id": "a", "type": "multiple", "stem": "选", "options": ["甲", "乙"], "answer": ["A", "B"], "chapter": "1"}
    path = write_jsonl(tmp_path / "b.jsonl", [good, {**good, "id": "b", "options": ["甲", "甲"]}, {"id": "c"}])
    path.write_text(path.read_text("utf-8") + '\n{"id": "d", "type"', "utf-8")
    reading = read_bank(path)
    assert [item.id for item in reading.rows] == ["a"]
    assert places(reading.faults) == [(2, "options B", "duplicate_option"), (3, "", "bad_json"), (5, "", "bad_json")]


@pytest.mark.parametrize(("answer", "letters"), [(True, ("A",)), (False, ("B",)), ("错", ("B",)), (["A"], ("A",))])
def test_json_truth_values(tmp_path: Path, answer: object, letters: tuple[str, ...]) -> None:
    path = write_jsonl(tmp_path / "b.jsonl", [{"type": "truefalse", "stem": "对吗", "answer": answer}])
    assert read_bank(path).rows[0].answer == letters


def test_gift_holds_what_kaodian_holds_and_rejects_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "b.gift"
    path.write_text(
        "// [id:Q1]\n一加一？{=二 ~三}\n\n金属？{~%50%铁 ~%50%铜 ~%-100%木}\n\n对吗？{F}\n\n写出首都{=北京}\n\n"
        "圆周率{#3.14}\n\n配{=a -> b}\n\n论述{}\n\n说明\n\n是{=安 ~伏}。\n\n坏{=a ~b\n\n"
        "半对{=a ~%50%b ~c}\n\n两个{=a =b ~c}\n",
        "utf-8",
    )
    reading = read_bank(path)
    assert [(item.kind.value, item.answer) for item in reading.rows] == [
        ("single", ("A",)),
        ("multiple", ("A", "B")),
        ("truefalse", ("B",)),
    ]
    assert reading.rows[0].id == "Q1"
    assert [(fault.row, fault.reason) for fault in reading.faults] == [
        (8, "gift_short"),
        (10, "gift_numerical"),
        (12, "gift_matching"),
        (14, "gift_essay"),
        (16, "gift_description"),
        (18, "gift_missing_word"),
        (20, "gift_broken"),
        (22, "gift_partial_credit"),
        (24, "single_with_several"),
    ]


def test_gift_weights_and_markdown_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    path.write_text("[markdown]选 _两个_{~%70%甲 ~%30%乙 ~丙}\n\n[html]<b>一</b>个{~%100%甲 ~乙}", "utf-8")
    reading = read_bank(path)
    assert [(note.row, note.reason) for note in reading.notes] == [(1, "markdown_as_text"), (1, "gift_weights")]
    assert [item.kind for item in reading.rows] == [ItemKind.MULTIPLE, ItemKind.SINGLE]
    assert reading.rows[1].stem == "<b>一</b>个"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("b.xls", b"x", "file_type"),
        ("b.jsonl", b"\n\n", "file_empty"),
        ("b.gift", b"// nothing\n", "file_empty"),
        ("b.gift", "甲".encode("gbk"), "file_encoding"),
        ("b.xlsx", b"PK\x03\x04", "file_not_xlsx"),
    ],
)
def test_files_without_questions_are_refused(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(Malformed) as caught:
        read_bank(path)
    assert caught.value.wire_code == code


def test_a_line_nested_without_end_is_a_fault_of_its_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    sound = '{"type": "single", "stem": "甲", "options": ["乙", "丙"], "answer": "A"}'
    path.write_text('{"x":' + "[" * 50_000 + "\n" + sound + "\n", "utf-8")
    reading = read_bank(path)
    assert [(fault.row, fault.reason) for fault in reading.faults] == [(1, "bad_json")]
    assert len(reading.rows) == 1
