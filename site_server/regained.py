"""The moves between rooms that a rebuilt site regains: rooms hand back the guests they took in, with the grants.

A grant counts by the CA's signature and only where it goes on from what is known; what contradicts that is an alarm
and changes nothing. Of a session whose authorisation is not here yet they wait until it is. Until a room has linked to
this service, a rebuilt site sends nobody there: it may have done so before its loss. Tells no room anything.
"""

import logging
from collections.abc import Callable, Iterable

from shared import crypto, records, trust
from shared import documents as d
from shared import messages as m
from shared.errors import Damaged, KaodianError, WrongBinding
from shared.stays import Stays
from site_server.authorisation import Authorisations, Authorised
from site_server.moves import Move, Moves, granted
from site_server.site import Site

log = logging.getLogger(__name__)
Warn = Callable[[str, str, str], None]


class Regained:
    """What rooms said about guests at their last links; `warn(code, detail, room)` tells the site administrator."""

    def __init__(self, site: Site, held: Authorisations, moves: Moves, warn: Warn) -> None:
        self._site = site
        self._held = held
        self._moves = moves
        self._warn = warn
        self._told: dict[str, dict[bytes, m.Guest]] = {}

    def hear(self, room: str, guests: Iterable[m.Guest]) -> None:
        """A room that links says which guests it has."""
        self._told[room] = {guest.grant: guest for guest in guests}

    def heard(self, room: str) -> bool:
        """Whether every move into a room that was ever granted is known here."""
        return not self._site.restored or room in self._told

    def shows(self, room: str, document: bytes) -> bool:
        """Whether a room said that it keeps what it was told with this grant."""
        return document in self._told.get(room, {})

    async def settle(self) -> list[d.MoveGrant]:
        """Keeps what is genuine and not here; the moves that were new, in order."""
        found: list[d.MoveGrant] = []
        # Other rooms greet while one's moves are written.
        for room, guests in list(self._told.items()) if self._site.restored else ():
            made: dict[str, Stays] = {}
            moves: list[Move] = []
            for guest in guests.values():
                try:
                    moves += self._news(room, guest, made)
                except KaodianError as error:
                    log.warning("room %s hands back a move that is not proven: %s", room, error)
            if moves:
                await self._moves.keep(moves, records.TakenBack(room, 0, 0, 0, len(moves)))
                log.info("room %s hands %d moves back", room, len(moves))
                found += [one.grant for one in moves]
        return found

    def _news(self, room: str, guest: m.Guest, trial: dict[str, Stays]) -> list[Move]:
        """The moves that lead a guest to a room and are not known, as far as they go on from what is known and from
        `trial`, which goes on with them.

        Raises:
            Untrusted: a grant is not signed by this site's CA, or not for this candidate and room.
        """
        session = trust.peek(guest.grant, d.MOVE, d.MoveGrant).session
        one = self._held.sessions.get(session)
        if one is None or guest.grant in self._moves.documents(session, guest.brought.ticket):
            return []
        grants = [
            trust.move_grant(document, self._site.ca_public, one.formal) for document in (*guest.earlier, guest.grant)
        ]
        if {grant.ticket for grant in grants} != {guest.brought.ticket} or grants[-1].room != room:
            raise WrongBinding(f"a guest of room {room} with the grant of another", "other_room")
        if session not in trial:
            trial[session] = self._moves.folded(one)
        stays = trial[session]
        made: list[Move] = []
        for grant, document in zip(grants, (*guest.earlier, guest.grant), strict=True):
            if self._known(one, grant, document, stays):
                continue
            try:
                stays.move(grant)
            except Damaged as error:
                log.error("room %s hands back what contradicts the moves known here: %s", room, error)  # noqa: TRY400
                self._warn("moved_twice", f"{session} {grant.ticket} {grant.epoch}", room)
                break
            record = granted(grant, crypto.sha256(document), f"room-{room}")
            made.append(Move(grant, document, record, guest if document == guest.grant else None))
        return made

    def _known(self, one: Authorised, grant: d.MoveGrant, document: bytes, stays: Stays) -> bool:
        """Whether this very grant is kept, or came a moment before from the same room."""
        held = self._moves.document(one.id, grant.ticket, grant.epoch)
        stay = stays.holding(grant.ticket, grant.epoch)
        fresh = stay is not None and (stay.room, stay.continues) == (grant.room, grant.continues)
        return document == held or (held is None and fresh)
