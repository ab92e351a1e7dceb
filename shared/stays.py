"""Where the epochs of every attempt belong: the stays of candidates who go on in another room.

The platform places a candidate in a room; each signed `MoveGrant` of the site sends the candidate on. A stay has a
block of `limits.EPOCHS_PER_STAY` epochs of its own, so a room that could not be asked never grants an epoch that
another room grants, too. Pure; knows no verdicts (`shared.attempts`).
"""

from collections.abc import Iterable

import msgspec

from shared import crypto, limits, signed, trust
from shared import documents as d
from shared.errors import Damaged
from shared.ledger import START, Point
from shared.model import Place


class Stay(msgspec.Struct, frozen=True):
    """A candidate's time in one room: `epoch` is the first it may grant, `continues` the accepted point before it."""

    room: str
    epoch: int = 1
    continues: Point = START

    def holds(self, epoch: int) -> bool:
        """Whether an epoch belongs to this stay."""
        return self.epoch <= epoch < next_block(self.epoch)


def next_block(epoch: int) -> int:
    """The first epoch of the stay after the one that holds `epoch`."""
    return (epoch // limits.EPOCHS_PER_STAY + 1) * limits.EPOCHS_PER_STAY


class Stays:
    """The stays of all candidates of one session at one site, each candidate's in order."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._stays = {place.ticket: [Stay(place.room)] for place in places}

    def move(self, grant: d.MoveGrant) -> None:
        """Takes one more move in; raises `Damaged` unless it goes on from where the candidate is."""
        stays = self._stays.get(grant.ticket)
        if stays is None:
            raise Damaged(f"a move of {grant.ticket!r}, who is placed nowhere")
        last, point = stays[-1], grant.continues
        fits = point == last.continues or (last.holds(point.epoch) and point.position > 0)
        if (grant.origin, grant.epoch) != (last.room, next_block(last.epoch)) or grant.room == last.room or not fits:
            raise Damaged(f"move of {grant.ticket} {grant.epoch}: does not go on from room {last.room}")
        stays.append(Stay(grant.room, grant.epoch, point))

    def knows(self, ticket: str) -> bool:
        """Whether the candidate is authorised."""
        return ticket in self._stays

    def of(self, ticket: str) -> list[Stay]:
        """A candidate's stays in order; none for a stranger."""
        return self._stays.get(ticket, [])

    def last(self, ticket: str) -> Stay:
        """Where a known candidate is now."""
        return self._stays[ticket][-1]

    def holding(self, ticket: str, epoch: int) -> Stay | None:
        """The stay that an epoch belongs to."""
        return next((stay for stay in self.of(ticket) if stay.holds(epoch)), None)

    def after(self, ticket: str, stay: Stay) -> Stay | None:
        """The stay that follows, or None for the last."""
        return next((one for one in self.of(ticket) if one.epoch > stay.epoch), None)

    def ever_in(self, room: str) -> frozenset[str]:
        """Whoever has a stay in a room, now or before."""
        return frozenset(ticket for ticket, stays in self._stays.items() if any(one.room == room for one in stays))

    def rooms(self) -> frozenset[str]:
        """The rooms in which anybody has a stay: the others take no part in the session."""
        return frozenset(stay.room for stays in self._stays.values() for stay in stays)


def read(documents: list[bytes], formal: d.FormalAuthorisation, ca_key: crypto.PublicKey) -> tuple[Stays, list[bytes]]:
    """The stays that a bundle's `documents` say, its move grants being the last ones, and the digests of these.

    Raises:
        Damaged: move grants are out of order, or do not go on from one another.
        Untrusted: one is not of this session and its rooms, or not signed by the site's CA.
    """
    found = [one for one in documents if signed.open_envelope(one).type == d.MOVE]
    moves = [trust.move_grant(one, ca_key, formal) for one in found]
    named = [(one.ticket, one.epoch) for one in moves]
    if documents[len(documents) - len(found) :] != found or named != sorted(set(named)):
        raise Damaged("move grants are out of order")
    stays = Stays(formal.places)
    for one in moves:
        stays.move(one)
    return stays, [crypto.sha256(one) for one in found]
