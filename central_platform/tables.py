"""The platform's database: the one metadata, the engine and its two kinds of transaction.

Tables stand in `tables_*.py` modules by noun, all on `metadata`; only these modules import SQLAlchemy. Any SQLAlchemy
URL serves; SQLite is the default. Holds no rule of an exam.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.pool import ConnectionPoolEntry

from shared.errors import Unavailable

log = logging.getLogger(__name__)
__all__ = ["Connection", "Database", "metadata", "open_database"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BATCH = 500
"""Values in one IN list, below every database's limit of bound parameters."""


class Database:
    """One open database. Use it as a context manager or call `close`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change rows: committed at the end, rolled back on any error.

        On SQLite it takes the write lock at once, so that what it read still holds when it writes. Raises `Unavailable`
        (`disk_failed`) when the database refuses: its disk is full or broken, or its server away.
        """
        try:
            with self._engine.execution_options(kaodian_begin="BEGIN IMMEDIATE").begin() as connection:
                yield connection
        except sa.exc.OperationalError as error:
            log.exception("the database refuses a write")
            raise Unavailable(f"the platform's database refused: {error.orig}", "disk_failed") from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction for reading only: one consistent view, never waiting for a writer."""
        with self._engine.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_database(where: str | Path) -> Database:
    """Open a database by URL, or a SQLite file by path, and create the tables that it lacks.

    The `tables_*` modules in use must have been imported before, so that `metadata` knows their tables.
    """
    url = where if isinstance(where, str) and "://" in where else f"sqlite:///{Path(where)}"
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    database = Database(engine)
    with database.write() as connection:
        metadata.create_all(connection)
    return database


def _set_up_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    # The driver's own implicit transactions begin too late; `_begin_sqlite` begins them.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("kaodian_begin", "BEGIN"))
