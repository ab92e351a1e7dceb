"""The rehearsal's candidates as the bundled roster and a school's own names them."""

from pathlib import Path

import pytest

from shared.errors import Refused
from site_server.rehearsal.options import SAMPLE
from site_server.rehearsal.people import MOST, Candidate, generated, numeral, prepare, read, shorten
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


def test_the_samples_people_are_continued_by_people_as_made_up(tmp_path: Path) -> None:
    rows = read(SAMPLE / "roster.xlsx")[0]
    assert [generated(number) for number in range(1, 41)] == rows[1:], "the sample itself is made the same way"
    path, many = prepare(SAMPLE / "roster.xlsx", 400, tmp_path / "long.xlsx")
    longer, again = read(path)
    assert again == many
    assert longer[:41] == rows
    assert [len({str(row[column]) for row in longer[1:]}) for column in (0, 3, 4)] == [400] * 3
    assert longer[400][:3] == ["考生癸四十", "Kaosheng Guisishi", "女"]
    assert prepare(SAMPLE / "roster.xlsx", 40, tmp_path / "same.xlsx")[0] == SAMPLE / "roster.xlsx"


def test_everybody_made_up_is_another_and_has_an_impossible_id_number() -> None:
    everybody = [generated(number) for number in range(1, MOST + 1)]
    for column in (0, 1, 3, 4):
        assert len({row[column] for row in everybody}) == MOST
    assert all(str(row[3]).startswith("990000") and len(str(row[3])) == 18 for row in everybody)
    for number in (0, MOST + 1):
        with pytest.raises(ValueError, match="no candidate"):
            generated(number)
    assert [numeral(n) for n in (1, 10, 12, 20, 305, 310, 999)] == [
        "一",
        "十",
        "十二",
        "二十",
        "三百零五",
        "三百一十",
        "九百九十九",
    ]


def test_what_is_no_roster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("no workbook", "utf-8")
    other = write_xlsx(tmp_path / "other.xlsx", [["准考证号", "姓名"], ["1001", "考生甲"]])
    for path in (tmp_path / "text.xlsx", tmp_path / "absent.xlsx", other):
        with pytest.raises(Refused) as caught:
            read(path)
        assert caught.value.wire_code == "bad_roster"
