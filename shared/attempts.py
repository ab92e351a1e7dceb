"""What a verifier keeps of all attempt streams: openings, last points, and the verdicts of the rooms about them.

Grows with candidates and epochs, never with records: neighbouring accepted ranges are joined. Checks that every
stored record got exactly one verdict and that hand-ins and collections name the last accepted point. Reads no
bytes: `shared.verifier` does.
"""

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
        self._closed: dict[str, Point] = {}
        self._handed_in = 0
        self._collected = 0

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
            case r.Held(range=part):
                self._judge(room, part)
                self.held += part.upto - part.first + 1
            case r.HandedIn(ticket=ticket, point=point):
                self._close(ticket, point)
                self._handed_in += 1
            case r.Collected(ticket=ticket, point=point):
                self._close(ticket, point)
                self._collected += 1
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
        if submitted > self._handed_in or collected > self._collected:
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
        ranges = self.accepted.setdefault(part.ticket, [])
        if ranges and ranges[-1].epoch == part.epoch and ranges[-1].upto + 1 == part.first:
            ranges[-1] = r.Range(part.ticket, part.epoch, ranges[-1].first, part.upto, part.digest)
        else:
            ranges.append(part)
        self._at[part.ticket] = Point(part.epoch, part.upto, part.digest)

    def _close(self, ticket: str, point: Point) -> None:
        if point != self._at.get(ticket, START) or ticket in self._closed:
            raise Damaged(f"attempt {ticket}: closed twice, or at another point than the last accepted")
        self._closed[ticket] = point
