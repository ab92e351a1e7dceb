"""Who may give an order, and what waits for a second person.

An order reaches `shared.orders` only when the role table lets this person decide it at this stage; where the table
lets them propose, or two people must agree, it becomes a `Proposed` that another entitled person confirms or declines.
A proposal lapses when the phase changes or after `limits.PROPOSAL_LAPSES`. Pure, like `shared.exam`, which calls it.
"""

from shared import commands as c
from shared import limits, orders, time_orders, timing
from shared import records as r
from shared.refusal import Refusal
from shared.roles import Action, Level, Stage
from shared.sitting import Sitting
from shared.time_orders import Decision

_ACTIONS = {
    c.AllowLogin: Action.ALLOW_LOGIN,
    c.AllowStart: Action.ALLOW_START,
    c.MarkAbsent: Action.MARK_ABSENT,
    c.UndoAbsence: Action.UNDO_ABSENCE,
    c.UndoViolation: Action.UNDO_VIOLATION,
    c.DenyResume: Action.DENY_RESUME,
    c.PermitLeave: Action.PERMIT_LEAVE,
    c.LowerHand: Action.LOWER_HAND,
    c.Reopen: Action.REOPEN,
    c.DecideHeld: Action.DECIDE_HELD,
    c.Compensate: Action.EXTEND_TIME,
    c.Pause: Action.PAUSE,
    c.EndEarly: Action.END_EARLY,
    c.EndSitting: Action.END_SITTING,
}


def action_of(state: Sitting, command: c.StaffCommand, now: int) -> Action:
    """What a command means in this sitting at `now`: the row of the role table it is judged by."""
    one = state.candidates.get(getattr(command, "ticket", ""))
    match command:
        case c.RecordViolation(level=level):
            voids = orders.voids(level, one) if one is not None else level != "warning"
            return Action.VOID_PAPER if voids else Action.WARN
        case c.ExtendTime():
            return Action.EXTEND_BEYOND if time_orders.beyond(state, command, now) else Action.EXTEND_TIME
        case c.GoOn():
            return Action.EXTEND_BEYOND if time_orders.beyond(state, command, now) else Action.GO_ON
        case c.ApproveResume():
            here = one is not None and one.waiting is not None and one.waiting.seat == one.seat
            return Action.RESUME_HERE if here else Action.CHANGE_SEAT
        case _:
            return _ACTIONS[type(command)]


def decide(state: Sitting, command: c.ByStaff, now: int) -> Decision:
    """The records of a staff command, the person's sign-in first where this is the first act of it."""
    actor = command.actor
    match command.command:
        case c.Confirm(number=number):
            made = _confirm(state, number, actor, now)
        case c.Decline(number=number):
            made = _decline(state, number, actor, now)
        case asked:
            made = _order(state, asked, actor, now)
    if isinstance(made, Refusal) or state.staff.get(actor.name) == actor:
        return made
    return [r.StaffSignedIn(actor.name, actor.role, actor.machine, actor.address), *made]


def leave(state: Sitting, actor: c.Actor) -> list[r.SittingRecord]:
    """A sign-in is over; nothing if the person never acted here, or acts from elsewhere by now."""
    return [r.StaffSignedOut(actor.name)] if state.staff.get(actor.name) == actor else []


def lapses_at(state: Sitting, one: r.Proposed) -> int:
    """When a proposal is too old, ms UTC."""
    ticket = getattr(one.command, "ticket", "")
    if state.paused is not None:
        return one.at + limits.PROPOSAL_LAPSES
    changes = timing.next_phase(one.at, state.times(ticket if ticket in state.candidates else ""))
    oldest = one.at + limits.PROPOSAL_LAPSES
    return oldest if changes is None else min(oldest, changes)


def lapsed(state: Sitting, now: int) -> list[r.SittingRecord]:
    """The proposals that nobody decided in time."""
    return [r.ProposalLapsed(number) for number, one in state.proposals.items() if now >= lapses_at(state, one)]


def _order(state: Sitting, asked: c.StaffCommand, actor: c.Actor, now: int) -> Decision:
    action = action_of(state, asked, now)
    level = state.table.ever(actor.role, action)
    if level is Level.NO:
        return Refusal("not_your_role")
    if state.ended and state.table.level(actor.role, action, Stage.ENDED) is Level.NO:
        return Refusal("sitting_ended")
    pair = state.table.pair(action)
    # The rules answer first: why it is too early says more than that it is.
    made = orders.decide(state, asked, actor.name, now, state.proposed + 1)
    if isinstance(made, Refusal):
        return made
    if state.table.level(actor.role, action, state.stage(now, getattr(asked, "ticket", ""))) is Level.NO:
        return Refusal("not_now")
    if level is Level.DECIDE and not pair:
        return _closing(state, made)
    if any(one.command == asked for one in state.proposals.values()):
        return Refusal("already_proposed")
    if len(state.proposals) >= limits.PROPOSALS_OPEN:
        return Refusal("too_many_proposals", count=limits.PROPOSALS_OPEN)
    return [r.Proposed(state.proposed + 1, asked, actor.name, actor.role, now)]


def _confirm(state: Sitting, number: int, actor: c.Actor, now: int) -> Decision:
    one = state.proposals.get(number)
    if one is None or now >= lapses_at(state, one):
        return Refusal("no_proposal")
    if one.by == actor.name:
        return Refusal("same_person")
    action = action_of(state, one.command, now)
    if not _entitled(state, action, one, actor):
        return Refusal("not_your_role")
    made = orders.decide(state, one.command, actor.name, now, number)
    if isinstance(made, Refusal):
        return made
    if state.table.level(actor.role, action, state.stage(now, getattr(one.command, "ticket", ""))) is Level.NO:
        return Refusal("not_now")
    return [r.ProposalConfirmed(number, actor.name), *made]


def _decline(state: Sitting, number: int, actor: c.Actor, now: int) -> Decision:
    one = state.proposals.get(number)
    if one is None:
        return Refusal("no_proposal")
    if one.by != actor.name and not _entitled(state, action_of(state, one.command, now), one, actor):
        return Refusal("not_your_role")
    return [r.ProposalDeclined(number, actor.name)]


def _entitled(state: Sitting, action: Action, one: r.Proposed, actor: c.Actor) -> bool:
    """Whether this person may be the second of a proposal."""
    if state.table.pair(action):
        return state.table.pair_fits(action, one.role, actor.role)
    return state.table.ever(actor.role, action) is Level.DECIDE


def _closing(state: Sitting, made: list[r.SittingRecord]) -> list[r.SittingRecord]:
    """With the end of a sitting its open proposals end."""
    if not any(isinstance(record, r.SittingEnded) for record in made):
        return made
    return [*(r.ProposalLapsed(number) for number in state.proposals), *made]
