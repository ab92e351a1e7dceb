"""A sitting as its copied records tell it, for the site's own decisions about it: who is where, and what was given.

Unseals the sitting stream with the key that the authorisation gave; attempt records are never opened. Reads copies
only, so of a room that is cut off it knows what came until then.
"""

import msgspec

from shared import ledger
from shared import records as r
from shared.io.store import Store
from shared.ledger import Point
from shared.sitting import Sitting, apply
from site_server.authorisation import Authorised

_STEP = 2000


class Told(msgspec.Struct):
    """The state, what counts of each ticket (ranges joined as they came), and when an answer was accepted last."""

    state: Sitting
    accepted: dict[str, dict[tuple[int, int], r.Range]] = {}
    saved: dict[str, int] = {}

    def ranges(self, ticket: str) -> tuple[r.Range, ...]:
        """What counts of an attempt, by epoch and position."""
        return tuple(part for _, part in sorted(self.accepted.get(ticket, {}).items()))

    def _note(self, part: r.Range) -> None:
        mine = self.accepted.setdefault(part.ticket, {})
        last = next(reversed(mine.values()), None)
        if last is not None and (last.epoch, last.upto + 1) == (part.epoch, part.first):
            part = msgspec.structs.replace(part, first=last.first)
        mine[part.epoch, part.first] = part

    def take(self, record: r.SittingRecord, time: int) -> None:
        """The next record."""
        apply(self.state, record)
        match record:
            case r.Accepted(ranges=ranges):
                for part in ranges:
                    self._note(part)
                    self.saved[part.ticket] = time
            case r.HeldDecided(range=part, accepted=True):
                self._note(part)
            case r.GuestBrought(ticket=ticket, accepted=accepted, saved_at=saved_at):
                self.accepted[ticket] = {(part.epoch, part.first): part for part in accepted}
                self.saved[ticket] = saved_at
            case _:
                pass


def fold(store: Store, one: Authorised, room: str, points: tuple[Point, ...]) -> Told:
    """The sitting of a room up to `points`, the ends of its copied epochs; reads for a while, so not on the event loop.

    Raises:
        BadSignature, Malformed: a record is not sealed with the sitting's key, or is none.
    """
    stream = ledger.sitting_stream(one.id, room)
    key = ledger.stream_key(one.data_keys.sittings[room], stream)
    told = Told(Sitting(one.formal.session, one.rooms[room], one.formal.places), {}, {})
    for point in points:
        for after in range(0, point.position, _STEP):
            for entry in store.entries(stream, point.epoch, after, min(_STEP, point.position - after)):
                header = ledger.header_of(entry)
                told.take(r.read(header, entry, key), header.time)  # type: ignore[arg-type]  # a sitting's record
    return told


def brought(told: Told, ticket: str, now: int) -> r.GuestBrought:
    """What a candidate of the sitting takes to the next room at trusted time `now`; a pause that lasts ends for it."""
    state, one = told.state, told.state.candidates[ticket]
    stood = max(0, now - state.clock(now))
    return r.GuestBrought(
        ticket=ticket,
        form=one.place.form,
        accommodation=one.place.accommodation,
        epoch=one.epoch,
        accepted=told.ranges(ticket),
        extra=min(state.extra + one.extra, state.session.rules.makeup) + stood,
        beyond=state.beyond + one.beyond,
        warnings=one.warnings,
        read=one.read,
        seen=tuple(sorted(number for number, tickets in state.seen.items() if ticket in tickets)),
        saved_at=told.saved.get(ticket, 0),
        losses=one.losses,
        settled=one.settled,
        over=(*one.over, *state.stood(ticket, now)),
    )
