"""The tables of heads: append-only rows, grants once."""

from pathlib import Path

from central_platform import tables_heads
from central_platform.tables import open_database
from central_platform.tables_heads import GrantRow, HeadRow


def row(stream: str, position: int, site: str = "s1", contradicts: int = 0) -> HeadRow:
    return HeadRow(0, site, stream, 1, position, bytes(32), 5, b"s", 9, contradicts)


def test_rows_come_back_by_stream_and_site(tmp_path: Path) -> None:
    with open_database(tmp_path / "t.db") as database, database.write() as connection:
        for one in (
            row("sitting/m1/01", 3),
            row("sitting/m1/01", 2),
            row("site/s1", 4),
            row("sitting/m1/01", 7, "s2", 1),
        ):
            tables_heads.add_head(connection, one)
        assert [one.position for one in tables_heads.of_epoch(connection, "s1", "sitting/m1/01", 1)] == [3, 2]
        assert [one.position for one in tables_heads.of_streams(connection, "s1", ("site/", "sitting/m1/"))] == [
            3,
            2,
            4,
        ]
        assert tables_heads.of_streams(connection, "s1", ("sitting/m_/",)) == []
        assert tables_heads.sites_of(connection, "m1") == ["s1", "s2"] and tables_heads.sites_of(connection, "m2") == []
        assert [one.site for one in tables_heads.contradictions(connection)] == ["s2"]


def test_a_grant_is_kept_once(tmp_path: Path) -> None:
    one = GrantRow("s1", "0" * 64, "site/s1", 1, b"grant", 5)
    with open_database(tmp_path / "t.db") as database, database.write() as connection:
        tables_heads.add_grant(connection, one)
        tables_heads.add_grant(connection, one._replace(received=9))
        assert tables_heads.grants_of(connection, "s1") == [one]
        assert tables_heads.grants_of(connection, "s2") == []
