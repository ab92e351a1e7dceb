"""The log of a database that is written to all the time begins anew, and a refusal breaks nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.io.checkpoints import Checkpoints

MANY = 20_000
"""Commits by which a log that is taken over must have begun anew, on whatever machine."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """A database whose log nobody takes over."""
    made = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}", connect_args={"check_same_thread": False})

    @sa.event.listens_for(made, "connect")
    def _(connection: sa.engine.interfaces.DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "wal_autocheckpoint=0"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    yield made
    made.dispose()


def begun(folder: Path) -> bytes:
    """The salts in the head of the log, which are others whenever it begins anew."""
    with (folder / "a.db-wal").open("rb") as log:
        return log.read(24)[16:]


def test_the_log_begins_anew_under_a_writer_that_never_pauses(tmp_path: Path, engine: sa.Engine) -> None:
    checkpoints, logs = Checkpoints(engine, 20), set[bytes]()
    with engine.begin() as db:
        db.exec_driver_sql("CREATE TABLE t (x)")
    for number in range(MANY):
        with engine.begin() as db:
            db.exec_driver_sql("INSERT INTO t VALUES (?)", (number,))
        checkpoints.wrote(1)
        logs.add(begun(tmp_path))
        if len(logs) == 3:
            break
    checkpoints.close()
    with engine.begin() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM t").scalar() == number + 1
    assert len(logs) == 3


def test_the_writer_takes_over_what_came_while_the_thread_worked(tmp_path: Path, engine: sa.Engine) -> None:
    checkpoints = Checkpoints(engine, 2)

    def write() -> bytes:
        with engine.begin() as db:
            db.exec_driver_sql("CREATE TABLE IF NOT EXISTS t (x)")
            db.exec_driver_sql("INSERT INTO t VALUES (1)")
        checkpoints.wrote(1)
        return begun(tmp_path)

    first = write()
    with engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT * FROM t")  # what comes after this cannot be taken over while it lasts
        assert write() == first
        checkpoints.close()
    assert write() == first
    assert write() != first


def test_a_database_that_cannot_be_written_is_said_and_raises_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.db").write_bytes(b"no database at all" * 100)
    broken = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}", connect_args={"check_same_thread": False})
    checkpoints = Checkpoints(broken, 1)
    checkpoints.wrote(1)
    checkpoints.close()
    checkpoints.wrote(1)
    broken.dispose()
    assert [one.message for one in caplog.records] == [
        "the write-ahead log was not taken over into the ledger's file"
    ] * 2
