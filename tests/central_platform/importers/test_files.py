"""Files that cannot be read at all: one clear error each."""

import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from central_platform.importers.files import check_workbook, read_limited, read_text
from shared import limits
from shared.errors import Malformed
from tests.support.imports import write_xlsx

SHEET = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{}</sheetData></worksheet>"
)


def code(path: Path) -> str:
    with pytest.raises(Malformed) as caught:
        check_workbook(path)
    return caught.value.wire_code


def with_sheet(path: Path, source: Path, rows: str) -> Path:
    """A copy of a workbook whose sheet has these rows."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, SHEET.format(rows) if "worksheets" in name else old.read(name))
    return path


def test_a_sound_workbook_passes(tmp_path: Path) -> None:
    assert check_workbook(write_xlsx(tmp_path / "a.xlsx", [["甲"]])) is False


def test_every_flipped_byte_of_content_and_every_cut_is_found(tmp_path: Path) -> None:
    data = write_xlsx(tmp_path / "a.xlsx", [["甲" * 50, "乙"]]).read_bytes()
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    # 30 bytes of local header and the name come before the packed content.
    start = entry.header_offset + 30 + len(entry.filename)
    for at in range(start, start + entry.compress_size, 7):
        bad.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        assert code(bad) == "file_damaged"
    for size in range(1, len(data), len(data) // 9):
        bad.write_bytes(data[:size])
        assert code(bad) == "file_not_xlsx"


def test_other_files_are_named_for_what_they_are(tmp_path: Path) -> None:
    bad = tmp_path / "bad.xlsx"
    assert code(bad) == "file_missing"
    bad.write_bytes(b"")
    assert code(bad) == "file_empty"
    bad.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert code(bad) == "file_not_xlsx"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("notes.txt", "x")
    assert code(bad) == "file_not_xlsx"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            for _ in range(limits.UNPACKED_BYTES // (8 * limits.MIB) + 1):
                stream.write(bytes(8 * limits.MIB))
        archive.writestr("[Content_Types].xml", "<x/>")
    assert bomb.stat().st_size < limits.MIB
    assert code(bomb) == "file_too_large"


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1048576'><c><v>1</v></c></row>",
        '<row r="1"><c s="1" r="XFD1" ><v>1</v></c></row>',
        '<x:row r="1"><x:c r="XFD1"><v>1</v></x:c></x:row>',
        "<row>" + "<c><v>1</v></c>" * (limits.SHEET_COLUMNS + 1) + "</row>",
        '<row r="99999"><c r="A99999"><v>1</v></c></row>' + "<row><c><v>1</v></c></row>" * 3,
    ],
)
def test_one_far_cell_does_not_claim_all_memory(tmp_path: Path, rows: str) -> None:
    sound = write_xlsx(tmp_path / "a.xlsx", [["甲"]])
    assert code(with_sheet(tmp_path / "far.xlsx", sound, rows)) == "file_too_large"


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="Biiiiiiiii1">',
        '<c r="b1">',
        '<c r="A0">',
        '<c r="">',
        '<c r="A1" r="XFD1">',
        '<c r = "XFD1">',
        '<c r="&#88;1">',
        '<c s="<" r="XFD1">',
        "<c r=A1>",
    ],
)
def test_a_cell_whose_place_another_reader_might_see_elsewhere_is_refused(tmp_path: Path, cell: str) -> None:
    sound = write_xlsx(tmp_path / "a.xlsx", [["甲"]])
    assert code(with_sheet(tmp_path / "far.xlsx", sound, f'<row r="1">{cell}<v>1</v></c></row>')) == "file_damaged"


def test_a_sheet_is_looked_at_wherever_it_stands_in_the_archive(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [["甲"]])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other/far.xml", SHEET.format('<row r="1"><c r="XFD1"><v>1</v></c></row>'))
    assert code(path) == "file_too_large"


@pytest.mark.parametrize("sheets", [1, 3])
def test_cells_within_bounds_that_span_too_large_a_grid_are_refused(tmp_path: Path, sheets: int) -> None:
    rows = limits.SHEET_CELLS // limits.SHEET_COLUMNS // sheets + 1
    path = tmp_path / "wide.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for _ in range(sheets):
            page = book.add_worksheet()
            page.write(0, 0, "甲")
            page.write(rows - 1, limits.SHEET_COLUMNS - 1, "乙")
    assert path.stat().st_size < 10 * limits.KIB
    assert code(path) == "file_too_large"


def test_a_long_row_without_end_is_looked_at_once(tmp_path: Path) -> None:
    sound = write_xlsx(tmp_path / "a.xlsx", [["甲"]])
    began = time.process_time()
    assert code(with_sheet(tmp_path / "long.xlsx", sound, "<row " + 'r="1" ' * 100_000)) == "file_damaged"
    assert time.process_time() - began < 1


def test_far_cells_that_are_only_formatted_are_allowed(tmp_path: Path) -> None:
    sound = write_xlsx(tmp_path / "a.xlsx", [["甲"]])
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>'
    check_workbook(with_sheet(tmp_path / "far.xlsx", sound, rows))


def test_text_is_utf8_with_or_without_mark_and_any_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf" + "甲\r\n乙\r丙".encode())
    assert read_text(path) == "甲\n乙\n丙"
    path.write_bytes("甲\n乙".encode("gbk"))
    with pytest.raises(Malformed, match="line 1") as caught:
        read_text(path)
    assert caught.value.wire_code == "file_encoding"


def test_a_file_beyond_the_limit_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "big"
    with path.open("wb") as stream:
        stream.truncate(limits.IMPORT_BYTES + 1)
    with pytest.raises(Malformed) as caught:
        read_limited(path)
    assert caught.value.wire_code == "file_too_large"
