"""A session as this room holds it: the trusted formal authorisation, its data keys, the roster and the sitting's grant.

`trusted` turns what the site offered (or what was kept of it) into a `Briefing`, checked in the order of
`shared.trust` and against this room. Keeps nothing itself and never sees a paper key.
"""

import msgspec

from proctor_console.room.machine import Machine
from shared import codec, crypto, limits, trust
from shared import documents as d
from shared.errors import Malformed, WrongBinding
from shared.io.witnesses import OFFERS
from shared.ledger import sitting_stream
from shared.messages import PaperRef, SessionOffer
from shared.model import Person, Place, Room, Session
from shared.roles import Table

GUESTS = "guest/"
"""Facts of guests as the site told them; encoded `messages.Guest`."""


class Briefing(msgspec.Struct, frozen=True):
    """Everything a desk needs to know before the first record. `papers` are by form."""

    offer: SessionOffer
    version: int
    session: Session
    room: Room
    places: tuple[Place, ...]
    people: dict[str, Person]
    papers: dict[str, PaperRef]
    items: int
    epoch: int
    dongle: crypto.PublicKey
    """Signs the grants of the site's own stream."""
    table: Table

    @property
    def session_key(self) -> bytes:
        """The session's data key: ID numbers and attempt streams."""
        return self.offer.session_key

    @property
    def forms(self) -> frozenset[str]:
        """The forms that candidates of this room need."""
        return frozenset(place.form for place in self.places)


def trusted(offer: SessionOffer, machine: Machine, known: int = 0, now: int | None = None) -> Briefing:
    """The briefing of an offered session; `known` is the version held already, `now` trusted time where it exists.

    The dongle is taken as the document states it: only the site holds the dongle and has compared it.

    Raises:
        Untrusted: any check failed; nothing is kept.
    """
    site = machine.site_file
    claimed = machine.platform.read(offer.formal, d.FORMAL, d.FormalAuthorisation)
    formal = machine.platform.formal(offer.formal, site.site, claimed.dongle, site.ca_certificate, known, now)
    session = formal.session.id
    if not session or "/" in session:
        raise Malformed("a session id must not be empty or hold a slash")
    room = next((room for room in formal.rooms if room.id == machine.room), None)
    if room is None:
        raise WrongBinding(f"session {session} has no sitting in room {machine.room!r}", "other_room")
    grant = trust.grant(offer.grant, machine.ca_key, sitting_stream(session, room.id))
    trust.check_signer(grant.key, machine.signer.public, "the sitting's grant")
    if len(offer.session_key) != crypto.KEY_BYTES or len(offer.sitting_key) != crypto.KEY_BYTES:
        raise Malformed("a data key has the wrong length")
    if set(offer.papers) != set(formal.papers):
        raise WrongBinding("offered papers and formal authorisation do not belong together", "mixed_parts")
    places = tuple(place for place in formal.places if place.room == room.id)
    people = {one.ticket: one for one in trust.open_roster(formal, offer.session_key)}
    papers = {paper.form: paper for paper in formal.papers}
    if not {place.form for place in places} <= set(papers):
        raise Malformed("a place names a form without a paper")
    return Briefing(
        offer, formal.version, formal.session, room, places, people, papers, formal.items, grant.epoch,
        formal.dongle.sign,
        Table(formal.roles),
    )  # fmt: skip


def kept_offer(session: str) -> str:
    """Name of the store fact that keeps a session's offer."""
    return f"{OFFERS}{session}"


def read_offer(data: bytes) -> SessionOffer:
    """A kept offer; raises `Malformed`."""
    return codec.decode(SessionOffer, data, limits.OFFER_BYTES)


def guest_fact(session: str, ticket: str, epoch: int) -> str:
    """Name of the store fact that keeps what the site told of a guest."""
    return f"{GUESTS}{session}/{ticket}/{epoch:06}"
