"""Readings: what is reported, and all or nothing."""

import pytest

from central_platform.importers.reading import VALUE_CHARS, Reading, Remarks, RowRemarks, refuse_faulty, shorten
from shared.errors import Refused


def test_a_row_with_a_fault_is_not_ok_and_notes_do_not_matter() -> None:
    remarks = Remarks()
    row = RowRemarks(remarks, "表", 3)
    row.note("a", "spaces")
    assert row.ok
    row.fault("b", "bad_id", "x y")
    assert not row.ok
    assert (remarks.faults[0].row, remarks.faults[0].value, len(remarks.notes)) == (3, "x y", 1)


def test_values_are_one_short_printable_line() -> None:
    assert shorten("a\nb\x1b[2J") == "a b [2J"
    assert len(shorten("甲" * 1000)) == VALUE_CHARS


def test_faults_refuse_the_file_unless_skipping_is_asked_for() -> None:
    remarks = Remarks()
    RowRemarks(remarks, "", 1).fault("a", "bad_id")
    reading = Reading(rows=("x",), faults=tuple(remarks.faults))
    with pytest.raises(Refused) as caught:
        refuse_faulty(reading, skip_bad=False)
    assert caught.value.wire_code == "import_has_faults"
    refuse_faulty(reading, skip_bad=True)
    with pytest.raises(Refused) as caught:
        refuse_faulty(Reading[str](rows=(), faults=reading.faults), skip_bad=True)
    assert caught.value.wire_code == "import_empty"
