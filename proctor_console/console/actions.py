"""The one registry of what a proctor can do: key, name, help, when it is possible, which command it makes.

Keys, footer, help, menus and the command palette all read it. `why_not` tells in words why an action is not possible
now; it is a courtesy, the room decides. Makes commands, sends nothing.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from proctor_console.console import board as b
from proctor_console.console import rights, steps
from proctor_console.console.texts import N_, _, time_of_day
from shared import commands as c
from shared.messages import Board, SeatRow
from shared.roles import Action as Right
from shared.roles import Role
from shared.sitting import FINAL, Status


class Scene(NamedTuple):
    """What an action is judged by: the sitting, the selected candidate (if any), the sitting's clock, and who sits
    here.
    """

    board: Board
    row: SeatRow | None
    now: int
    role: Role = Role.CHIEF
    name: str = ""


WhyNot = Callable[[Scene], str]
"""Why an action is not possible, as text; empty when it is."""


class Action(NamedTuple):
    """`form` names the screen that asks for more (empty: confirm or send at once); `selected` needs a candidate;
    `does` are the rows of the role table it may mean.
    """

    id: str
    key: str
    label: str
    help: str
    why_not: WhyNot
    make: Callable[[Scene], list[c.StaffCommand]]
    selected: bool = False
    dangerous: bool = False
    form: str = ""
    does: tuple[Right, ...] = ()
    after: bool = False
    """Possible after the end of the exam, too."""


def _login(scene: Scene) -> str:
    opens = scene.board.session.start - scene.board.session.rules.login_opens_before
    if scene.board.login_allowed:
        return _("Log-in is allowed already.")
    return _("Log-in may be allowed from {time}.").format(time=time_of_day(opens)) if scene.now < opens else ""


def _start(scene: Scene) -> str:
    opens = scene.board.session.start - scene.board.session.rules.arm_opens_before
    if scene.board.armed:
        return _("The start is allowed already.")
    if not scene.board.login_allowed:
        return _("Allow log-in first (F2).")
    return _("The start may be allowed from {time}.").format(time=time_of_day(opens)) if scene.now < opens else ""


def _running(scene: Scene) -> str:
    if not scene.board.opened:
        return _("Possible after the paper has opened.")
    return _("The time is over.") if scene.now >= scene.board.clock.closes else ""


def _all_absent(scene: Scene) -> str:
    ends = scene.board.session.start + scene.board.session.rules.late_entry
    if not b.not_logged_in(scene.board):
        return _("Nobody is missing.")
    return _("Late entry is open until {time}.").format(time=time_of_day(ends)) if scene.now < ends else ""


def _end(scene: Scene) -> str:
    """Who is unfinished is told by the guided screen, so only an exam that never opened is barred here."""
    missing = len(b.unfinished(scene.board)) == len(scene.board.rows)
    return _("The paper has not opened yet.") if not scene.board.opened and missing else ""


def _anyone_waiting(scene: Scene) -> str:
    return "" if b.waiting(scene.board) else _("Nobody is waiting.")


def _absent(scene: Scene) -> str:
    if scene.row is not None and (scene.row.seat or scene.row.status != Status.EXPECTED):
        return _("This candidate was logged in or is finished.")
    ends = scene.board.session.start + scene.board.session.rules.late_entry
    return _("Late entry is open until {time}.").format(time=time_of_day(ends)) if scene.now < ends else ""


def _undo(scene: Scene) -> str:
    return "" if scene.row is not None and scene.row.status == Status.ABSENT else _("Not registered as absent.")


def _violated(scene: Scene) -> str:
    row = scene.row
    stands = row is not None and (row.warnings or row.status == Status.VOID)
    return "" if stands else _("No violation stands.")


def _reopen(scene: Scene) -> str:
    if scene.row is None or scene.row.status != Status.SUBMITTED or scene.row.left:
        return _("The paper is not handed in, or the candidate has left.")
    return _("The time is over.") if scene.now >= scene.row.end else ""


def _ending_early(scene: Scene) -> str:
    if not scene.board.opened or scene.now < scene.board.clock.start:
        return _("Possible after the paper has opened.")
    return _("The time is over.") if scene.now >= scene.board.clock.end else ""


def _pausing(scene: Scene) -> str:
    return _("The exam is paused already.") if scene.board.clock.paused else _ending_early(scene)


def _paused(scene: Scene) -> str:
    return "" if scene.board.clock.paused else _("The exam is not paused.")


def _lost(scene: Scene) -> str:
    return "" if b.lost(scene.board) else _("Nobody lost time that is undecided.")


def _lost_one(scene: Scene) -> str:
    return "" if scene.row is not None and scene.row.lost else _("No lost time of this candidate is undecided.")


def _held(scene: Scene) -> str:
    return "" if b.decidable(scene.board) else _("No held answers wait for a decision.")


def _held_one(scene: Scene) -> str:
    waits = scene.row is not None and scene.row in b.decidable(scene.board)
    return "" if waits else _("No held answers of this candidate wait for a decision.")


def _proposals(scene: Scene) -> str:
    return "" if scene.board.proposals else _("No proposal waits.")


def _violation(scene: Scene) -> str:
    return "" if scene.row is not None and scene.row.seat else _("This candidate never logged in.")


def _extra(scene: Scene) -> str:
    if scene.row is not None and scene.row.status == Status.COLLECTED:
        return ""
    done = scene.row is not None and scene.row.status in FINAL
    return _("This candidate is finished.") if done else _running(scene)


def _leave(scene: Scene) -> str:
    row = scene.row
    if row is None or row.status != Status.SUBMITTED:
        return _("The paper is not handed in.")
    if row.left:
        return _("Has left already.")
    closes = row.end - scene.board.session.rules.last_leave
    if closes <= scene.now < row.end:
        return _("In the last minutes nobody leaves; again from {time}.").format(time=time_of_day(row.end))
    return ""


def _hand(scene: Scene) -> str:
    return "" if scene.row is not None and scene.row.hand_up else _("No hand is raised.")


def _one(kind: Callable[[str], c.StaffCommand]) -> Callable[[Scene], list[c.StaffCommand]]:
    return lambda scene: [kind(scene.row.ticket)] if scene.row is not None else []


def _nothing(scene: Scene) -> list[c.StaffCommand]:
    return []


ACTIONS: Final = (
    Action("allow_login", "f2", N_("Allow log-in"), N_("From 60 minutes before the start: candidates may log in."),
           _login, lambda scene: [c.AllowLogin()], does=(Right.ALLOW_LOGIN,)),
    Action("allow_start", "f3", N_("Allow start"), N_("From 40 minutes before: the paper then opens by itself "
                                                      "on time."),
           _start, lambda scene: [c.AllowStart()], dangerous=True, does=(Right.ALLOW_START,)),
    Action("resume", "f4", N_("Decide resume"), N_("A candidate asks to go on at another PC: approve or deny."),
           _anyone_waiting, _nothing, form="resume", does=(Right.RESUME_HERE, Right.CHANGE_SEAT)),
    Action("proposals", "p", N_("Proposals"), N_("What waits for a second person: confirm, decline or take back."),
           _proposals, _nothing, form="proposals", after=True),
    Action("extend_all", "f6", N_("Extra time, all"), N_("Adds minutes to everybody's end, with a reason."),
           _running, _nothing, form="extend_all", does=(Right.EXTEND_TIME, Right.EXTEND_BEYOND)),
    Action("lost", "g", N_("Lost time"), N_("Time that candidates could not use, after an outage or at a new PC: "
                                             "give it back or not, all at once."),
           _lost, _nothing, form="lost", does=(Right.EXTEND_TIME,)),
    Action("all_absent", "f7", N_("Mark absences"), N_("Registers everybody who never logged in as absent, after "
                                                  "late entry closed."),
           _all_absent, lambda scene: [c.MarkAbsent(row.ticket) for row in b.not_logged_in(scene.board)],
           dangerous=True, does=(Right.MARK_ABSENT,)),
    Action("end", "f8", N_("End exam"), N_("When everybody is finished: closes the sitting for good."),
           _end, lambda scene: [c.EndSitting()], dangerous=True, form="end", does=(Right.END_SITTING,)),
    Action("held", "d", N_("Held answers"), N_("What came too late or from an old PC: two people let it count or not."),
           _held, _nothing, form="held", does=(Right.DECIDE_HELD,), after=True),
    Action("pause", "s", N_("Pause"), N_("Stops the clock of everybody and covers the papers; nobody loses time."),
           _pausing, _nothing, dangerous=True, form="pause", does=(Right.PAUSE,)),
    Action("go_on", "r", N_("Go on"), N_("Ends the pause: the papers come back, every end moves by the pause."),
           _paused, _nothing, form="go_on", does=(Right.GO_ON, Right.EXTEND_BEYOND)),
    Action("end_early", "e", N_("End early"), N_("Ends the exam of everybody now and collects the papers; two people "
                                                 "must agree."),
           _ending_early, _nothing, dangerous=True, form="end_early", does=(Right.END_EARLY,)),
    Action("lower_hand", "h", N_("Hand answered"), N_("The candidate's call was answered."),
           _hand, _one(c.LowerHand), selected=True, does=(Right.LOWER_HAND,)),
    Action("leave", "l", N_("Let leave"), N_("The candidate handed in and may leave the room."),
           _leave, _one(c.PermitLeave), selected=True, dangerous=True, does=(Right.PERMIT_LEAVE,)),
    Action("extend", "x", N_("Extra time"), N_("Adds minutes to this candidate's end, with a reason."),
           _extra, _nothing, selected=True, form="extend", does=(Right.EXTEND_TIME, Right.EXTEND_BEYOND)),
    Action("lost_one", "w", N_("Give lost time"), N_("Gives this candidate the lost time back, or settles it without."),
           _lost_one, _nothing, selected=True, form="lost_one", does=(Right.EXTEND_TIME,)),
    Action("held_one", "j", N_("Count or not"), N_("Lets this candidate's late answers count or not; two people "
                                                          "must agree."),
           _held_one, _nothing, selected=True, form="held_one", does=(Right.DECIDE_HELD,), after=True),
    Action("violation", "v", N_("Violation"), N_("Records a violation with level, category and text."),
           _violation, _nothing, selected=True, dangerous=True, form="violation", does=(Right.WARN, Right.VOID_PAPER)),
    Action("undo_violation", "z", N_("Undo violation"), N_("Takes the newest violation back; two people must agree."),
           _violated, _nothing, selected=True, form="undo_violation", does=(Right.UNDO_VIOLATION,)),
    Action("reopen", "o", N_("Reopen paper"), N_("Lets a candidate who handed in go on until the own end; two people "
                                                 "must agree."),
           _reopen, _nothing, selected=True, form="reopen", does=(Right.REOPEN,)),
    Action("absent", "a", N_("Absent"), N_("Registers this candidate as absent, after late entry closed."),
           _absent, _one(c.MarkAbsent), selected=True, dangerous=True, does=(Right.MARK_ABSENT,)),
    Action("undo_absent", "u", N_("Undo absence"), N_("Takes an absence back."),
           _undo, _nothing, selected=True, form="undo_absent", does=(Right.UNDO_ABSENCE,)),
)  # fmt: skip
BY_ID: Final = {action.id: action for action in ACTIONS}


def why_not(action: Action, scene: Scene) -> str:
    """Why the action is not possible now, as text; empty when it is."""
    if scene.board.ended and not action.after:
        return _("The exam is ended.")
    if not rights.ever(scene.board, scene.role, *action.does):
        return _("Not for your role ({role}).").format(role=rights.role_name(scene.role))
    if action.selected and scene.row is None:
        return _("Select a candidate first (arrow keys or mouse).")
    return action.why_not(scene)


def possible(scene: Scene, selected: bool) -> tuple[Action, ...]:
    """The actions that are possible now, about the selected candidate or about the sitting."""
    return tuple(action for action in ACTIONS if action.selected is selected and not why_not(action, scene))


def question(action: Action, scene: Scene) -> str:
    """What the confirm modal asks: the action, whom it concerns, what it leads to."""
    who = f"{b.stands_at(scene.row)} {scene.row.name} ({scene.row.ticket})" if action.selected and scene.row else ""
    lines = [_(action.help)]
    if who:
        lines.insert(0, _("Seat {who}").format(who=who))
    if action.id in ("undo_violation", "reopen", "end_early"):
        lines.append(_("It is proposed and done once another entitled person confirms (key p)."))
    if action.id == "all_absent":
        missing = b.not_logged_in(scene.board)
        lines += [_("{count} candidates:").format(count=len(missing))]
        lines += [f"  {b.stands_at(row):>2} {row.name} {row.ticket}" for row in missing]
    if action.id == "end":
        lines.append(_totals(scene.board))
    if action.id == "allow_start":
        lines.append("  ".join(steps.countdown(scene.board, scene.now)))
        lines.append(_("Not logged in: {count}").format(count=len(b.not_logged_in(scene.board))))
    return "\n".join(lines)


def _totals(board: Board) -> str:
    """The last look before the sitting is closed: what the record sheet will say."""
    counts = b.counts(board)
    return _("Expected {expected}: handed in {submitted}, collected {collected}, absent {absent}, void {void}").format(
        expected=counts.expected,
        submitted=counts.submitted,
        collected=counts.collected,
        absent=counts.absent,
        void=sum(row.status == Status.VOID for row in board.rows),
    )
