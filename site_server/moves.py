"""The moves this site has granted: signed documents kept, whose epochs are whose, and what a guest brings along.

Kept in the store beside the `MoveGranted` records. Does not give grants: `site_server.moving` does.
"""

from shared import codec, ledger, limits, records, trust
from shared import documents as d
from shared.messages import Guest
from shared.stays import Stay, Stays
from site_server.authorisation import Authorised
from site_server.site import Site

_FACT = "move/"


class Moves:
    """All moves of all sessions, by session, ticket and first epoch."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._guests: dict[str, dict[tuple[str, int], Guest]] = {}
        self._stays: dict[str, tuple[bytes, int, Stays]] = {}
        for name, data in site.store.facts(_FACT).items():
            _, session, ticket, epoch = name.split("/")
            guest = codec.decode(Guest, data, limits.DOCUMENT_BYTES)
            self._guests.setdefault(session, {})[ticket, int(epoch)] = guest

    def stays(self, one: Authorised) -> Stays:
        """Where everybody of a session is and was."""
        known = self._guests.get(one.id, {})
        held = self._stays.get(one.id)
        if held is None or held[:2] != (one.formal_bytes, len(known)):
            stays = Stays(one.formal.places)
            for _, guest in sorted(known.items()):
                stays.move(trust.move_grant(guest.grant, self._site.ca_public, one.formal))
            held = self._stays[one.id] = (one.formal_bytes, len(known), stays)
        return held[2]

    def takes_part(self, one: Authorised, room: str) -> bool:
        """Whether anybody of the session is or was in a room."""
        return room in self.stays(one).rooms()

    def documents(self, session: str) -> list[bytes]:
        """The signed move grants of a session, by ticket and epoch."""
        return [guest.grant for _, guest in sorted(self._guests.get(session, {}).items())]

    def guest(self, session: str, ticket: str, epoch: int) -> Guest | None:
        """What was told of a move."""
        return self._guests.get(session, {}).get((ticket, epoch))

    def seat(self, one: Authorised, ticket: str, stay: Stay) -> int:
        """The seat that a stay was given: the place's, or that of the move."""
        guest = self.guest(one.id, ticket, stay.epoch)
        if guest is None:
            return next((place.seat for place in one.formal.places if place.ticket == ticket), 0)
        return trust.move_grant(guest.grant, self._site.ca_public, one.formal).seat

    async def keep(self, made: list[tuple[d.MoveGrant, Guest, records.MoveGranted]]) -> None:
        """Makes moves durable together with their records; raises `Unavailable`."""
        facts: dict[str, bytes | None] = {
            f"{_FACT}{one.session}/{one.ticket}/{one.epoch:06}": codec.encode(guest) for one, guest, _ in made
        }
        await self._site.write(*(record for _, _, record in made), facts=facts)
        for one, guest, _ in made:
            self._guests.setdefault(one.session, {})[one.ticket, one.epoch] = guest


def attempt_of(stream: str) -> tuple[str, str] | None:
    """Session and ticket of an attempt stream, or None for another stream."""
    kind, _, rest = stream.partition("/")
    session, _, ticket = rest.partition("/")
    return (session, ticket) if kind == "attempt" and ledger.attempt_stream(session, ticket) == stream else None
