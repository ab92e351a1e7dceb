"""What must be asked before an action's commands are given: confirm, fill a form, decide a resume, end guided."""

from collections.abc import Callable

from textual.app import App

from proctor_console.console import board as b
from proctor_console.console.actions import Action, Scene
from proctor_console.console.screens.confirm import Choice, ConfirmScreen
from proctor_console.console.screens.forms import ExtendForm, Form, ReasonForm, ViolationForm
from proctor_console.console.texts import _
from shared import commands as c
from shared.messages import SeatRow


async def ask(app: App[None], action: Action, scene: Scene, text: str) -> list[c.StaffCommand]:
    """The commands to give after asking the person; none if they went back."""
    ticket = scene.row.ticket if scene.row is not None else ""
    match action.form:
        case "resume":
            return await _resume(app, b.waiting(scene.board)[0])
        case "extend_all":
            return await _form(app, ExtendForm(scene.board, None))
        case "extend":
            return await _form(app, ExtendForm(scene.board, scene.row))
        case "violation":
            return await _form(app, ViolationForm(scene.row)) if scene.row is not None else []
        case "undo_absent":
            return await _reason(app, action, lambda why: c.UndoAbsence(ticket, why))
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


async def _reason(app: App[None], action: Action, make: Callable[[str], c.StaffCommand]) -> list[c.StaffCommand]:
    return await _form(app, ReasonForm(_(action.label), _(action.help), make))


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
