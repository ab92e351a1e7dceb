"""Rows of banks and pictures."""

from pathlib import Path

from central_platform import tables_bank
from central_platform.tables import BATCH, open_database

ROW = tables_bank.ItemRow("1", "single", "c", b"body")


def test_items_are_added_updated_and_kept_apart_by_bank(tmp_path: Path) -> None:
    with open_database(tmp_path / "p.db") as database, database.write() as connection:
        tables_bank.add_items(connection, "b", [ROW, ROW._replace(id="0")])
        tables_bank.add_items(connection, "other", [ROW])
        tables_bank.update_items(connection, "b", [ROW._replace(content="d", body=b"new")])
        assert [row.id for row in tables_bank.items(connection, "b")] == ["0", "1"]
        assert tables_bank.content_hashes(connection, "b") == {"0": "c", "1": "d"}
        assert tables_bank.items(connection, "other") == [ROW]
        assert tables_bank.bank_sizes(connection) == {"b": 2, "other": 1}


def test_more_pictures_than_one_query_names(tmp_path: Path) -> None:
    many = {f"{number:064d}": bytes([number % 256]) for number in range(BATCH + 5)}
    with open_database(tmp_path / "p.db") as database, database.write() as connection:
        tables_bank.add_pictures(connection, many)
        tables_bank.add_pictures(connection, many)
        assert tables_bank.pictures(connection, {*many, "x"}) == many
