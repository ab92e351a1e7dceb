"""转考场: what a room makes of the site's word that a candidate goes on in another room, or comes from one.

Pure rules for one sitting. The room a candidate leaves closes the attempt at the last accepted point; what its PC
still sends is held. The room a candidate comes to goes on from there. Orders are given and documents signed at the
site; signatures are checked before anything comes here.
"""

import msgspec

from shared import commands as c
from shared import lost
from shared import records as r
from shared.refusal import Refusal
from shared.sitting import Sitting, Status

Decision = list[r.SittingRecord] | Refusal


def decide(state: Sitting, command: c.SendAway | c.TakeGuest, now: int) -> Decision:
    """The records that a move leads to here, nothing where it is known already, or why it is refused."""
    return _send_away(state, command) if isinstance(command, c.SendAway) else _take_guest(state, command, now)


def _send_away(state: Sitting, command: c.SendAway) -> Decision:
    """What the site has granted already cannot be refused any more: another room goes on with the attempt."""
    one = state.candidates.get(command.ticket)
    if one is None or one.first < command.epoch:  # not here, or not as the guest that the site speaks of
        return Refusal("unknown_ticket", ticket=command.ticket)
    if one.first > command.epoch or one.status is Status.MOVED:
        return []
    if not command.granted and (one.done or state.ended):
        return Refusal("finished", ticket=command.ticket)
    point = state.attempts[command.ticket].accepted
    return [r.MovedAway(command.ticket, command.epoch, command.room, command.seat, point, command.by)]


def _take_guest(state: Sitting, command: c.TakeGuest, now: int) -> Decision:
    """The sitting is opened as far as it was where the candidate comes from: whoever ordered the move may do that."""
    arrived, one = command.arrived, state.candidates.get(command.arrived.ticket)
    if one is not None and one.first >= arrived.epoch:
        return []
    if one is not None and one.status is not Status.MOVED:
        return Refusal("not_moved_away", ticket=arrived.ticket)
    if state.cancelled or state.ended or state.ended_early is not None:
        return Refusal("is_cancelled" if state.cancelled else "sitting_ended")
    made: list[r.SittingRecord] = []
    if command.login_allowed and not state.login_allowed:
        made.append(r.LoginAllowed(command.by))
    if command.armed and not state.armed:
        made.append(r.StartAllowed(command.by))
    return [*made, arrived, _brought(state, command, now)]


def _brought(state: Sitting, command: c.TakeGuest, now: int) -> r.GuestBrought:
    """What a guest brings, as it counts here. A pause here will be given to everybody in all its length: what passed of
    it before is taken off. What a pause elsewhere is beyond the rule is lost until two people give it.
    """
    brought, makeup = command.brought, state.session.rules.makeup
    extra = brought.extra - (now - state.clock(now))
    more = max(0, extra - makeup)
    # Only the pause that the move ended can be beyond the rule; it is the last one.
    last = tuple((since, max(since, until - more)) for since, until in brought.over[-1:])
    return msgspec.structs.replace(
        brought,
        extra=extra - more,
        losses=(*brought.losses, *lost.on_coming(state, brought, command.history, now)),
        over=(*brought.over[:-1], *last),
    )
