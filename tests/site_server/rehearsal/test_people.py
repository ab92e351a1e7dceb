"""The rehearsal's candidates as the bundled roster and a school's own names them."""

from pathlib import Path

import pytest

from shared.errors import Refused
from site_server.rehearsal.options import SAMPLE
from site_server.rehearsal.people import Candidate, read, shorten
from tests.support.imports import write_xlsx


def test_reads_tickets_and_numbers_wherever_the_columns_stand(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "r.xlsx", [["身份证号", "姓名", "准考证号"], ["99X", "考生甲", "1001"], ["", "", ""]])
    assert read(path)[1] == [Candidate("1001", "99X")]


def test_a_shortened_roster_is_read_again_with_everything_as_text(tmp_path: Path) -> None:
    rows, people = read(SAMPLE / "roster.xlsx")
    shorten(rows, 3, tmp_path / "short.xlsx")
    again, few = read(tmp_path / "short.xlsx")
    assert few == people[:3]
    assert again == [[str(cell) for cell in row] for row in rows[:4]]


def test_what_is_no_roster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("no workbook", "utf-8")
    other = write_xlsx(tmp_path / "other.xlsx", [["准考证号", "姓名"], ["1001", "考生甲"]])
    for path in (tmp_path / "text.xlsx", tmp_path / "absent.xlsx", other):
        with pytest.raises(Refused) as caught:
            read(path)
        assert caught.value.wire_code == "bad_roster"
