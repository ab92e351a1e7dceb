"""The rules of a sitting: what a command leads to, decided purely.

`decide(state, command, now) -> list[record] | Refusal` changes nothing and reads no clock; `now` is trusted time,
ms UTC. The caller chains and stores the records, folds them with `shared.sitting.apply`, and only after the
durable write tells anybody. Rules follow the exam-affairs handbooks (names in `docs/formats.md`); durations are
data of the session. Orders of staff are the business of `shared.confirming` and `shared.orders`, attempt records that
arrive of `shared.receiving`.
"""

from shared import changes, confirming, lost, moves, receiving, time_orders
from shared import commands as c
from shared import records as r
from shared.orders import exhausted, grant
from shared.refusal import Refusal
from shared.sitting import Candidate, Sitting, Status
from shared.time_orders import Decision

_DONE = {
    Status.SUBMITTED: Refusal("is_submitted"),
    Status.COLLECTED: Refusal("is_collected"),
    Status.ABSENT: Refusal("is_absent"),
    Status.VOID: Refusal("is_void"),
    Status.CANCELLED: Refusal("is_cancelled"),
    Status.MOVED: Refusal("is_moved"),
}


def decide(state: Sitting, command: c.AnyCommand, now: int) -> Decision:
    """The records that `command` leads to at `now`, or why it is refused."""
    match command:
        case c.Receive():
            return receiving.decide(state, command, state.clock(now))
        case c.Tick():
            return tick(state, now)
        case c.ByStaff():
            return confirming.decide(state, command, now)
        case c.SendAway() | c.TakeGuest():
            return moves.decide(state, command, now)
        case c.StaffLeft(actor=actor):
            return confirming.leave(state, actor)
        case _:
            return Refusal("sitting_ended") if state.ended else _decide(state, command, now)


def _decide(state: Sitting, command: c.OpenCommand, now: int) -> Decision:
    """What may come until the sitting is ended."""
    match command:
        case c.TakeChange() | c.TakeSpare():
            return changes.decide(state, command, now)
        case c.NoteTime(record=record):
            return [record]
        case c.NoteOutage():
            return time_orders.note_outage(state, command)
        case _:
            one = state.candidates.get(command.ticket)
            return Refusal("unknown_ticket") if one is None else _about(state, one, command, state.clock(now))


def _about(
    state: Sitting, one: Candidate, command: c.LogIn | c.ConfirmRead | c.RaiseHand | c.SeeCorrection, now: int
) -> Decision:
    """What a candidate asks for."""
    match command:
        case c.LogIn():
            return _log_in(state, one, command, now)
        case c.ConfirmRead(ticket=ticket):
            return [] if one.read or one.done or not one.epoch else [r.ReadConfirmed(ticket)]
        case c.SeeCorrection():
            return changes.see(state, command)
        case c.RaiseHand(ticket=ticket):
            return [] if one.hand_up or one.done else [r.HandRaised(ticket, True)]


def next_instant(state: Sitting, now: int, keys: bool = True) -> int | None:
    """When time alone will next change something, or None; the desk puts a `Tick` then."""
    due = [confirming.lapses_at(state, one) for one in state.proposals.values()]
    if state.armed and state.opened_at is None and keys and not state.ended:
        due.append(state.times().opening)
    if state.opened_at is not None and not state.ended and state.paused is None:
        end = state.times().end
        due += [end - before for before in _reminders(state, now)]
        due += [state.times(t).closes for t, one in state.candidates.items() if one.status is Status.LOGGED_IN]
    return min((max(at, now) for at in due), default=None)


def tick(state: Sitting, now: int, keys: bool = True) -> list[r.SittingRecord]:
    """What the passing of time brings: opening (if the `keys` are there), reminders, automatic collection, lapses."""
    made = confirming.lapsed(state, now)
    if state.ended:
        return made
    at = state.times()
    if state.armed and state.opened_at is None and keys and now >= at.opening:
        made += [r.PaperOpened(now), *lost.at_opening(state, now)]
    if state.opened_at is not None and state.paused is None:
        made += [r.Reminded(before) for before in _reminders(state, now) if now >= at.end - before]
        for ticket, one in state.candidates.items():
            if one.status is Status.LOGGED_IN and now >= state.times(ticket).closes:
                made.append(r.Collected(ticket, state.attempts[ticket].accepted))
    return made


def _reminders(state: Sitting, now: int) -> list[int]:
    """What is still to be reminded of; an early end comes without notice, and after the end it is too late."""
    over = state.ended_early is not None or now >= state.times().end
    return [] if over else [one for one in state.session.rules.reminders if one not in state.reminded]


def _log_in(state: Sitting, one: Candidate, command: c.LogIn, now: int) -> Decision:
    refusal = _log_in_barred(state, one, command, now)
    if refusal is not None:
        return refusal
    ticket = command.ticket
    lacking = lost.at_login(state, ticket, command.seat, command.by_itself, now)
    logged_in: list[r.SittingRecord] = [*lacking, r.LoggedIn(ticket, command.seat, command.address, command.by_itself)]
    if one.epoch and command.device == one.device and command.seat == one.seat:
        if not command.behind:
            return logged_in
        return exhausted(one) or [grant(state, one, command.seat, command.device), *logged_in]
    if one.device is None and command.seat == one.place.seat and state.at_seat(command.seat) in (None, ticket):
        return [grant(state, one, command.seat, command.device), *logged_in]
    if one.waiting is not None and one.waiting.device == command.device and one.waiting.seat == command.seat:
        return []
    return [r.ResumeRequested(ticket, command.seat, command.device, command.address)]


def _log_in_barred(state: Sitting, one: Candidate, command: c.LogIn, now: int) -> Refusal | None:
    """Why this candidate may not log in here and now, or None."""
    at = state.times(command.ticket)
    seat = one.seat or one.place.seat
    if not command.id_fits:
        return Refusal("login_wrong")
    if one.done:
        return _DONE[one.status]
    if not state.login_allowed:
        return Refusal("login_closed")
    if now >= at.closes:
        return Refusal("over")
    if not one.epoch and now >= at.late_entry_ends:
        return Refusal("too_late", at=at.late_entry_ends)
    if not one.epoch and command.seat != seat and command.seat <= state.room.seats:
        return Refusal("wrong_seat", seat=seat)
    return None


def merge(made: list[r.SittingRecord]) -> list[r.SittingRecord]:
    """Joins neighbouring `Accepted` records, so that one record covers all attempts of a commit."""
    joined: list[r.SittingRecord] = []
    ranges: list[r.Range] = []
    for record in made:
        if isinstance(record, r.Accepted):
            ranges += record.ranges
        else:
            joined += _accepted(ranges)
            ranges = []
            joined.append(record)
    return joined + _accepted(ranges)


def _accepted(ranges: list[r.Range]) -> list[r.Accepted]:
    """As few records over these ranges as may be."""
    most = receiving.MOST_RANGES
    return [r.Accepted(tuple(ranges[at : at + most])) for at in range(0, len(ranges), most)]
