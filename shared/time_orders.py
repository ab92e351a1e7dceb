"""What orders about a sitting's time lead to: extra time, made-up lost time, pause, an early end, and outages noted.

As in `shared.orders`, which calls it, rights and second persons are the business of `shared.confirming`. Pure; every
refusal changes nothing.
"""

from shared import commands as c
from shared import limits, lost
from shared import records as r
from shared.refusal import Refusal
from shared.sitting import FINAL, Sitting, Status

Decision = list[r.SittingRecord] | Refusal
TimeOrder = c.ExtendTime | c.Compensate | c.Pause | c.GoOn | c.EndEarly
OPEN_AGAIN = frozenset({Status.LOGGED_IN, Status.EXPECTED, Status.COLLECTED})
"""Who can be given time: whoever is not finished but by the end of it."""


def decide(state: Sitting, command: TimeOrder, by: str, now: int) -> Decision:
    """The records that `command` leads to at `now`, or why it is refused."""
    if not said(command.reason):
        return Refusal("reason_needed")
    clock = state.clock(now)
    match command:
        case c.ExtendTime():
            return _extend(state, command, by, clock)
        case c.Compensate():
            return _compensate(state, command, by, clock)
        case c.Pause():
            return _pause(state, command, by, now)
        case c.GoOn():
            return _go_on(state, command, by, now)
        case c.EndEarly():
            return _end_early(state, command, by, now)


def beyond(state: Sitting, command: c.ExtendTime | c.GoOn, now: int) -> bool:
    """Whether this would be more than the rule lets one person give."""
    if isinstance(command, c.GoOn):
        most = max((one.extra for one in state.candidates.values() if one.status not in FINAL), default=0)
        return state.extra + most + now - state.clock(now) > state.session.rules.makeup
    one = state.candidates.get(command.ticket)
    return state.extra + (one.extra if one else 0) + command.extra > state.session.rules.makeup


def _extend(state: Sitting, command: c.ExtendTime, by: str, now: int) -> Decision:
    """Extra time; whoever was collected meanwhile and has time again goes on."""
    more = beyond(state, command, now)
    one = state.candidates.get(command.ticket)
    if command.ticket and one is None:
        return Refusal("unknown_ticket")
    given = state.beyond + (one.beyond if one else 0) + command.extra if more else command.extra
    if command.extra <= 0 or given > limits.EXTRA_MOST:
        return Refusal("over_makeup", at=limits.EXTRA_MOST)
    if state.opened_at is None and now < state.times().start:
        return Refusal("not_open")
    if state.ended_early is not None:
        return Refusal("over")
    if one is not None and one.status not in OPEN_AGAIN:
        return Refusal("finished")
    record = r.TimeExtended(command.ticket, command.extra, more, command.reason, by)
    tickets = [command.ticket] if command.ticket else list(state.candidates)
    again = [
        t for t in tickets if state.candidates[t].status is Status.COLLECTED and _end_after(state, t, record) > now
    ]
    running = state.opened_at is None or now < state.times(command.ticket).closes
    if not (again if one is not None and one.status is Status.COLLECTED else again or running):
        return Refusal("over")
    return [record, *(r.Reopened(ticket) for ticket in again)]


def _end_after(state: Sitting, ticket: str, record: r.TimeExtended) -> int:
    """The candidate's end with this much more."""
    one, before = state.candidates[ticket], state.times(ticket).end
    if record.beyond:
        return before + record.extra
    had = min(state.extra + one.extra, state.session.rules.makeup)
    return before - had + min(state.extra + one.extra + record.extra, state.session.rules.makeup)


def _compensate(state: Sitting, command: c.Compensate, by: str, now: int) -> Decision:
    """Settles what each candidate lost: given back as far as the rule goes, from now on where the time was over."""
    if not 0 < len(command.tickets) <= limits.SEATS_PER_ROOM or len(set(command.tickets)) < len(command.tickets):
        return Refusal("not_allowed")
    if state.ended_early is not None:
        return Refusal("over")
    made: list[r.SittingRecord] = []
    full = False
    for ticket in command.tickets:
        if ticket not in state.candidates:
            return Refusal("unknown_ticket", ticket=ticket)
        owed = lost.due(state, ticket, now)
        if not owed:
            continue
        given = _made_up(state, ticket, owed, command, by, now) if command.grant else []
        full = full or (command.grant and not given)
        made += given or ([] if command.grant else [r.TimeExtended(ticket, 0, False, command.reason, by, owed)])
    return made or Refusal("makeup_used" if full else "nothing_lost")


def _made_up(state: Sitting, ticket: str, owed: int, command: c.Compensate, by: str, now: int) -> list[r.SittingRecord]:
    """The extension that gives `owed` back, or as much of it as the rule has left; none where that is nothing."""
    one = state.candidates[ticket]
    over = max(0, now - state.times(ticket).end)
    extra = min(owed + over, state.session.rules.makeup - state.extra - one.extra)
    if extra <= over:
        return []
    again: list[r.SittingRecord] = [r.Reopened(ticket)] if one.status is Status.COLLECTED else []
    return [r.TimeExtended(ticket, extra, False, command.reason, by, extra - over, over), *again]


def _pause(state: Sitting, command: c.Pause, by: str, now: int) -> Decision:
    """Every clock stands from now on."""
    if state.paused is not None:
        return Refusal("already_done")
    if state.opened_at is None or now < state.times().start:
        return Refusal("not_open")
    if now >= state.times().end:
        return Refusal("over")
    return [r.Paused(now, command.reason, by)]


def _go_on(state: Sitting, command: c.GoOn, by: str, now: int) -> Decision:
    """The clocks run again; the end moves by the pause, all of it."""
    if state.paused is None:
        return Refusal("not_paused")
    return [r.WentOn(now, beyond(state, command, now), command.reason, by)]


def _end_early(state: Sitting, command: c.EndEarly, by: str, now: int) -> Decision:
    """The end moves to now, a pause is over with it; what follows is that of any end, `grace` included."""
    if state.opened_at is None:
        return Refusal("not_open")
    if state.clock(now) >= state.times().end:
        return Refusal("over")
    made: list[r.SittingRecord] = [r.EndedEarly(now, command.reason, by)]
    if state.paused is not None:
        made.insert(0, r.WentOn(now, beyond(state, c.GoOn(command.reason), now), command.reason, by))
    return made


def note_outage(state: Sitting, command: c.NoteOutage) -> list[r.SittingRecord]:
    """An outage stands in the record where it touched time that matters: from the opening of an armed sitting on."""
    matters = state.armed and not state.ended and command.until > max(command.since, state.times().opening)
    return [r.Outage(command.since, command.until)] if matters else []


def said(reason: str) -> bool:
    """Whether that is a reason."""
    return bool(reason.strip()) and len(reason) <= limits.TEXT_CHARS
