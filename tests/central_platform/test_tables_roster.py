"""Rows of rosters."""

from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from central_platform import tables_roster
from central_platform.tables import open_database

ROW = tables_roster.CandidateRow("2601", "n1", "c", b"body")


def test_rows_are_put_in_place_of_older_ones(tmp_path: Path) -> None:
    with open_database(tmp_path / "p.db") as database, database.write() as connection:
        tables_roster.put_candidates(connection, "r", [ROW], set())
        tables_roster.put_candidates(connection, "r", [ROW._replace(content="d", body=b"new")], {"2601"})
        assert tables_roster.known(connection, "r") == {"2601": ("d", "n1")}
        assert tables_roster.candidates(connection, "r") == [b"new"]
        assert tables_roster.roster_sizes(connection) == {"r": 1}


def test_an_id_number_stands_once_in_a_roster(tmp_path: Path) -> None:
    with (
        open_database(tmp_path / "p.db") as database,
        pytest.raises(IntegrityError),
        database.write() as connection,
    ):
        tables_roster.put_candidates(connection, "r", [ROW, ROW._replace(ticket="2602")], set())
