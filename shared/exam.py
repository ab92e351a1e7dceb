"""The rules of a sitting: what a command leads to, decided purely.

`decide(state, command, now) -> list[record] | Refusal` changes nothing and reads no clock; `now` is trusted time,
ms UTC. The caller chains and stores the records, folds them with `shared.sitting.apply`, and only after the
durable write tells anybody. Rules follow the exam-affairs handbooks (names in `docs/formats.md`); durations are
data of the session. Receiving of attempt records has its own module, `shared.receiving`.
"""

import msgspec

from shared import changes, limits, receiving
from shared import commands as c
from shared import records as r
from shared.crypto import PublicKey
from shared.refusal import Refusal
from shared.sitting import Candidate, Sitting, Status

Decision = list[r.SittingRecord] | Refusal

_DONE = {
    Status.SUBMITTED: Refusal("is_submitted"),
    Status.COLLECTED: Refusal("is_collected"),
    Status.ABSENT: Refusal("is_absent"),
    Status.VOID: Refusal("is_void"),
    Status.CANCELLED: Refusal("is_cancelled"),
}

VIOLATION_LEVELS = ("warning", "void", "disqualified")


def decide(state: Sitting, command: c.AnyCommand, now: int) -> Decision:
    """The records that `command` leads to at `now`, or why it is refused."""
    match command:
        case c.Receive():
            return receiving.decide(state, command, now)
        case c.Tick():
            return tick(state, now)
        case _:
            return Refusal("sitting_ended") if state.ended else _decide(state, command, now)


def _decide(state: Sitting, command: c.OpenCommand, now: int) -> Decision:
    """What may come until the sitting is ended."""
    match command:
        case c.TakeChange() | c.TakeSpare():
            return changes.decide(state, command, now)
        case c.AllowLogin():
            return _allow_login(state, command, now)
        case c.AllowStart():
            return _allow_start(state, command, now)
        case c.EndSitting():
            return _end(state, command)
        case c.ExtendTime(ticket=""):
            return _extend(state, command, now, state.extra)
        case c.NoteTime(record=record):
            return [record]
        case _:
            one = state.candidates.get(command.ticket)
            if one is None:
                return Refusal("unknown_ticket")
            return _about(state, one, command, now)


def next_instant(state: Sitting, now: int) -> int | None:
    """When time alone will next change something, or None; the desk puts a `Tick` then."""
    due = []
    if state.armed and state.opened_at is None:
        due.append(state.times().opening)
    if state.opened_at is not None and not state.ended:
        end = state.times().end
        due += [end - before for before in state.session.rules.reminders if before not in state.reminded]
        due += [state.times(t).closes for t, one in state.candidates.items() if one.status is Status.LOGGED_IN]
    return min((max(at, now) for at in due), default=None)


def tick(state: Sitting, now: int) -> list[r.SittingRecord]:
    """What the passing of time brings: opening, reminders, automatic collection."""
    made: list[r.SittingRecord] = []
    if state.ended:
        return made
    at = state.times()
    if state.armed and state.opened_at is None and now >= at.opening:
        made.append(r.PaperOpened(now))
    if state.opened_at is not None:
        for before in state.session.rules.reminders:
            if before not in state.reminded and now >= at.end - before:
                made.append(r.Reminded(before))
        for ticket, one in state.candidates.items():
            if one.status is Status.LOGGED_IN and now >= state.times(ticket).closes:
                made.append(r.Collected(ticket, state.attempts[ticket].accepted))
    return made


def _allow_login(state: Sitting, command: c.AllowLogin, now: int) -> Decision:
    if state.cancelled:
        return Refusal("is_cancelled")
    if state.login_allowed:
        return Refusal("already_done")
    if now < state.times().login_opens:
        return Refusal("too_early", at=state.times().login_opens)
    return [r.LoginAllowed(command.by)]


def _allow_start(state: Sitting, command: c.AllowStart, now: int) -> Decision:
    if state.cancelled:
        return Refusal("is_cancelled")
    if state.armed:
        return Refusal("already_done")
    if not state.login_allowed:
        return Refusal("login_first")
    if now < state.times().arm_opens:
        return Refusal("too_early", at=state.times().arm_opens)
    return [r.StartAllowed(command.by)]


def _end(state: Sitting, command: c.EndSitting) -> Decision:
    open_ = [ticket for ticket, one in state.candidates.items() if not one.done]
    if open_:
        return Refusal("unfinished", count=len(open_), ticket=open_[0])
    submitted, collected = state.count(Status.SUBMITTED), state.count(Status.COLLECTED)
    return [r.SittingEnded(submitted, collected, state.count(Status.ABSENT), state.count(Status.VOID), command.by)]


def _extend(state: Sitting, command: c.ExtendTime, now: int, granted: int) -> Decision:
    if not command.reason.strip() or len(command.reason) > limits.TEXT_CHARS:
        return Refusal("reason_needed")
    if command.extra <= 0 or granted + command.extra > state.session.rules.makeup:
        return Refusal("over_makeup", at=state.session.rules.makeup)
    if state.opened_at is None and now < state.times().start:
        return Refusal("not_open")
    if state.opened_at is not None and now >= state.times(command.ticket).closes:
        return Refusal("over")
    return [r.TimeExtended(command.ticket, command.extra, command.reason, command.by)]


def _about(  # noqa: C901  # one line a command
    state: Sitting, one: Candidate, command: c.StaffCommand | c.CandidateCommand, now: int
) -> Decision:
    """Commands about one candidate."""
    match command:
        case c.LogIn():
            return _log_in(state, one, command, now)
        case c.ConfirmRead(ticket=ticket):
            return [] if one.read or one.done or not one.epoch else [r.ReadConfirmed(ticket)]
        case c.SeeCorrection():
            return changes.see(state, command)
        case c.RaiseHand(ticket=ticket):
            return [] if one.hand_up or one.done else [r.HandRaised(ticket, True)]
        case c.LowerHand(ticket=ticket):
            return [r.HandRaised(ticket, False)] if one.hand_up else Refusal("already_done")
        case c.MarkAbsent():
            return _mark_absent(state, one, command, now)
        case c.UndoAbsence(ticket=ticket, by=by):
            return [r.AbsenceUndone(ticket, by)] if one.status is Status.ABSENT else Refusal("not_absent")
        case c.RecordViolation():
            return _violation(one, command)
        case c.ExtendTime(ticket=ticket):
            return Refusal("finished") if one.done else _extend(state, command, now, state.extra + one.extra)
        case c.ApproveResume() | c.DenyResume():
            return _settle_resume(state, one, command)
        case c.PermitLeave():
            return _permit_leave(state, one, command, now)
        case _:
            return Refusal("not_allowed")


def _log_in(state: Sitting, one: Candidate, command: c.LogIn, now: int) -> Decision:
    refusal = _log_in_barred(state, one, command, now)
    if refusal is not None:
        return refusal
    ticket = command.ticket
    logged_in = r.LoggedIn(ticket, command.seat, command.address)
    spare = command.seat > state.room.seats
    if one.epoch and command.device == one.device and command.seat == one.seat:
        if not command.behind:
            return [logged_in]
        return [_grant(state, one, command.seat, command.device), logged_in]
    if not one.epoch and not spare:
        return [_grant(state, one, command.seat, command.device), logged_in]
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


def _grant(state: Sitting, one: Candidate, seat: int, device: PublicKey) -> r.AttemptGranted:
    ticket = one.place.ticket
    return r.AttemptGranted(ticket, one.epoch + 1, seat, device, state.attempts[ticket].accepted)


def _mark_absent(state: Sitting, one: Candidate, command: c.MarkAbsent, now: int) -> Decision:
    if one.epoch or one.done:
        return Refusal("was_here")
    at = state.times(command.ticket).late_entry_ends
    if now < at:
        return Refusal("too_early", at=at)
    return [r.MarkedAbsent(command.ticket, command.by)]


def _violation(one: Candidate, command: c.RecordViolation) -> Decision:
    """A second warning voids the paper (provincial scheme)."""
    if command.level not in VIOLATION_LEVELS or len(command.text) > limits.TEXT_CHARS:
        return Refusal("not_allowed")
    if not command.text.strip():
        return Refusal("reason_needed")
    if not one.epoch:
        return Refusal("never_here")
    voids = command.level != "warning" or one.warnings >= 1
    return [r.ViolationRecorded(command.ticket, command.level, command.category, command.text, voids, command.by)]


def _settle_resume(state: Sitting, one: Candidate, command: c.ApproveResume | c.DenyResume) -> Decision:
    if one.waiting is None:
        return Refusal("nothing_waiting")
    if isinstance(command, c.DenyResume):
        return [r.ResumeDenied(command.ticket, command.by)]
    if one.done:
        return Refusal("finished")
    taken = state.at_seat(one.waiting.seat)
    if taken is not None and taken != command.ticket:
        return Refusal("seat_taken", seat=one.waiting.seat)
    granted = _grant(state, one, one.waiting.seat, one.waiting.device)
    return [granted, r.LoggedIn(command.ticket, one.waiting.seat, one.waiting.address)]


def _permit_leave(state: Sitting, one: Candidate, command: c.PermitLeave, now: int) -> Decision:
    at = state.times(command.ticket)
    if one.status is not Status.SUBMITTED:
        return Refusal("not_handed_in")
    if one.left:
        return Refusal("already_done")
    if at.leave_closes <= now < at.end:
        return Refusal("stay_seated", at=at.end)
    return [r.LeavePermitted(command.ticket, command.by)]


def merge(made: list[r.SittingRecord]) -> list[r.SittingRecord]:
    """Joins neighbouring `Accepted` records, so that one record covers all attempts of a commit."""
    joined: list[r.SittingRecord] = []
    for record in made:
        last = joined[-1] if joined else None
        if isinstance(record, r.Accepted) and isinstance(last, r.Accepted) and len(last.ranges) < receiving.MOST_RANGES:
            joined[-1] = msgspec.structs.replace(last, ranges=last.ranges + record.ranges)
        else:
            joined.append(record)
    return joined
