"""What a verifier keeps of all attempt streams: openings, last points, and the verdicts of the rooms about them.

Grows with candidates and epochs, never with records: neighbouring accepted ranges are joined. Checks that every
stored record got exactly one verdict, by the room in whose stay its epoch lies, and that hand-ins, collections and
moves to other rooms name the last accepted point. Reads no bytes: `shared.verifier` does.
"""

from bisect import bisect

from shared import orders
from shared import records as r
from shared.crypto import PublicKey
from shared.errors import Damaged
from shared.ledger import START, Point
from shared.stays import Stay, Stays


class AttemptLedger:
    """All attempts of one bundle. Streams come first, verdicts after, then `finish`.

    `stays` are those that the bundle's documents say; a stay is named by its ticket and first epoch.
    """

    def __init__(self, stays: Stays) -> None:
        self.accepted: dict[str, list[r.Range]] = {}
        self.held = 0
        self._stays = stays
        self._tickets: dict[str, str] = {}
        self._here: dict[tuple[str, str], Stay] = {}
        """The stay that each room is at, by room and ticket, in the order of its stream."""
        self._arrived: set[tuple[str, int]] = set()
        self._named: dict[tuple[str, int, int], bytes] = {}
        """Digests of the points that moves go on from, by ticket, epoch and position."""
        self._opened: dict[tuple[str, int], r.AttemptOpened] = {}
        self._last: dict[tuple[str, int], Point] = {}
        self._judged: dict[tuple[str, int], Point] = {}
        self._granted: dict[tuple[str, int], r.AttemptGranted] = {}
        self._at: dict[tuple[str, int], Point] = {}
        self._closed: dict[tuple[str, int], type[r.HandedIn] | type[r.Collected]] = {}
        self._left: set[tuple[str, int]] = set()
        self._counted: dict[tuple[str, int], int] = {}
        """Last position of each epoch that counts, by a room's verdict or by two people's."""
        self._undecided: dict[r.Range, str] = {}

    @property
    def count(self) -> int:
        """Attempts of which there is at least one record."""
        return len({ticket for ticket, _ in self._last})

    def expect(self, stream: str, ticket: str) -> None:
        """An authorised candidate, in the room of the first stay."""
        self._tickets[stream] = ticket
        first, *moves = self._stays.of(ticket)
        self._here[first.room, ticket] = first
        self._arrived.add((ticket, first.epoch))
        for stay in moves:
            self._named[ticket, stay.continues.epoch, stay.continues.position] = stay.continues.digest

    def open(self, stream: str, epoch: int, record: r.AttemptOpened) -> None:
        """The first record of an epoch."""
        ticket = self._ticket(stream)
        self._opened[ticket, epoch] = record

    def record(self, stream: str, point: Point) -> None:
        """One chained record."""
        ticket = self._ticket(stream)
        if self._named.get((ticket, point.epoch, point.position), point.digest) != point.digest:
            raise Damaged(f"{stream} {point.epoch}.{point.position}: a move goes on from another record")
        self._last[ticket, point.epoch] = point

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
                    self._accept(room, part)
            case r.Held(range=part, reason=reason):
                self._judge(room, part)
                self._undecided[part] = reason
                self.held += part.upto - part.first + 1
            case r.HeldDecided():
                self._decide(room, record)
            case r.HandedIn(ticket=ticket, point=point) | r.Collected(ticket=ticket, point=point):
                self._close(room, ticket, point, type(record))
            case r.Reopened(ticket=ticket):
                if self._closed.pop(self._present(room, ticket), None) is None:
                    raise Damaged(f"attempt {ticket}: opened again without having been closed")
            case r.MovedAway() | r.GuestArrived():
                self._move(room, record)
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
        for ticket in self._tickets.values():
            self._check_stays(ticket)
        # A paper voided after it was handed in counts as void, never the other way round.
        closed = list(self._closed.values())
        if submitted > closed.count(r.HandedIn) or collected > closed.count(r.Collected):
            raise Damaged("more papers are counted than were handed in or collected")

    def _ticket(self, stream: str) -> str:
        ticket = self._tickets.get(stream)
        if ticket is None:
            raise Damaged(f"{stream}: no authorised candidate")
        return ticket

    def _stay(self, room: str, ticket: str, epoch: int) -> Stay:
        """The stay that an epoch lies in, which must be one in `room`."""
        stay = self._stays.holding(ticket, epoch)
        if stay is None or stay.room != room:
            raise Damaged(f"attempt {ticket} {epoch}: room {room} has no such epoch")
        return stay

    def _present(self, room: str, ticket: str) -> tuple[str, int]:
        """The stay that a room is at with a candidate who did not go on elsewhere."""
        stay = self._here.get((room, ticket))
        if stay is None or (ticket, stay.epoch) in self._left:
            raise Damaged(f"attempt {ticket}: is not in room {room}")
        return ticket, stay.epoch

    def _move(self, room: str, record: r.MovedAway | r.GuestArrived) -> None:
        ticket, epoch = record.ticket, record.epoch
        stay = self._stay(room, ticket, epoch)
        here = self._here.get((room, ticket))
        if isinstance(record, r.MovedAway):
            due = self._at.get((ticket, epoch), stay.continues)
            if self._present(room, ticket) != (ticket, epoch) or record.point != due:
                raise Damaged(f"attempt {ticket} {epoch}: left room {room} at another point than the last accepted")
            self._left.add((ticket, epoch))
            return
        earlier = here is None or (here.epoch < epoch and (ticket, here.epoch) in self._left)
        if not earlier or (stay.epoch, stay.continues) != (epoch, record.continues):
            raise Damaged(f"attempt {ticket} {epoch}: came to room {room} without a move that says so")
        self._here[room, ticket] = stay
        self._arrived.add((ticket, epoch))

    def _check_stays(self, ticket: str) -> None:
        """Whoever went on elsewhere left, and what the next room goes on from counts; the last room took the
        candidate.
        """
        *former, last = self._stays.of(ticket)
        for stay in former:
            after = self._stays.after(ticket, stay)
            if (ticket, stay.epoch) in self._arrived - self._left:
                raise Damaged(f"attempt {ticket} {stay.epoch}: room {stay.room} never let it go on elsewhere")
            point = after.continues if after is not None else stay.continues
            if point != stay.continues and self._counted.get((ticket, point.epoch), 0) < point.position:
                raise Damaged(f"attempt {ticket} {stay.epoch}: goes on from what was not accepted")
        if (ticket, last.epoch) not in self._arrived:
            raise Damaged(f"attempt {ticket} {last.epoch}: room {last.room} never took it in")

    def _grant(self, room: str, record: r.AttemptGranted) -> None:
        ticket, epoch = record.ticket, record.epoch
        stay = self._stay(room, ticket, epoch)
        if self._present(room, ticket) != (ticket, stay.epoch) or (ticket, epoch) in self._granted:
            raise Damaged(f"attempt {ticket} {epoch}: granted twice or not in this room")
        follows = epoch == stay.epoch or (ticket, epoch - 1) in self._granted
        if not follows or record.continues != self._at.get((ticket, stay.epoch), stay.continues):
            raise Damaged(f"attempt {ticket} {epoch}: does not continue what was accepted")
        self._granted[ticket, epoch] = record

    def _judge(self, room: str, part: r.Range) -> None:
        where = (part.ticket, part.epoch)
        before = self._judged.get(where, START).position
        self._stay(room, part.ticket, part.epoch)
        if where not in self._granted:
            raise Damaged(f"attempt {part.ticket} {part.epoch}: judged by another room, or never granted")
        if part.first != before + 1 or part.upto < part.first:
            raise Damaged(f"attempt {part.ticket} {part.epoch}.{part.first}: judged twice or not at all")
        self._judged[where] = Point(part.epoch, part.upto, part.digest)

    def _accept(self, room: str, part: r.Range) -> None:
        stay = self._present(room, part.ticket)
        if stay in self._closed or self._stay(room, part.ticket, part.epoch).epoch != stay[1]:
            raise Damaged(f"attempt {part.ticket} {part.epoch}.{part.first}: accepted after it was closed")
        self._count(part)
        self._at[stay] = Point(part.epoch, part.upto, part.digest)

    def _count(self, part: r.Range) -> None:
        """Adds a range that counts: by epoch and position, neighbours joined."""
        where = (part.ticket, part.epoch)
        self._counted[where] = max(self._counted.get(where, 0), part.upto)
        ranges = self.accepted.setdefault(part.ticket, [])
        at = bisect(ranges, (part.epoch, part.first), key=lambda one: (one.epoch, one.first))
        first, last = part, part
        if at < len(ranges) and (part.epoch, part.upto + 1) == (ranges[at].epoch, ranges[at].first):
            last = ranges.pop(at)
        if at and (ranges[at - 1].epoch, ranges[at - 1].upto + 1) == (part.epoch, part.first):
            at -= 1
            first = ranges.pop(at)
        ranges.insert(at, r.Range(part.ticket, part.epoch, first.first, last.upto, last.digest))

    def _decide(self, room: str, record: r.HeldDecided) -> None:
        """Two people's word on one held range of a closed attempt."""
        part = record.range
        where = f"attempt {part.ticket} {part.epoch}.{part.first}"
        stay = (part.ticket, self._stay(room, part.ticket, part.epoch).epoch)
        if self._undecided.pop(part, "") not in orders.DECIDABLE:
            raise Damaged(f"{where}: decided without having been held, or twice")
        if stay not in self._closed and stay not in self._left:
            raise Damaged(f"{where}: decided before it was closed")
        if not record.accepted:
            return
        if part.first > self._counted.get((part.ticket, part.epoch), 0) + 1:
            raise Damaged(f"{where}: leaves a gap behind what counts")
        self._count(part)
        self.held -= part.upto - part.first + 1

    def _close(self, room: str, ticket: str, point: Point, how: type[r.HandedIn] | type[r.Collected]) -> None:
        stay = self._present(room, ticket)
        if point != self._at.get(stay, self._here[room, ticket].continues) or stay in self._closed:
            raise Damaged(f"attempt {ticket}: closed twice, or at another point than the last accepted")
        self._closed[stay] = how
