"""Rows of results: of a site's bundles the fullest comes first."""

from pathlib import Path

from central_platform import tables_results as t
from tests.support.exchange import platform


def test_bundles_stand_by_site_then_records_then_time(tmp_path: Path) -> None:
    told = (("a", "s1", 5, 1), ("b", "s1", 7, 3), ("c", "s1", 7, 2), ("d", "s0", 1, 9))
    rows = [t.BundleRow(name * 64, site, "m1", 9, count, received, b"r") for name, site, count, received in told]
    outcome = t.OutcomeRow("1001", "01", "A", "submitted", b"\x80")
    with platform(tmp_path / "p").database() as database:
        with database.write() as connection:
            for row in rows:
                t.add_bundle(connection, row, [outcome])
        with database.read() as connection:
            assert [row.sha256[0] for row in t.bundles(connection, "m1")] == ["d", "c", "b", "a"]
            assert t.outcomes_of(connection, "a" * 64) == [outcome]
            assert t.bundles(connection, "m2") == []
