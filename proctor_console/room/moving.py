"""Candidates who leave for another room or come from one, on the site's word: checked, completed, put to the desk.

A guest is taken only with a grant signed by the site's CA and with every record that the attempt goes on from, chained
up to the point that the grant names. What it leads to is decided in `shared.moves`.
"""

import logging
from collections.abc import Awaitable, Callable

from proctor_console.room import history
from proctor_console.room.briefing import guest_fact
from proctor_console.room.desk import Desk
from proctor_console.room.hall import Hall
from shared import codec, crypto, ledger, trust
from shared import commands as c
from shared import documents as d
from shared import messages as m
from shared import records as r
from shared.errors import KaodianError, WrongBinding
from shared.io.store import Batch
from shared.refusal import Refusal

log = logging.getLogger(__name__)


async def send_away(hall: Hall, send: Callable[[m.Message], Awaitable[None]], asked: m.MoveOut) -> None:
    """Closes an attempt here, so that another room can go on with it, and answers the site."""
    desk = hall.desks.get(asked.session)
    command = c.SendAway(asked.ticket, asked.epoch, asked.room, asked.seat, asked.by, asked.granted)
    outcome = await desk.ask(command) if desk is not None else Refusal("unknown_session")
    if asked.id:
        await send(m.MovedOut(asked.id, outcome if isinstance(outcome, Refusal) else None))


async def take_guest(hall: Hall, source: history.Source, guest: m.Guest) -> None:
    """Takes a candidate of another room in; what does not verify or fit raises an alarm and changes nothing."""
    ticket = guest.brought.ticket
    try:
        desk, grant = _verified(hall, guest)
        known = desk.state.candidates.get(ticket)
        if known is not None and known.first >= grant.epoch:
            await _keep(hall, guest, grant)
            return
        arrived = r.GuestArrived(
            ticket, grant.origin, grant.seat, grant.epoch, grant.continues, crypto.sha256(guest.grant)
        )
        stream = ledger.attempt_stream(grant.session, ticket)
        past = await history.story(source, stream, grant.continues)
        outcome = await desk.ask(
            c.TakeGuest(codec.encode(guest), arrived, guest.brought, past, guest.login_allowed, guest.armed, guest.by)
        )
        code = outcome.code if isinstance(outcome, Refusal) else ""
    except KaodianError as error:
        if error.wire_code in ("disk_failed", "link_cut", "no_link"):
            raise
        log.exception("a guest was not taken in")
        code = error.wire_code
    if code:
        hall.odd("guest_refused", 0, f"{ticket[:40]} {code}")


async def _keep(hall: Hall, guest: m.Guest, grant: d.MoveGrant) -> None:
    """A machine that took another's place has the guest from the site's copy, but not what the site told of it."""
    name = guest_fact(grant.session, grant.ticket, grant.epoch)
    if hall.store.fact(name) is None:
        await hall.store.commit(Batch(facts={name: codec.encode(guest)}))


def _verified(hall: Hall, guest: m.Guest) -> tuple[Desk, d.MoveGrant]:
    """The desk a guest comes to, and the grant; raises `Untrusted`."""
    claimed = trust.peek(guest.grant, d.MOVE, d.MoveGrant)
    desk = hall.desks.get(claimed.session)
    if desk is None:
        raise WrongBinding(f"a guest of session {claimed.session!r}, which is not here", "unknown_session")
    formal = trust.peek(desk.briefing.offer.formal, d.FORMAL, d.FormalAuthorisation)
    grant = trust.move_grant(guest.grant, hall.machine.ca_key, formal)
    if grant.room != hall.machine.room or grant.ticket != guest.brought.ticket:
        raise WrongBinding(f"a guest for room {grant.room!r}", "other_room")
    if grant.ticket not in desk.briefing.people or guest.brought.form not in desk.briefing.papers:
        raise WrongBinding(f"nothing is known here of {grant.ticket!r}", "unknown_ticket")
    return desk, grant
