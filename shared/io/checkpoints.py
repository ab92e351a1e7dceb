"""Takes SQLite's write-ahead log over into the database file without making those wait who save.

Left alone, SQLite does it within a commit once the log is long: all pages that changed are written and flushed, for a
tenth of a second and more. Here a thread beside the writer takes over nearly all; the writer then takes over the few
pages that came meanwhile, after which SQLite begins the log anew (https://www.sqlite.org/wal.html#checkpointing).
Makes nothing durable that was not: the log is flushed at each commit.
"""

import logging
import threading

import sqlalchemy as sa

from shared import limits

log = logging.getLogger(__name__)


class Checkpoints:
    """Those of one database; all methods are called by its writing thread, `close` after the last commit."""

    def __init__(self, engine: sa.Engine, every: int = limits.CHECKPOINT_EVERY) -> None:
        self._engine = engine
        self._every = every
        self._rows = 0
        self._most: threading.Thread | None = None

    def wrote(self, rows: int) -> None:
        """So many records were committed: after every `every` of them the log is taken over."""
        self._rows += rows
        if self._most is not None and not self._most.is_alive():
            self._most = None
            self._take_over()
        elif self._most is None and self._rows >= self._every:
            self._rows = 0
            self._begin()

    def close(self) -> None:
        """Waits for the thread, if it works."""
        if self._most is not None:
            self._most.join()

    def _begin(self) -> None:
        try:
            most = threading.Thread(target=self._take_over, name="ledger-checkpoint", daemon=True)
            most.start()
        except RuntimeError:  # the machine has no room for a thread now
            log.exception("the write-ahead log is taken over later")
        else:
            self._most = most

    def _take_over(self) -> None:
        try:
            with self._engine.connect() as db:
                db.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
        except sa.exc.SQLAlchemyError:
            # The log is whole, and the next time everything since the last success is written and flushed again.
            log.exception("the write-ahead log was not taken over into the ledger's file")
