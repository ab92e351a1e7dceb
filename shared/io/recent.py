"""The records a store committed last, in memory: whoever passes them on need not read them from the file again.

A bounded run of neighbours in the order of storing. What it does not hold it never guesses at: the store reads the
file then. Knows no database, and nothing before it is committed.
"""

import threading
from collections.abc import Sequence
from typing import NamedTuple

from shared import limits
from shared.ledger import Entry, Parsed


class Stored(NamedTuple):
    """An entry with its place in the order of storing and in its stream."""

    seq: int
    stream: str
    epoch: int
    position: int
    entry: Entry


class Recent:
    """At most about `most` bytes of entries. `put` is called by the one thread that writes, `since` by any."""

    def __init__(self, most: int = limits.RECENT_BYTES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._rows: list[Parsed] = []
        self._first = 1
        """Sequence number of the first row."""
        self._bytes = 0

    def put(self, last: int, records: Sequence[Parsed]) -> None:
        """Takes records that are committed, in order; `last` is the sequence number of the last, the others' precede
        it without a gap.
        """
        first = last + 1 - len(records)
        with self._lock:
            if first != self._first + len(self._rows):
                self._rows, self._first, self._bytes = [], first, 0
            self._rows += records
            self._bytes += sum(one.entry.size() for one in records)
            if self._bytes > self._most:
                self._forget()

    def since(self, seq: int, most: int) -> list[Stored]:
        """At most `most` rows after `seq`, the very next one first; none if that is not held."""
        with self._lock:
            at = seq + 1 - self._first
            rows = self._rows[at : at + most] if at >= 0 else []
        return [
            Stored(n, one.header.stream, one.header.epoch, one.header.position, one.entry)
            for n, one in enumerate(rows, seq + 1)
        ]

    def _forget(self) -> None:
        """Lets the oldest go until half is left, so that it need not be done for every commit."""
        gone = 0
        while self._bytes > self._most // 2:
            self._bytes -= self._rows[gone].entry.size()
            gone += 1
        del self._rows[:gone]
        self._first += gone
