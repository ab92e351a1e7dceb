"""What an order of staff leads to in a sitting, by the rules of the exam.

`decide` takes the command as if whoever gives it may: rights, proposals and second persons are the business of
`shared.confirming`. `by` is the name that goes into the records. Pure; raises nothing; every refusal changes nothing.
"""

from shared import commands as c
from shared import limits, lost, time_orders
from shared import records as r
from shared.crypto import PublicKey
from shared.refusal import Refusal
from shared.sitting import Candidate, Sitting, Status
from shared.stays import next_block
from shared.time_orders import Decision as Decision
from shared.time_orders import said

VIOLATION_LEVELS = ("warning", "void", "disqualified")


DECIDABLE = frozenset({"old_epoch", "closed", "late"})
"""Why records are held that two people may let count; what came before the start never does."""


def decide(state: Sitting, command: c.StaffCommand, by: str, now: int, proposal: int = 0) -> Decision:
    """The records that `command` leads to at `now`, or why it is refused; `proposal` is the number two agreed on."""
    if isinstance(command, time_orders.TimeOrder):
        return time_orders.decide(state, command, by, now)
    now = state.clock(now)
    match command:
        case c.AllowLogin():
            return _allow_login(state, by, now)
        case c.AllowStart():
            return _allow_start(state, by, now)
        case c.EndSitting():
            return _end(state, by)
        case c.DecideHeld():
            return _decide_held(state, command, proposal)
        case c.Confirm() | c.Decline():
            return Refusal("not_allowed")
        case _:
            one = state.candidates.get(command.ticket)
            if one is None or one.status is Status.MOVED:
                return Refusal("unknown_ticket" if one is None else "is_moved")
            return _about(state, one, command, by, now)


def _about(state: Sitting, one: Candidate, command: c.StaffCommand, by: str, now: int) -> Decision:
    """Orders about one candidate."""
    match command:
        case c.LowerHand(ticket=ticket):
            return [r.HandRaised(ticket, False)] if one.hand_up else Refusal("already_done")
        case c.MarkAbsent():
            return _mark_absent(state, one, command, by, now)
        case c.UndoAbsence():
            return _undo_absence(one, command, by)
        case c.RecordViolation():
            return _violation(one, command, by)
        case c.UndoViolation():
            return _undo_violation(one, command, by)
        case c.Reopen():
            return _reopen(state, one, command, now)
        case c.ApproveResume() | c.DenyResume():
            return _settle_resume(state, one, command, by, now)
        case c.PermitLeave():
            return _permit_leave(state, one, command, by, now)
        case _:
            return Refusal("not_allowed")


def _allow_login(state: Sitting, by: str, now: int) -> Decision:
    if state.cancelled:
        return Refusal("is_cancelled")
    if state.login_allowed:
        return Refusal("already_done")
    if now < state.times().login_opens:
        return Refusal("too_early", at=state.times().login_opens)
    return [r.LoginAllowed(by)]


def _allow_start(state: Sitting, by: str, now: int) -> Decision:
    if state.cancelled:
        return Refusal("is_cancelled")
    if state.armed:
        return Refusal("already_done")
    if not state.login_allowed:
        return Refusal("login_first")
    if now < state.times().arm_opens:
        return Refusal("too_early", at=state.times().arm_opens)
    return [r.StartAllowed(by)]


def _end(state: Sitting, by: str) -> Decision:
    open_ = [ticket for ticket, one in state.candidates.items() if not one.done]
    if open_:
        return Refusal("unfinished", count=len(open_), ticket=open_[0])
    submitted, collected = state.count(Status.SUBMITTED), state.count(Status.COLLECTED)
    return [r.SittingEnded(submitted, collected, state.count(Status.ABSENT), state.count(Status.VOID), by)]


def _decide_held(state: Sitting, command: c.DecideHeld, proposal: int) -> Decision:
    """Of each candidate what may count and continues what counts; a range that does not is left as it is."""
    if not said(command.reason):
        return Refusal("reason_needed")
    if not 0 < len(command.tickets) <= limits.SEATS_PER_ROOM or len(set(command.tickets)) < len(command.tickets):
        return Refusal("not_allowed")
    made: list[r.SittingRecord] = []
    for ticket in command.tickets:
        one = state.candidates.get(ticket)
        if one is None or one.status not in (Status.SUBMITTED, Status.COLLECTED, Status.MOVED):
            return Refusal("not_finished" if one else "unknown_ticket", ticket=ticket)
        made += [r.HeldDecided(part, command.accept, proposal) for part in decidable(state, ticket, command.accept)]
    return made or Refusal("nothing_held")


def decidable(state: Sitting, ticket: str, accept: bool) -> list[r.Range]:
    """The held ranges of a candidate that could be decided so: to count, they leave no gap behind what counts."""
    attempt = state.attempts[ticket]
    counted = dict(attempt.counted)
    found = []
    for held in attempt.held:
        part, last = held.range, counted.get(held.range.epoch, 0)
        if held.reason not in DECIDABLE or (accept and part.first > last + 1):
            continue
        # Given time again, a candidate goes on behind what is held: that can still be decided, before what counts.
        counted[part.epoch] = max(last, part.upto)
        found.append(part)
    return found


def _mark_absent(state: Sitting, one: Candidate, command: c.MarkAbsent, by: str, now: int) -> Decision:
    if one.epoch or one.done:
        return Refusal("was_here")
    at = state.times(command.ticket).late_entry_ends
    if now < at:
        return Refusal("too_early", at=at)
    return [r.MarkedAbsent(command.ticket, by)]


def _undo_absence(one: Candidate, command: c.UndoAbsence, by: str) -> Decision:
    if one.status is not Status.ABSENT:
        return Refusal("not_absent")
    return [r.AbsenceUndone(command.ticket, command.reason, by)] if said(command.reason) else Refusal("reason_needed")


def voids(level: str, one: Candidate) -> bool:
    """Whether a violation of this level voids the paper: a second warning does (provincial scheme)."""
    return level != "warning" or one.warnings >= 1


def _violation(one: Candidate, command: c.RecordViolation, by: str) -> Decision:
    if command.level not in VIOLATION_LEVELS or len(command.text) > limits.TEXT_CHARS:
        return Refusal("not_allowed")
    if not command.text.strip():
        return Refusal("reason_needed")
    if not one.epoch:
        return Refusal("never_here")
    void = voids(command.level, one)
    return [r.ViolationRecorded(command.ticket, command.level, command.category, command.text, void, by)]


def _undo_violation(one: Candidate, command: c.UndoViolation, by: str) -> Decision:
    if not said(command.reason):
        return Refusal("reason_needed")
    return [r.ViolationUndone(command.ticket, command.reason, by)] if one.offences else Refusal("no_violation")


def _reopen(state: Sitting, one: Candidate, command: c.Reopen, now: int) -> Decision:
    if not said(command.reason):
        return Refusal("reason_needed")
    if one.status is not Status.SUBMITTED or one.left:
        return Refusal("not_handed_in" if not one.left else "has_left")
    return Refusal("over") if now >= state.times(command.ticket).end else [r.Reopened(command.ticket)]


def _settle_resume(
    state: Sitting, one: Candidate, command: c.ApproveResume | c.DenyResume, by: str, now: int
) -> Decision:
    if one.waiting is None:
        return Refusal("nothing_waiting")
    if isinstance(command, c.DenyResume):
        return [r.ResumeDenied(command.ticket, by)]
    if one.done:
        return Refusal("finished")
    taken = state.at_seat(one.waiting.seat)
    if taken is not None and taken != command.ticket:
        return Refusal("seat_taken", seat=one.waiting.seat)
    spent = exhausted(one)
    if spent is not None:
        return spent
    granted = grant(state, one, one.waiting.seat, one.waiting.device)
    lacking = lost.at_login(state, command.ticket, one.waiting.seat, False, now)
    return [granted, *lacking, r.LoggedIn(command.ticket, one.waiting.seat, one.waiting.address)]


def _permit_leave(state: Sitting, one: Candidate, command: c.PermitLeave, by: str, now: int) -> Decision:
    at = state.times(command.ticket)
    if one.status is not Status.SUBMITTED:
        return Refusal("not_handed_in")
    if one.left:
        return Refusal("already_done")
    if at.leave_closes <= now < at.end:
        return Refusal("stay_seated", at=at.end)
    return [r.LeavePermitted(command.ticket, by)]


def exhausted(one: Candidate) -> Refusal | None:
    """Whether this room has granted all the epochs it may: only another room can go on."""
    return Refusal("no_epoch_left") if one.epoch + 1 == next_block(one.first) else None


def grant(state: Sitting, one: Candidate, seat: int, device: PublicKey) -> r.AttemptGranted:
    """The next epoch of an attempt, for a device at a seat."""
    ticket = one.place.ticket
    return r.AttemptGranted(ticket, max(one.epoch + 1, one.first), seat, device, state.attempts[ticket].accepted)
