"""Durable storage of ledger entries on a LAN machine: SQLite (WAL, synchronous=FULL) behind one writer thread.

`commit` returns after the transaction that holds the entries is durable; whatever waits when the writer is free
shares one transaction (group commit). A failed commit is final for the process: every later commit is refused
until a restart. Knows streams and positions, not what records mean; never unseals anything.
"""

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NoReturn

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from shared.errors import Damaged, Unavailable
from shared.io.files import make_folder
from shared.io.recent import Recent, Stored
from shared.io.tables import FACTS, HEADS, META, RECORDS, check
from shared.ledger import Entry, Head, Parsed, Point

log = logging.getLogger(__name__)

_INSERT = "INSERT INTO records (stream, epoch, position, item, digest, header, body) VALUES "
_SINCE = "SELECT seq, stream, epoch, position, header, body FROM records WHERE seq > ? ORDER BY seq LIMIT ?"
_ROWS = 256
"""Most rows in one INSERT."""


TOGETHER = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "wal_autocheckpoint=64000")
"""The log is folded into the file at 256 MB: every save waits for that, so it must come seldom where saves come fast.
No thread does it beside the writer: SQLite flushes the file only in a pass that meets the log's end, and would take
what an earlier pass wrote for kept though that flush failed.
"""
ALONE = ("locking_mode=EXCLUSIVE", "query_only=ON")  # the log's index lies in memory then, not in a file
_REFUSED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN)
"""What SQLite says of a disk, not of a file."""


class Batch:
    """What one caller wants durable together: entries, the newest heads, small named facts (None deletes)."""

    def __init__(
        self, entries: Iterable[Parsed] = (), heads: Iterable[Head] = (), facts: dict[str, bytes | None] | None = None
    ) -> None:
        self.entries = list(entries)
        self.heads = list(heads)
        self.facts = facts or {}


class Store:
    """One database file. `commit` from the event loop; the reading methods are quick and synchronous.

    Opening and reading raise `Damaged` where the file is no database or cannot be read. What is there when it is opened
    is durable once it is open; where the disk refuses that, it can be read and every commit is refused. Opening raises
    `Unavailable` (`disk_failed`) where the disk refuses even what SQLite needs for it.
    """

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        """With `reading` not even what SQLite needs to open the file is written; it is alone with it until `let_go`."""
        self._recent = Recent()
        arguments = {"timeout": 10, "check_same_thread": False, "cached_statements": 2 * _ROWS}
        pool = sa.StaticPool if reading else None
        self._engine = sa.create_engine(f"sqlite:///{path}", connect_args=arguments, poolclass=pool)
        sa.event.listen(self._engine, "connect", lambda made, _: _pragmas(made, ALONE if reading else TOGETHER))
        if not reading:
            with _readable(), _writable(path):
                make_folder(path.parent)
                META.create_all(self._engine)
                path.chmod(0o600)
        self._broken: Future[NoReturn] = Future()
        self._broken.set_running_or_notify_cancel()  # whoever stops waiting for it does not end it
        self._failed = "opened for reading only" if reading else self._make_certain()
        self._inbox: queue.SimpleQueue[tuple[Batch, Future[None]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="ledger-writer", daemon=True)
        self._thread.start()

    async def commit(self, batch: Batch) -> None:
        """Returns once `batch` is durable.

        Raises:
            Unavailable: the disk refused, now or earlier; nothing of this batch may be acknowledged.
        """
        await asyncio.wrap_future(self.submit(batch))

    def submit(self, batch: Batch) -> "Future[None]":
        """Queues a batch; the future resolves after its commit. Batches become durable in order."""
        done: Future[None] = Future()
        # From here on nobody can cancel it: a batch is written whether or not its owner still waits.
        done.set_running_or_notify_cancel()
        self._inbox.put((batch, done))
        return done

    async def fails(self) -> NoReturn:
        """Raises `Unavailable` with the first commit that the disk refuses, wherever that came from: whoever serves
        from this store is to be started again then.
        """
        await asyncio.wrap_future(self._broken)
        raise AssertionError("it ends by an error alone")

    def check_brought(self) -> None:
        """For a file that somebody brought: nothing in it but what a store writes, each value of its kind and size.

        Raises:
            Damaged: it is another database, damaged, or made to mislead a reader.
        """
        with self._reading() as db:
            check(db)

    def copy_to(self, path: Path) -> None:
        """Writes a consistent copy of the whole file to `path`, which does not exist yet; commits go on meanwhile.
        Blocks, and does not force it to the medium.

        Raises:
            Unavailable: the other disk refuses (`save_failed`).
        """
        try:
            with self._engine.connect() as db:
                db.exec_driver_sql("VACUUM INTO ?", (str(path),))
        except sa.exc.SQLAlchemyError as error:
            raise Unavailable(f"{path}: {error.__class__.__name__}: {error.args[0]}"[:200], "save_failed") from error

    def let_go(self) -> None:
        """Lets others have the file; whatever is read next opens it anew."""
        self._engine.dispose()

    def close(self) -> None:
        """Writes what waits, then closes the file."""
        self._inbox.put(None)
        self._thread.join()
        self._engine.dispose()

    def entries(self, stream: str, epoch: int, after: int = 0, most: int = 1_000_000) -> list[Entry]:
        """Entries of one epoch in order of position, after position `after`."""
        query = (
            sa.select(RECORDS.c.header, RECORDS.c.body)
            .where(RECORDS.c.stream == stream, RECORDS.c.epoch == epoch, RECORDS.c.position > after)
            .order_by(RECORDS.c.position)
            .limit(most)
        )
        with self._reading() as db:
            return [Entry(header, body) for header, body in db.execute(query)]

    def digest(self, stream: str, epoch: int, position: int) -> bytes | None:
        """The digest of one stored record."""
        at = (RECORDS.c.stream == stream, RECORDS.c.epoch == epoch, RECORDS.c.position == position)
        with self._reading() as db:
            return db.execute(sa.select(RECORDS.c.digest).where(*at)).scalar()

    def since(self, seq: int, most: int) -> list[Stored]:
        """Entries of all streams in the order they were stored, the next ones after sequence number `seq`: at most
        `most`, and none only if no more is committed.
        """
        if found := self._recent.since(seq, most):
            return found
        with self._reading() as db:
            rows = db.exec_driver_sql(_SINCE, (seq, most))
            return [Stored(n, stream, epoch, at, Entry(head, body)) for n, stream, epoch, at, head, body in rows]

    def points(self, prefix: str = "") -> dict[str, tuple[Point, ...]]:
        """Where each stream whose name starts with `prefix` ends, one point per epoch, ascending."""
        newest = (
            sa.select(
                RECORDS.c.stream,
                RECORDS.c.epoch,
                sa.func.max(RECORDS.c.position).label("position"),
            )
            .where(RECORDS.c.stream.startswith(prefix, autoescape=True))
            .group_by(RECORDS.c.stream, RECORDS.c.epoch)
            .subquery()
        )
        query = (
            sa.select(RECORDS.c.stream, RECORDS.c.epoch, RECORDS.c.position, RECORDS.c.digest)
            .join(newest, sa.and_(*(RECORDS.c[n] == newest.c[n] for n in ("stream", "epoch", "position"))))
            .order_by(RECORDS.c.stream, RECORDS.c.epoch)
        )
        found: dict[str, tuple[Point, ...]] = {}
        with self._reading() as db:
            for stream, epoch, position, digest in db.execute(query):
                found[stream] = (*found.get(stream, ()), Point(epoch, position, digest))
        return found

    def heads(self, prefix: str = "") -> list[Head]:
        """The newest signed head of each stream and epoch."""
        query = sa.select(HEADS).where(HEADS.c.stream.startswith(prefix, autoescape=True))
        with self._reading() as db:
            rows = db.execute(query.order_by(HEADS.c.stream, HEADS.c.epoch)).all()
        return [Head(row.stream, Point(row.epoch, row.position, row.digest), row.time, row.signature) for row in rows]

    def fact(self, name: str) -> bytes | None:
        """A small durable value, or None."""
        with self._reading() as db:
            return db.execute(sa.select(FACTS.c.value).where(FACTS.c.name == name)).scalar()

    def facts(self, prefix: str) -> dict[str, bytes]:
        """All facts whose name starts with `prefix`."""
        query = sa.select(FACTS.c.name, FACTS.c.value).where(FACTS.c.name.startswith(prefix, autoescape=True))
        with self._reading() as db:
            return {name: value for name, value in db.execute(query)}

    def _make_certain(self) -> str:
        """Writes what the log holds into the database and flushes both; why that failed, or an empty string.

        A process that died, or whose flush failed, left records in the log that can be read and are nowhere else: who
        is told of them would take them for kept. Flushing the log again is no help, its pages count as written.
        """
        try:
            with self._engine.connect() as db:
                busy = db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        except sa.exc.SQLAlchemyError as error:
            log.exception("the ledger cannot be made durable")
            return f"storage failed: {error.__class__.__name__}"
        return "storage failed: others keep the ledger busy" if busy else ""

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """A connection to read by."""
        with _readable(), self._engine.connect() as db:
            yield db

    def _write(self) -> None:
        stop = False
        while not stop:
            waiting = [self._inbox.get()]
            while not self._inbox.empty():
                waiting.append(self._inbox.get())
            stop = None in waiting
            work = [one for one in waiting if one is not None]
            if work:
                self._transaction(work)

    def _transaction(self, work: Sequence[tuple[Batch, "Future[None]"]]) -> None:
        if not self._failed:
            try:
                self._insert([batch for batch, _ in work])
            except Exception as error:
                # A flush that failed once may falsely succeed when repeated: only a restart may try again. Whatever
                # else failed counts the same, because a thread that ends would leave its callers waiting for ever.
                log.exception("the ledger cannot be written")
                self._failed = f"storage failed: {error.__class__.__name__}"
        if self._failed and not self._broken.done():
            self._broken.set_exception(Unavailable(self._failed, "disk_failed"))
        for _, done in work:
            if self._failed:
                done.set_exception(Unavailable(self._failed, "disk_failed"))
            else:
                done.set_result(None)

    def _insert(self, batches: Sequence[Batch]) -> None:
        entries = [parsed for batch in batches for parsed in batch.entries]
        heads = {(h.stream, h.point.epoch): h for batch in batches for h in batch.heads}
        facts = {name: value for batch in batches for name, value in batch.facts.items()}
        with self._engine.begin() as db:
            for at in range(0, len(entries), _ROWS):
                some = entries[at : at + _ROWS]
                last = db.exec_driver_sql(_insert_of(len(some)), _values(some)).lastrowid
            for head in heads.values():
                values = {"position": head.point.position, "digest": head.point.digest}
                values |= {"time": head.time, "signature": head.signature}
                put = insert(HEADS).values(stream=head.stream, epoch=head.point.epoch, **values)
                db.execute(put.on_conflict_do_update(index_elements=["stream", "epoch"], set_=values))
            for name, value in facts.items():
                if value is None:
                    db.execute(sa.delete(FACTS).where(FACTS.c.name == name))
                else:
                    upsert = insert(FACTS).values(name=name, value=value)
                    db.execute(upsert.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
        if entries:
            self._recent.put(last, entries)


@cache
def _insert_of(rows: int) -> str:
    """One statement for many rows: the driver lets go of the interpreter once a statement, and whatever else the
    process does then has it for milliseconds before a next one may begin.
    """
    return _INSERT + ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * rows)


def _values(entries: Sequence[Parsed]) -> tuple[object, ...]:
    flat: list[object] = []
    for parsed in entries:
        header, entry = parsed.header, parsed.entry
        flat += (
            header.stream, header.epoch, header.position, header.item, parsed.digest, entry.header, entry.body
        )  # fmt: skip
    return tuple(flat)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (sa.exc.SQLAlchemyError, UnicodeDecodeError) as error:
        raise Damaged(f"the ledger's file cannot be read: {error.__class__.__name__}") from error


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    """A disk that refuses says nothing about what is on it."""
    try:
        yield
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}", "disk_failed") from error
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF not in _REFUSED:
            raise
        raise Unavailable(f"{path}: {error.orig}", "disk_failed") from error


def _pragmas(connection: object, pragmas: Iterable[str]) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # the driver's own connection
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
