"""What must be asked before an action's commands are given: confirm, fill a form, decide a resume, end guided."""

from collections.abc import Callable
from typing import Final

from textual.app import App

from proctor_console.console import board as b
from proctor_console.console import rights
from proctor_console.console.actions import Action, Scene
from proctor_console.console.screens.confirm import Choice, ConfirmScreen
from proctor_console.console.screens.forms import ExtendForm, Form, ReasonForm, ViolationForm
from proctor_console.console.texts import _
from shared import commands as c
from shared.messages import SeatRow

Make = Callable[[str], c.StaffCommand]
REASONED: Final[dict[str, Callable[[str], Make]]] = {
    "undo_absent": lambda ticket: lambda why: c.UndoAbsence(ticket, why),
    "undo_violation": lambda ticket: lambda why: c.UndoViolation(ticket, why),
    "reopen": lambda ticket: lambda why: c.Reopen(ticket, why),
    "end_early": lambda _ticket: c.EndEarly,
    "pause": lambda _ticket: c.Pause,
    "go_on": lambda _ticket: c.GoOn,
}
"""Form -> ticket -> the command a reason makes."""


async def ask(app: App[None], action: Action, scene: Scene, text: str) -> list[c.StaffCommand]:
    """The commands to give after asking the person; none if they went back."""
    ticket = scene.row.ticket if scene.row is not None else ""
    one = (scene.row,) if scene.row is not None else ()
    match action.form:
        case "resume":
            return await _resume(app, b.waiting(scene.board)[0])
        case "extend_all" | "extend":
            return await _form(app, ExtendForm(scene.board, scene.row if action.selected else None))
        case "violation":
            return await _form(app, ViolationForm(scene.row)) if scene.row is not None else []
        case form if form in REASONED:
            return await _form(app, ReasonForm(_(action.label), text, REASONED[action.form](ticket)))
        case "held" | "held_one":
            return await _held(app, one if action.selected else b.decidable(scene.board))
        case "lost" | "lost_one":
            return await _lost(app, one if action.selected else b.lost(scene.board))
        case "proposals":
            return await _proposals(app, scene)
        case "end":
            return await _end(app, action, scene, text)
        case _:
            if action.dangerous and not await _confirmed(app, action, text):
                return []
            return action.make(scene)


async def _confirmed(app: App[None], action: Action, text: str) -> bool:
    yes = Choice("yes", "y", _(action.label), danger=True)
    return await app.push_screen_wait(ConfirmScreen(_(action.label), text, (yes,))) == "yes"


async def _form(app: App[None], form: Form[c.StaffCommand]) -> list[c.StaffCommand]:
    made = await app.push_screen_wait(form)
    return [made] if made is not None else []


async def _held(app: App[None], rows: tuple[SeatRow, ...]) -> list[c.StaffCommand]:
    """Held answers of these candidates: count them, or not; both with a reason, both proposed."""
    tickets = tuple(row.ticket for row in rows)
    lines = [_("What came too late or from an old PC, of candidates who are finished:")]
    lines += [f"  {rights.held_line(row)}" for row in rows]
    if len(rows) > 1:
        lines.append(_("One by one: Esc, select the seat, then j."))
    lines.append(_("It is proposed and done once another entitled person confirms (key p)."))
    choices = (Choice("reject", "n", _("Do not count"), danger=True), Choice("accept", "y", _("Count")))
    taken = await app.push_screen_wait(ConfirmScreen(_("Held answers"), "\n".join(lines), choices))
    if not taken:
        return []
    accept = taken == "accept"
    title = _("Count held answers") if accept else _("Do not count held answers")
    return await _form(app, ReasonForm(title, "\n".join(lines), lambda why: c.DecideHeld(tickets, accept, why)))


async def _lost(app: App[None], rows: tuple[SeatRow, ...]) -> list[c.StaffCommand]:
    """Lost time of these candidates: give it back within the rule, or settle it without; the reason stands ready."""
    lines = [_("Could not answer although the clock ran, as far as the room knows:")]
    lines += [f"  {rights.lost_line(row)}" for row in rows]
    lines.append(_("One by one: Esc, select the seat, then w. Where the time was over, it is given from now on."))
    choices = (Choice("not", "n", _("Give none"), danger=True), Choice("give", "y", _("Give back")))
    taken = await app.push_screen_wait(ConfirmScreen(_("Lost time"), "\n".join(lines), choices))
    if not taken:
        return []
    grant, tickets = taken == "give", tuple(row.ticket for row in rows)
    title = _("Give lost time back") if grant else _("Give no lost time back")
    causes = dict.fromkeys(_(rights.CAUSES.get(row.cause, row.cause)) for row in rows)
    form = ReasonForm(
        title, "\n".join(lines), lambda why: c.Compensate(tickets, grant, why), ", ".join(causes) if grant else ""
    )
    return await _form(app, form)


async def _proposals(app: App[None], scene: Scene) -> list[c.StaffCommand]:
    """One proposal after the other, those this person can decide first; a decision ends the round."""
    board, name = scene.board, scene.name
    able = [one for one in board.proposals if rights.may_confirm(one, board, name, scene.role)]
    rest = [one for one in board.proposals if one not in able]
    for at, one in enumerate((*able, *rest), 1):
        choices = [Choice("next", "m", _("Next"))] if at < len(board.proposals) else []
        if one.by == name:
            choices.append(Choice("decline", "n", _("Take back"), danger=True))
        elif one in able:
            choices.append(Choice("decline", "n", _("Decline"), danger=True))
            choices.append(Choice("confirm", "y", _("Confirm")))
        text = rights.told(one, board)
        if one not in able:
            text += "\n" + _("Another entitled person must confirm this.")
        title = _("Proposal {at} of {all}").format(at=at, all=len(board.proposals))
        taken = await app.push_screen_wait(ConfirmScreen(title, text, tuple(choices)))
        if taken == "confirm":
            return [c.Confirm(one.number)]
        if taken == "decline":
            return [c.Decline(one.number)]
        if not taken:
            break
    return []


async def _resume(app: App[None], row: SeatRow) -> list[c.StaffCommand]:
    still = _("The old PC is still connected! Compare ID card and person first.") if row.online else _(
        "The old PC is not connected."
    )  # fmt: skip
    text = "\n".join(
        (
            f"{row.name}  {row.ticket}  {row.id_masked}",
            _("From seat {old} to seat {new}").format(old=b.stands_at(row), new=row.waiting_seat),
            still,
            _("Approving closes the old PC for this paper; all answers saved in the room go along."),
        )
    )
    choices = (Choice("deny", "n", _("Deny"), danger=True), Choice("approve", "y", _("Approve")))
    taken = await app.push_screen_wait(ConfirmScreen(_("Resume at another PC"), text, choices))
    answers: dict[str, list[c.StaffCommand]] = {
        "approve": [c.ApproveResume(row.ticket)],
        "deny": [c.DenyResume(row.ticket)],
    }
    return answers.get(taken, [])


async def _end(app: App[None], action: Action, scene: Scene, text: str) -> list[c.StaffCommand]:
    """Ending is guided: while somebody is unfinished it shows who, and offers no button."""
    open_ = b.unfinished(scene.board)
    if not open_:
        return action.make(scene) if await _confirmed(app, action, text) else []
    lines = [
        _("Register absences with F7; the others hand in or are collected automatically after the end."),
        _("{count} are not finished; the exam goes on:").format(count=len(open_)),
    ]
    lines += [
        f"  {b.stands_at(row):>2} {row.name} {row.ticket}: "
        + (_("never logged in (F7)") if not row.seat else _("answering"))
        for row in open_
    ]
    await app.push_screen_wait(ConfirmScreen(_("Not yet possible to end"), "\n".join(lines)))
    return []
