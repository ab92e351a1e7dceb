"""The forms: a reason, extra time (补时), violation (违纪处理). They check that they are filled, the room the rules."""

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Select, Static

from proctor_console.console.texts import _, minutes
from proctor_console.console.violations import SCHEME, Level
from shared import commands as c
from shared import limits
from shared.messages import Board, SeatRow

M = TypeVar("M", bound=c.Command)


class Form(ModalScreen[M | None], Generic[M]):
    """A dialog whose result is one command, or None for "back"; `record` is the word of the button that gives it."""

    AUTO_FOCUS = "Input, Select"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self, title: str, record: str = "") -> None:
        super().__init__()
        self._title, self._record = title, record

    def compose(self) -> ComposeResult:
        """Title, the form's own fields, what is wrong, buttons."""
        with VerticalScroll(classes="dialog"):
            yield Static(self._title, classes="dialog-title", markup=False)
            yield from self.fields()
            yield Static("", id="wrong", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(_("Back (Esc)"), id="back")
                yield Button(self._record or _("Record"), id="record", variant="error")

    def fields(self) -> ComposeResult:
        """The fields of the form."""
        raise NotImplementedError

    def command(self) -> M | str:
        """The command the fields make, or what is missing in words."""
        raise NotImplementedError

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Back, or record."""
        if event.button.id == "back":
            self.dismiss(None)
            return
        made = self.command()
        if isinstance(made, str):
            self.query_one("#wrong", Static).update(made)
            return
        self.dismiss(made)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field, from the last to the button that records, never to the one that discards."""
        if event.input is self.query(Input).last():
            self.query_one("#record", Button).focus()
        else:
            self.focus_next()

    def action_back(self) -> None:
        """Esc."""
        self.dismiss(None)


class ReasonForm(Form[c.StaffCommand]):
    """One reason, perhaps `ready` to be taken as it is; `make` turns it into the command."""

    def __init__(self, title: str, text: str, make: Callable[[str], c.StaffCommand], ready: str = "") -> None:
        super().__init__(title)
        self._text, self._make, self._ready = text, make, ready

    def fields(self) -> ComposeResult:
        """What it does, and why."""
        yield Static(self._text, markup=False)
        yield Static(_("Reason (kept in the record)"))
        yield Input(self._ready, id="reason", max_length=200)

    def command(self) -> c.StaffCommand | str:
        """The command, once there is a reason."""
        reason = self.query_one("#reason", Input).value.strip()
        return self._make(reason) if reason else _("Write in a few words why.")


class UnlockForm(Form[c.RoomCommand]):
    """Whose PIN may be tried again."""

    def __init__(self) -> None:
        super().__init__(_("Unlock a person"))

    def fields(self) -> ComposeResult:
        """A name of the staff."""
        yield Static(_("After five wrong PINs a person is locked here. Make sure who it was, then unlock."))
        yield Input(id="name", max_length=limits.NAME_CHARS)

    def command(self) -> c.RoomCommand | str:
        """The order, once there is a name."""
        name = self.query_one("#name", Input).value.strip()
        return c.ResetPin(name) if name else _("Enter the person's name.")


class ExtendForm(Form[c.StaffCommand]):
    """Extra minutes with a reason, for one candidate or (`row` None) for all."""

    def __init__(self, board: Board, row: SeatRow | None) -> None:
        who = _("for all") if row is None else f"{row.name} ({row.ticket})"
        super().__init__(_("Extra time {who}").format(who=who))
        self._ticket = row.ticket if row is not None else ""
        granted = board.extra + (row.extra if row is not None else 0)
        self._left = max(0, board.session.rules.makeup - granted)

    def fields(self) -> ComposeResult:
        """Minutes and reason."""
        most = self._left // limits.MINUTE
        text = _("Minutes (up to {most} by the rule; more is proposed and needs a second person)")
        yield Static(text.format(most=most))
        yield Input(type="integer", id="minutes", max_length=3)
        yield Static(_("Reason (shown to the candidates and kept in the log)"))
        yield Input(id="reason", max_length=200)

    def command(self) -> c.StaffCommand | str:
        """Whole minutes within the rules, and a reason."""
        value = self.query_one("#minutes", Input).value.strip()
        reason = self.query_one("#reason", Input).value.strip()
        if not value.isdecimal() or not int(value):
            return _("Enter the minutes as a whole number.")
        if int(value) * limits.MINUTE > limits.EXTRA_MOST:
            return _("At most {most} minutes can be given.").format(most=minutes(limits.EXTRA_MOST))
        if not reason:
            return _("Write in a few words why.")
        return c.ExtendTime(self._ticket, int(value) * limits.MINUTE, reason)


class ViolationForm(Form[c.StaffCommand]):
    """Level, category and what was seen."""

    def __init__(self, row: SeatRow) -> None:
        super().__init__(_("Violation: {name} ({ticket})").format(name=row.name, ticket=row.ticket))
        self._row = row

    def fields(self) -> ComposeResult:
        """Level with its effect, category, text."""
        levels = [(_(level.name), level.code) for level in SCHEME]
        yield Select(levels, id="level", value=SCHEME[0].code, allow_blank=False)
        yield Static("", id="effect", markup=False)
        yield Select(_categories(SCHEME[0]), id="category", allow_blank=False)
        yield Static(_("What was seen, what was taken, what the candidate said"))
        yield Input(id="text", max_length=500)

    def on_select_changed(self, event: Select.Changed) -> None:
        """Another level has other categories and another effect."""
        if event.select.id != "level":
            return
        level = self._level()
        self.query_one("#category", Select).set_options(_categories(level))
        effect = _(level.effect)
        if level is SCHEME[0] and self._row.warnings:
            effect = _(
                "This is the second warning: THE PAPER BECOMES VOID and the PC shows a stop page. Answers are kept."
            )
        self.query_one("#effect", Static).update(effect)

    def command(self) -> c.StaffCommand | str:
        """All three."""
        text = self.query_one("#text", Input).value.strip()
        if not text:
            return _("Write in a few words what was seen.")
        category = str(self.query_one("#category", Select).value)
        return c.RecordViolation(self._row.ticket, self._level().code, category, text)

    def _level(self) -> Level:
        code = self.query_one("#level", Select).value
        return next(level for level in SCHEME if level.code == code)


def _categories(level: Level) -> list[tuple[str, str]]:
    return [(_(text), code) for code, text in level.categories]
