"""What a head of the site can ask for about candidates and rooms: that candidates go on in another room.

A request like those of `site_server.verbs`, which hands it here; the person proves name and PIN.
"""

from typing import Any

import msgspec

from shared.commands import MoveToRoom
from shared.errors import Refused
from shared.roles import DEFAULT, Level, Stage
from site_server.people import Credentials
from site_server.station import Station


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="verb", tag="move"):
    """转考场: candidates of room `origin` (those named, or all unfinished ones) go on in `room`; `head` orders it."""

    session: str
    origin: str
    room: str
    head: Credentials
    tickets: tuple[str, ...] = ()
    seat: int = 0


async def run(station: Station, verb: Move) -> dict[str, Any]:
    """Carries the request out; who may go on now, with their seats. Raises any `KaodianError` (see `Mover.order`)."""
    who = await station.rooms.people.check(verb.head)
    if DEFAULT.level(who.role, "verb:move", Stage.BEFORE) is not Level.DECIDE:
        raise Refused(f"{who.role.value} cannot move candidates", "not_your_role")
    command = MoveToRoom(verb.session, verb.origin, verb.tickets, verb.room, verb.seat)
    moved = await station.rooms.mover.order(command, who.name)
    one = station.held.get(verb.session)
    stays = station.moves.stays(one)
    seats = {ticket: station.moves.seat(one, ticket, stays.last(ticket)) for ticket in moved}
    return {"room": verb.room, "seats": seats}
