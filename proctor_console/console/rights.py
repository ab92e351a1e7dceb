"""What the person at this console may do by the table of roles, and proposals in words. A courtesy: the room decides.

Pure; works on the board alone. Knows no keys and no screens.
"""

from functools import lru_cache
from typing import Final

from proctor_console.console.texts import N_, _, minutes, span, time_of_day
from proctor_console.console.violations import SCHEME
from shared import commands as c
from shared.messages import Board, ProposalRow, SeatRow
from shared.roles import DEFAULT, Action, Level, Role, RoleRules, Table
from shared.sitting import Status

ROLE_NAMES: Final[dict[Role, str]] = {
    Role.ADMINISTRATOR: N_("site administrator"),
    Role.CHIEF: N_("chief invigilator"),
    Role.DEPUTY: N_("deputy chief invigilator"),
    Role.TECHNICAL_HEAD: N_("technical head"),
    Role.PROCTOR: N_("proctor"),
    Role.TECHNICIAN: N_("technician"),
    Role.INSPECTOR: N_("inspector"),
    Role.ASSESSOR: N_("assessor"),
    Role.SUPERVISOR: N_("quality supervisor"),
    Role.AUDITOR: N_("auditor"),
}
_PLAIN: Final = {
    c.AllowLogin: (Action.ALLOW_LOGIN, N_("Allow log-in")),
    c.AllowStart: (Action.ALLOW_START, N_("Allow start")),
    c.MarkAbsent: (Action.MARK_ABSENT, N_("Register as absent")),
    c.UndoAbsence: (Action.UNDO_ABSENCE, N_("Undo absence")),
    c.UndoViolation: (Action.UNDO_VIOLATION, N_("Undo violation")),
    c.DenyResume: (Action.DENY_RESUME, N_("Deny resume")),
    c.PermitLeave: (Action.PERMIT_LEAVE, N_("Let leave")),
    c.LowerHand: (Action.LOWER_HAND, N_("Hand answered")),
    c.Reopen: (Action.REOPEN, N_("Reopen the paper handed in")),
    c.Pause: (Action.PAUSE, N_("Pause the exam")),
    c.EndEarly: (Action.END_EARLY, N_("End the exam of all early")),
    c.EndSitting: (Action.END_SITTING, N_("End exam")),
}

OPEN: Final = frozenset({Status.EXPECTED, Status.LOGGED_IN})


@lru_cache(maxsize=8)
def table(rules: RoleRules) -> Table:
    """The table of one session."""
    return Table(rules)


def role_name(role: Role) -> str:
    """A role in words."""
    return _(ROLE_NAMES.get(role, role.value))


def ever(board: Board, role: Role, *actions: Action) -> bool:
    """Whether a role may do, or propose, any of these at all."""
    found = table(board.roles)
    return not actions or any(found.ever(role, action) is not Level.NO for action in actions)


def may_unlock(role: Role) -> bool:
    """Whether a role may let a person try the PIN again."""
    return DEFAULT.ever(role, Action.RESET_PIN) is Level.DECIDE


CAUSES: Final = {
    "opening": N_("the paper opened late"),
    "outage": N_("the room was away"),
    "restarted": N_("the PC had to be restarted"),
    "moved": N_("moved to another PC"),
}
"""Why time was lost (`shared.lost`)."""


def action_of(command: c.StaffCommand, board: Board, now: int = 0) -> Action:
    """The row of the table a command will be judged by at `now`, as far as the board tells."""
    row = _row(command, board)
    match command:
        case c.RecordViolation(level=level):
            return Action.WARN if level == "warning" and row is not None and not row.warnings else Action.VOID_PAPER
        case c.ExtendTime(extra=extra):
            granted = board.extra + (row.extra if row is not None else 0)
            return Action.EXTEND_BEYOND if granted + extra > board.session.rules.makeup else Action.EXTEND_TIME
        case c.ApproveResume():
            same = row is not None and row.waiting_seat == row.seat
            return Action.RESUME_HERE if same else Action.CHANGE_SEAT
        case c.GoOn():
            most = max((one.extra for one in board.rows if one.status in OPEN), default=0)
            length = (now or board.now) - board.clock.paused if board.clock.paused else 0
            beyond = board.extra + most + length > board.session.rules.makeup
            return Action.EXTEND_BEYOND if beyond else Action.GO_ON
        case c.Compensate():
            return Action.EXTEND_TIME
        case c.DecideHeld():
            return Action.DECIDE_HELD
        case c.Confirm() | c.Decline():
            return Action.LOWER_HAND
        case _:
            return _PLAIN[type(command)][0]


def waits(command: c.StaffCommand, board: Board, role: Role, now: int = 0) -> bool:
    """Whether giving this command at `now` only proposes it."""
    if isinstance(command, c.Confirm | c.Decline):
        return False
    found, action = table(board.roles), action_of(command, board, now)
    return found.pair(action) or found.ever(role, action) is not Level.DECIDE


def may_confirm(one: ProposalRow, board: Board, name: str, role: Role) -> bool:
    """Whether this person may be the second of a proposal."""
    found, action = table(board.roles), action_of(one.command, board)
    if one.by == name:
        return False
    return found.pair_fits(action, one.role, role) if found.pair(action) else found.ever(role, action) is Level.DECIDE


def what(command: c.StaffCommand, board: Board) -> str:
    """A command in words: what it does, and to whom."""
    row = _row(command, board)
    who = f" {row.seat or row.place} {row.name} ({row.ticket})" if row is not None else ""
    match command:
        case c.RecordViolation(level=level):
            return next(_(one.name) for one in SCHEME if one.code == level) + who
        case c.ExtendTime(extra=extra):
            return _("Extra time {count} min").format(count=minutes(extra)) + (who or " " + _("for all"))
        case c.ApproveResume():
            return _("Go on at seat {seat}").format(seat=row.waiting_seat if row is not None else "-") + who
        case c.DecideHeld(tickets=tickets, accept=accept):
            text = _("Count the held answers of {count}") if accept else _("Do not count the held answers of {count}")
            return text.format(count=len(tickets))
        case c.Compensate(tickets=tickets, grant=grant):
            text = _("Give {count} candidates lost time back") if grant else _("Give {count} no lost time back")
            return text.format(count=len(tickets))
        case c.GoOn():
            return _("Go on after the pause")
        case c.Confirm() | c.Decline():
            return ""
        case _:
            return _(_PLAIN[type(command)][1]) + who


def told(one: ProposalRow, board: Board) -> str:
    """A proposal as its screen shows it: what, why, who, until when."""
    why = getattr(one.command, "reason", "") or getattr(one.command, "text", "")
    lines = [what(one.command, board)]
    if why:
        lines.append(_("Reason: {why}").format(why=why))
    if isinstance(one.command, c.DecideHeld):
        lines += _held(one.command, board)
    by = _("Proposed by {name} ({role}) at {time}, lapses at {until}")
    lines.append(
        by.format(
            name=one.by, role=role_name(one.role), time=time_of_day(one.at, True), until=time_of_day(one.lapses, True)
        )
    )
    return "\n".join(lines)


def held_line(row: SeatRow) -> str:
    """One candidate's held answers: how many, and when the PC was last heard."""
    heard = time_of_day(row.heard_at, True) if row.heard_at else "-"
    text = _("{seat:>2} {name} {ticket}: {count} records, PC last heard {time}")
    return text.format(seat=row.seat or row.place, name=row.name, ticket=row.ticket, count=row.undecided, time=heard)


def lost_line(row: SeatRow) -> str:
    """One candidate's lost time, and why."""
    text = _("{seat:>2} {name} {ticket}: {time} lost, {why}; extra time so far {extra} min")
    why = _(CAUSES.get(row.cause, row.cause))
    where = row.seat or row.place
    return text.format(
        seat=where, name=row.name, ticket=row.ticket, time=span(row.lost), why=why, extra=minutes(row.extra)
    )


def _held(command: c.DecideHeld, board: Board) -> list[str]:
    return [f"  {held_line(row)}" for row in board.rows if row.ticket in command.tickets]


def _row(command: c.StaffCommand, board: Board) -> SeatRow | None:
    ticket = getattr(command, "ticket", "")
    return next((row for row in board.rows if row.ticket == ticket), None) if ticket else None
