"""The database: durable settings, and transactions that do not see or make half a change."""

import sqlite3
import threading
from pathlib import Path

import pytest

from central_platform import tables_bank
from central_platform.tables import open_database

ROW = tables_bank.ItemRow("1", "single", "c", b"body")


def test_sqlite_is_opened_for_durability(tmp_path: Path) -> None:
    with open_database(tmp_path / "p.db") as database, database.read() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 2, 1]


def test_an_error_rolls_everything_back(tmp_path: Path) -> None:
    with open_database(tmp_path / "p.db") as database:
        with pytest.raises(KeyError), database.write() as connection:
            tables_bank.add_items(connection, "b", [ROW])
            raise KeyError("x")
        with database.read() as connection:
            assert tables_bank.items(connection, "b") == []


def test_what_was_committed_is_there_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    with open_database(path) as database, database.write() as connection:
        tables_bank.add_items(connection, "b", [ROW])
    with open_database(f"sqlite:///{path}") as database, database.read() as connection:
        assert tables_bank.items(connection, "b") == [ROW]
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_reader_sees_one_state_while_a_writer_commits(tmp_path: Path) -> None:
    with open_database(tmp_path / "p.db") as database:
        with database.read() as reader:
            assert tables_bank.items(reader, "b") == []
            with database.write() as writer:
                tables_bank.add_items(writer, "b", [ROW])
            assert tables_bank.items(reader, "b") == []
        with database.read() as reader:
            assert tables_bank.items(reader, "b") == [ROW]


def test_writers_wait_for_each_other_before_they_read(tmp_path: Path) -> None:
    """Each adds the number of rows it sees: with a stale view two would add the same id."""
    with open_database(tmp_path / "p.db") as database:

        def add() -> None:
            with database.write() as connection:
                count = len(tables_bank.items(connection, "b"))
                tables_bank.add_items(connection, "b", [ROW._replace(id=f"{count:02d}")])

        threads = [threading.Thread(target=add) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        with database.read() as connection:
            assert len(tables_bank.items(connection, "b")) == 8
