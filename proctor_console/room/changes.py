"""Changes of a session that the site hands on: checked once more with the platform's key, then put to the desk.

Believes nothing of the site but what the platform signed. What a change leads to is decided in `shared.changes`; here
is only which of them are new and concern this room.
"""

import logging

from proctor_console.room.desk import Desk
from proctor_console.room.hall import Hall
from shared import changes, crypto
from shared import commands as c
from shared import documents as d
from shared.errors import KaodianError
from shared.messages import SessionChanged
from shared.refusal import Refusal

log = logging.getLogger(__name__)


async def take(hall: Hall, message: SessionChanged) -> None:
    """Puts what is new to the desk of the session; what does not verify raises an alarm and changes nothing."""
    desk = hall.desks.get(message.session)
    if desk is None:
        log.warning("changes of session %s, which is not here", message.session)
        return
    try:
        commands = verified(hall, desk, message)
    except KaodianError:
        log.exception("changes of session %s were not taken in", message.session)
        hall.alarm("offer_refused")
        return
    for command in commands:
        outcome = await desk.ask(command)
        if isinstance(outcome, Refusal):
            log.error("a change of session %s was refused: %s", message.session, outcome.code)
            hall.alarm("change_refused")


def verified(hall: Hall, desk: Desk, message: SessionChanged) -> list[c.TakeChange | c.TakeSpare]:
    """What the documents ask of this room beyond what it has recorded; raises `Untrusted`."""
    platform, room = hall.machine.platform, hall.machine.room
    now = hall.clock.now() if hall.clock.known else None
    formal = desk.briefing.offer.formal
    found: list[c.TakeChange | c.TakeSpare] = []
    if message.spare:
        spare = platform.spare(message.spare, formal, now=now)
        if room in spare.rooms and spare.form != desk.state.spare:
            found.append(c.TakeSpare(spare.form, crypto.sha256(message.spare)))
    if message.changes:
        whole = platform.read(formal, d.FORMAL, d.FormalAuthorisation)
        named = changes.for_room(platform.changes(message.changes, whole, now=now), room)
        digest = crypto.sha256(message.changes)
        found += [c.TakeChange(number, what, digest) for number, what in named if number > desk.state.changed]
    return found
