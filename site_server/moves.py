"""The moves this site has granted: signed documents kept, whose epochs are whose, and what a guest brings along.

Kept in the store beside the `MoveGranted` records. Does not give grants (`site_server.moving` does) and does not judge
those that rooms hand back (`site_server.regained` does).
"""

from typing import NamedTuple

from shared import codec, limits, records, trust
from shared import documents as d
from shared.messages import Guest
from shared.stays import Stay, Stays
from site_server.authorisation import Authorised
from site_server.site import Site

_MOVE, _GUEST = "move/", "guest/"
Place = tuple[str, int]
"""Ticket and first epoch of the stay that a move begins."""


class Move(NamedTuple):
    """One move to keep: the grant as payload and as signed, its record, and what the room is told of the guest (None:
    not known here, because the candidate went on from there since).
    """

    grant: d.MoveGrant
    document: bytes
    record: records.MoveGranted
    guest: Guest | None


class Moves:
    """All moves of all sessions, by session, ticket and first epoch."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._grants: dict[str, dict[Place, bytes]] = {}
        self._guests: dict[str, dict[Place, Guest]] = {}
        self._stays: dict[str, tuple[bytes, int, Stays]] = {}
        for name, data in site.store.facts(_MOVE).items():
            _, session, ticket, epoch = name.split("/")
            self._grants.setdefault(session, {})[ticket, int(epoch)] = data
        for name, data in site.store.facts(_GUEST).items():
            _, session, ticket, epoch = name.split("/")
            self._guests.setdefault(session, {})[ticket, int(epoch)] = codec.decode(Guest, data, limits.FRAME_BYTES)

    def stays(self, one: Authorised) -> Stays:
        """Where everybody of a session is and was; not to be changed."""
        count = len(self._grants.get(one.id, {}))
        held = self._stays.get(one.id)
        if held is None or held[:2] != (one.formal_bytes, count):
            held = self._stays[one.id] = (one.formal_bytes, count, self.folded(one))
        return held[2]

    def folded(self, one: Authorised) -> Stays:
        """The same for the caller alone, to try further moves on."""
        stays = Stays(one.formal.places)
        for document in self.documents(one.id):
            stays.move(trust.move_grant(document, self._site.ca_public, one.formal))
        return stays

    def takes_part(self, one: Authorised, room: str) -> bool:
        """Whether anybody of the session is or was in a room."""
        return room in self.stays(one).rooms()

    def documents(self, session: str, ticket: str = "") -> list[bytes]:
        """The signed move grants of a session, or of one candidate, by ticket and epoch."""
        found = sorted(self._grants.get(session, {}).items())
        return [document for place, document in found if ticket in ("", place[0])]

    def document(self, session: str, ticket: str, epoch: int) -> bytes | None:
        """The signed grant of one move."""
        return self._grants.get(session, {}).get((ticket, epoch))

    def guest(self, session: str, ticket: str, epoch: int) -> Guest | None:
        """What the room of a move is told."""
        return self._guests.get(session, {}).get((ticket, epoch))

    def seat(self, one: Authorised, ticket: str, stay: Stay) -> int:
        """The seat that a stay was given: the place's, or that of the move."""
        document = self.document(one.id, ticket, stay.epoch)
        if document is None:
            return next((place.seat for place in one.formal.places if place.ticket == ticket), 0)
        return trust.move_grant(document, self._site.ca_public, one.formal).seat

    async def keep(self, made: list[Move], *before: records.SiteRecord) -> None:
        """Makes moves durable together with their records, `before` standing before them; raises `Unavailable`."""
        facts: dict[str, bytes | None] = {}
        for one in made:
            name = f"{one.grant.session}/{one.grant.ticket}/{one.grant.epoch:06}"
            facts[_MOVE + name] = one.document
            if one.guest is not None:
                facts[_GUEST + name] = codec.encode(one.guest)
        await self._site.write(*before, *(one.record for one in made), facts=facts)
        for one in made:
            place = (one.grant.ticket, one.grant.epoch)
            self._grants.setdefault(one.grant.session, {})[place] = one.document
            if one.guest is not None:
                self._guests.setdefault(one.grant.session, {})[place] = one.guest


def granted(grant: d.MoveGrant, digest: bytes, by: str) -> records.MoveGranted:
    """The record of a move that `by` ordered, or the room that handed its grant back."""
    return records.MoveGranted(
        grant.session, grant.ticket, grant.origin, grant.room, grant.seat, grant.epoch, digest, by
    )
