"""What a verifier keeps of all attempt streams: openings, last points, and the verdicts of the rooms about them.

Grows with candidates and epochs, never with records: neighbouring accepted ranges are joined. Checks that every
stored record got exactly one verdict and that hand-ins and collections name the last accepted point. Reads no
bytes: `shared.verifier` does.
"""

from bisect import bisect

from shared import orders
from shared import records as r
from shared.crypto import PublicKey
from shared.errors import Damaged
from shared.ledger import START, Point


class AttemptLedger:
    """All attempts of one bundle. Streams come first, verdicts after, then `finish`."""

    def __init__(self) -> None:
        self.accepted: dict[str, list[r.Range]] = {}
        self.held = 0
        self._rooms: dict[str, str] = {}
        self._tickets: dict[str, str] = {}
        self._opened: dict[tuple[str, int], r.AttemptOpened] = {}
        self._last: dict[tuple[str, int], Point] = {}
        self._judged: dict[tuple[str, int], Point] = {}
        self._granted: dict[tuple[str, int], r.AttemptGranted] = {}
        self._at: dict[str, Point] = {}
        self._closed: dict[str, type[r.HandedIn] | type[r.Collected]] = {}
        self._counted: dict[tuple[str, int], int] = {}
        """Last position of each epoch that counts, by a room's verdict or by two people's."""
        self._undecided: dict[r.Range, str] = {}

    @property
    def count(self) -> int:
        """Attempts of which there is at least one record."""
        return len({ticket for ticket, _ in self._last})

    def expect(self, stream: str, ticket: str, room: str) -> None:
        """An authorised candidate."""
        self._tickets[stream] = ticket
        self._rooms[ticket] = room

    def open(self, stream: str, epoch: int, record: r.AttemptOpened) -> None:
        """The first record of an epoch."""
        ticket = self._ticket(stream)
        self._opened[ticket, epoch] = record

    def record(self, stream: str, point: Point) -> None:
        """One chained record."""
        self._last[self._ticket(stream), point.epoch] = point

    def device(self, stream: str, epoch: int) -> PublicKey:
        """The device that wrote an epoch; raises `Damaged` if there is none."""
        opened = self._opened.get((self._ticket(stream), epoch))
        if opened is None:
            raise Damaged(f"{stream} {epoch}: was never opened")
        return opened.device

    def devices(self) -> dict[tuple[str, int], PublicKey]:
        """The device of every stream and epoch."""
        streams = {ticket: stream for stream, ticket in self._tickets.items()}
        return {(streams[ticket], epoch): one.device for (ticket, epoch), one in self._opened.items()}

    def verdict(self, room: str, record: r.Record | None) -> None:
        """One record of a sitting stream of `room` (None: sealed, and no verdict)."""
        match record:
            case r.AttemptGranted():
                self._grant(room, record)
            case r.Accepted(ranges=ranges):
                for part in ranges:
                    self._judge(room, part)
                    self._accept(part)
            case r.Held(range=part, reason=reason):
                self._judge(room, part)
                self._undecided[part] = reason
                self.held += part.upto - part.first + 1
            case r.HeldDecided():
                self._decide(room, record)
            case r.HandedIn(ticket=ticket, point=point) | r.Collected(ticket=ticket, point=point):
                self._close(ticket, point, type(record))
            case r.Reopened(ticket=ticket):
                if self._closed.pop(ticket, None) is None or self._rooms.get(ticket) != room:
                    raise Damaged(f"attempt {ticket}: opened again without having been closed")
            case _:
                pass

    def finish(self, submitted: int, collected: int) -> None:
        """Everything was read: what has no verdict, no grant, or other counts than the rooms' is damage."""
        for (ticket, epoch), last in self._last.items():
            granted = self._granted.get((ticket, epoch))
            opened = self._opened[ticket, epoch]
            if granted is None or (granted.device, granted.continues) != (opened.device, opened.continues):
                raise Damaged(f"attempt {ticket} {epoch}.1: was not granted")
            if self._judged.get((ticket, epoch)) != last:
                raise Damaged(f"attempt {ticket} {epoch}.{last.position}: the room's verdict does not cover it")
        if any(where not in self._last for where in self._judged):
            raise Damaged("a verdict names records that are missing")
        # A paper voided after it was handed in counts as void, never the other way round.
        closed = list(self._closed.values())
        if submitted > closed.count(r.HandedIn) or collected > closed.count(r.Collected):
            raise Damaged("more papers are counted than were handed in or collected")

    def _ticket(self, stream: str) -> str:
        ticket = self._tickets.get(stream)
        if ticket is None:
            raise Damaged(f"{stream}: no authorised candidate")
        return ticket

    def _grant(self, room: str, record: r.AttemptGranted) -> None:
        ticket, epoch = record.ticket, record.epoch
        if self._rooms.get(ticket) != room or (ticket, epoch) in self._granted:
            raise Damaged(f"attempt {ticket} {epoch}: granted twice or by another room")
        if (epoch > 1 and (ticket, epoch - 1) not in self._granted) or record.continues != self._at.get(ticket, START):
            raise Damaged(f"attempt {ticket} {epoch}: does not continue what was accepted")
        self._granted[ticket, epoch] = record

    def _judge(self, room: str, part: r.Range) -> None:
        where = (part.ticket, part.epoch)
        before = self._judged.get(where, START).position
        if self._rooms.get(part.ticket) != room or where not in self._granted:
            raise Damaged(f"attempt {part.ticket} {part.epoch}: judged by another room, or never granted")
        if part.first != before + 1 or part.upto < part.first:
            raise Damaged(f"attempt {part.ticket} {part.epoch}.{part.first}: judged twice or not at all")
        self._judged[where] = Point(part.epoch, part.upto, part.digest)

    def _accept(self, part: r.Range) -> None:
        if part.ticket in self._closed:
            raise Damaged(f"attempt {part.ticket} {part.epoch}.{part.first}: accepted after it was closed")
        self._count(part)
        self._at[part.ticket] = Point(part.epoch, part.upto, part.digest)

    def _count(self, part: r.Range) -> None:
        """Adds a range that counts: by epoch and position, neighbours joined."""
        self._counted[part.ticket, part.epoch] = part.upto
        ranges = self.accepted.setdefault(part.ticket, [])
        at = bisect(ranges, (part.epoch, part.first), key=lambda one: (one.epoch, one.first))
        before = ranges[at - 1] if at else None
        if before is not None and (before.epoch, before.upto + 1) == (part.epoch, part.first):
            ranges[at - 1] = r.Range(part.ticket, part.epoch, before.first, part.upto, part.digest)
        else:
            ranges.insert(at, part)

    def _decide(self, room: str, record: r.HeldDecided) -> None:
        """Two people's word on one held range of a closed attempt."""
        part = record.range
        where = f"attempt {part.ticket} {part.epoch}.{part.first}"
        if self._undecided.pop(part, "") not in orders.DECIDABLE or self._rooms.get(part.ticket) != room:
            raise Damaged(f"{where}: decided without having been held, or twice")
        if part.ticket not in self._closed:
            raise Damaged(f"{where}: decided before it was closed")
        if not record.accepted:
            return
        if part.first != self._counted.get((part.ticket, part.epoch), 0) + 1:
            raise Damaged(f"{where}: does not continue what counts")
        self._count(part)
        self.held -= part.upto - part.first + 1

    def _close(self, ticket: str, point: Point, how: type[r.HandedIn] | type[r.Collected]) -> None:
        if point != self._at.get(ticket, START) or ticket in self._closed:
            raise Damaged(f"attempt {ticket}: closed twice, or at another point than the last accepted")
        self._closed[ticket] = how
