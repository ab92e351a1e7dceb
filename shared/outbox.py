"""The outbox of a sender: records of one epoch that the next hop has not acknowledged, in order of position.

Whatever stands here is durable on this machine already. A connection that ends, a gap, or a receiver that has gone
back makes the owner rewind or refill it; nothing leaves it but by an acknowledgement. Pure: neither sends nor
stores.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from shared import limits
from shared.errors import Damaged, Misuse
from shared.ledger import Entry, Parsed, Point


class Outbox:
    """Pending records of the epoch `epoch`; `len` counts them."""

    def __init__(self, epoch: int, pending: Iterable[Parsed] = ()) -> None:
        self.epoch = epoch
        self._pending: deque[Parsed] = deque()
        self._sent = 0
        for record in pending:
            self.add(record)

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, record: Parsed) -> None:
        """Takes one more durable record; raises `Misuse` unless it is the next of this epoch."""
        header = record.header
        if header.epoch != self.epoch or (self._pending and header.position != self._pending[-1].header.position + 1):
            raise Misuse(f"record {header.epoch}.{header.position} is not the next of the outbox")
        self._pending.append(record)

    def batch(self) -> tuple[Entry, ...]:
        """The next records to send in one frame, now taken as sent; empty when all are."""
        taken: list[Entry] = []
        size = 0
        while self._sent < len(self._pending) and len(taken) < limits.RECORDS_PER_FRAME and size < limits.BATCH_BYTES:
            entry = self._pending[self._sent].entry
            if taken and size + entry.size() > limits.BATCH_BYTES:
                break
            taken.append(entry)
            size += entry.size()
            self._sent += 1
        return tuple(taken)

    def acknowledge(self, point: Point) -> tuple[Parsed, ...]:
        """Everything up to `point` is durable at the receiver: drops and returns it, in order; again gives nothing.

        Raises:
            Damaged: the receiver holds another record at that position.
        """
        done: list[Parsed] = []
        if point.epoch != self.epoch:
            return ()
        for record in self._pending:
            if record.header.position == point.position and record.digest != point.digest:
                where = f"{record.header.stream} {point.epoch}.{point.position}"
                raise Damaged(f"{where}: the receiver holds another record")
        while self._pending and self._pending[0].header.position <= point.position:
            done.append(self._pending.popleft())
        self._sent = max(0, self._sent - len(done))
        return tuple(done)

    def rewind(self) -> None:
        """Takes everything as not sent: the connection is a new one."""
        self._sent = 0

    def resend(self, position: int) -> bool:
        """Sends again from the record after `position`; False when that is no longer here and must be refilled."""
        if self._pending and position < self._pending[0].header.position - 1:
            return False
        self._sent = 0
        while self._sent < len(self._pending) and self._pending[self._sent].header.position <= position:
            self._sent += 1
        return bool(self._pending)


def batches(entries: list[Entry]) -> Iterator[tuple[Entry, ...]]:
    """Entries in runs of at most `limits.RECORDS_PER_FRAME` records and about `limits.BATCH_BYTES` bytes."""
    run: list[Entry] = []
    size = 0
    for entry in entries:
        if run and (len(run) >= limits.RECORDS_PER_FRAME or size + entry.size() > limits.BATCH_BYTES):
            yield tuple(run)
            run, size = [], 0
        run.append(entry)
        size += entry.size()
    if run:
        yield tuple(run)
