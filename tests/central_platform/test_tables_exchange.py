"""Rows of the exchange: kept, replaced, and found newest first."""

from pathlib import Path

import sqlalchemy as sa

from central_platform import tables_exchange as t
from tests.support.exchange import platform


def test_versions_count_per_session_and_reports_are_kept_in_order(tmp_path: Path) -> None:
    with platform(tmp_path / "p").database() as database:
        with database.write() as connection:
            assert t.newest_version(connection, "m1", ("x", "y")) == 0
            rows = [t.IssuedRow(f"{n:064d}", "s1", session, "x", n, 1, 0) for n, session in ((3, "m1"), (4, "m2"))]
            t.add_issued(connection, rows)
            for body in (b"1", b"2"):
                t.add_report(connection, "s1", 1, body)
        with database.read() as connection:
            assert t.newest_version(connection, "m1", ("x", "y")) == 3
            assert t.newest_version(connection, "m1", ("y",)) == 0
            assert (t.issued_for(connection, "s1"), t.issued_for(connection, "s2")) == (rows, [])
            assert (t.last_report(connection, "s1"), t.last_report(connection, "s2")) == (b"2", None)


def test_of_a_sites_reports_the_newest_are_kept(tmp_path: Path) -> None:
    with platform(tmp_path / "p").database() as database:
        with database.write() as connection:
            t.add_report(connection, "s2", 1, b"other")
            for number in range(8):
                t.add_report(connection, "s1", number, str(number).encode(), 3)
            kept = connection.execute(sa.select(t.status_reports.c.site, t.status_reports.c.body)).all()
        assert sorted(map(tuple, kept)) == [("s1", b"5"), ("s1", b"6"), ("s1", b"7"), ("s2", b"other")]
