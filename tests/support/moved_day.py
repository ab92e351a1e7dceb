"""A small day with two rooms, made by the pure core alone: candidates who go on in another room, and the bundle of it.

`enter` says which room the day's commands are about; `move` plays the site.
"""

from shared import commands as c
from shared import crypto, documents, ledger, signed, stays
from shared import records as r
from shared.ledger import Chain, Entry, Parsed, Point
from shared.model import Room
from shared.refusal import Refusal
from shared.sitting import Sitting, note
from tests.support.small_day import MINUTE, ROOM, SmallDay, T

OTHER = "02"


class MovedDay(SmallDay):
    """Candidates placed in room 01; room 02 is the emergency room."""

    rooms = (Room(ROOM, "101 机房", 30, 3), Room(OTHER, "备用机房", 30, 3), Room("03", "无人", 30, 3))

    def __init__(self, tickets: tuple[str, ...] = ("1001", "1002", "1003")) -> None:
        self._benches: dict[str, tuple[Room, crypto.Ed25519Signer, Sitting, Chain, list[Entry]]] = {}
        super().__init__(tickets)
        self._keep()
        self.enter(OTHER)
        self.enter(ROOM)

    def enter(self, room: str) -> None:
        """From here on commands are about this room."""
        self._keep()
        if room in self._benches:
            self.room, self.room_key, self.state, self.chain, self.sitting_entries = self._benches[room]
            return
        self.room = next(one for one in self.rooms if one.id == room)
        self.room_key = crypto.Ed25519Signer(crypto.new_key())
        self.begin_sitting()
        self._keep()

    def sittings(self) -> list[tuple[Chain, crypto.Signer, list[Entry]]]:
        """Of both rooms."""
        self._keep()
        return [(bench[3], bench[1], bench[4]) for _, bench in sorted(self._benches.items())]

    def send_away(self, ticket: str, room: str = OTHER, granted: bool = False) -> Refusal | list[r.SittingRecord]:
        """The site lets the present room send a candidate to `room`, to the place's own seat."""
        one = self.state.candidates[ticket]
        return self.put(c.SendAway(ticket, one.first, room, one.place.seat, "主考", granted))

    def grant_move(self, ticket: str, room: str = OTHER, point: Point | None = None) -> documents.MoveGrant:
        """The site signs and records that a candidate of the present room goes on in `room`, from `point` on."""
        one = self.state.candidates[ticket]
        at = self.state.attempts[ticket].accepted if point is None else point
        epoch, seat = stays.next_block(one.first), one.place.seat
        made = documents.MoveGrant(self.session.id, ticket, self.room.id, room, seat, epoch, at, self.now)
        data = signed.sign(self.ca, documents.MOVE, made)
        told = r.MoveGranted(made.session, ticket, self.room.id, room, seat, epoch, crypto.sha256(data), "主考")
        self.moves = sorted([*self.moves, (data, told)], key=lambda move: (move[1].ticket, move[1].epoch))
        return made

    def guest_of(self, grant: documents.MoveGrant) -> c.TakeGuest:
        """What the room of a grant is told, from the present room's state."""
        one, ticket, point = self.state.candidates[grant.ticket], grant.ticket, grant.continues
        document = next(told.digest for _, told in self.moves if (told.ticket, told.epoch) == (ticket, grant.epoch))
        arrived = r.GuestArrived(ticket, self.room.id, grant.seat, grant.epoch, point, document)
        parts = tuple(
            r.Range(ticket, epoch, 1, upto, self.state.attempts[ticket].digest_at(epoch, upto) or b"")
            for epoch, upto in sorted(self.state.attempts[ticket].counted.items())
        )
        brought = r.GuestBrought(
            ticket, one.place.form, one.place.accommodation, one.epoch, parts, self.state.extra + one.extra,
            self.state.beyond + one.beyond, one.warnings, one.read, (), self.now, one.losses, one.settled, one.over,
        )  # fmt: skip
        return c.TakeGuest(b"", arrived, brought, self.history(ticket, point), self.state.login_allowed, True, "主考")

    def history(self, ticket: str, upto: Point) -> tuple[Parsed, ...]:
        """The attempt's records up to a point."""
        found = [ledger.parse(entry) for entry in (self.pcs[ticket].entries if ticket in self.pcs else [])]
        return tuple(one for one in found if (one.header.epoch, one.header.position) <= (upto.epoch, upto.position))

    def move(self, ticket: str, room: str = OTHER) -> None:
        """Away from the present room, granted, and taken in `room`, which the day enters."""
        made = self.send_away(ticket, room)
        assert isinstance(made, list) and made, made
        self.arrive(self.grant_move(ticket, room))

    def arrive(self, grant: documents.MoveGrant) -> None:
        """The room of a grant takes the candidate in; the day enters it."""
        guest = self.guest_of(grant)
        self.enter(grant.room)
        made = self.put(guest)
        assert not isinstance(made, Refusal), made
        for one in guest.history:
            if self.state.attempts[grant.ticket].digest_at(one.header.epoch, one.header.position) is None:
                note(self.state, grant.ticket, one.header, one.digest)

    def end(self) -> None:
        """The end of both sittings."""
        self.now = T + 123 * MINUTE
        for room in (ROOM, OTHER):
            self.enter(room)
            self.put(c.Tick())  # a room that nobody looked at opens late
            self.put(c.Tick())
            for ticket, one in self.state.candidates.items():
                if not one.done:
                    self.put(c.MarkAbsent(ticket))
            made = self.put(c.EndSitting())
            assert not isinstance(made, Refusal), made

    def _keep(self) -> None:
        if hasattr(self, "chain"):
            self._benches[self.room.id] = (self.room, self.room_key, self.state, self.chain, self.sitting_entries)


def moved_day() -> MovedDay:
    """One candidate goes on in the emergency room after some answers, one before any, one stays."""
    day = MovedDay()
    day.open()
    day.log_in("1001")
    day.log_in("1003")
    day.start()
    day.answer("1001", 1, "A")
    day.answer("1001", 2, "B")
    day.answer("1003", 1, "C")
    day.now += MINUTE
    day.move("1001")
    day.enter(ROOM)
    day.move("1002")
    day.log_in("1001")
    day.log_in("1002")
    day.put(c.Tick())
    day.answer("1001", 1, "C")
    day.answer("1002", 3, "A", "B")
    day.now = T + 31 * MINUTE
    day.hand_in("1001")
    day.end()
    return day
