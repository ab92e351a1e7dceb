"""The one modal that asks before something is done: a title, what it means, and the choices. Does nothing itself."""

from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from proctor_console.console.texts import _


class Choice(NamedTuple):
    """One way to answer, by button or by `key`; `danger` colours it."""

    id: str
    key: str
    label: str
    danger: bool = False


class ConfirmScreen(ModalScreen[str]):
    """Gives the id of the choice taken, or empty for "back", which has the focus so that Enter alone does nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("up", "scroll(-3)", show=False),
        Binding("down", "scroll(3)", show=False),
    ]

    def __init__(self, title: str, text: str, choices: tuple[Choice, ...] = ()) -> None:
        super().__init__()
        self._title, self._text, self._choices = title, text, choices

    def compose(self) -> ComposeResult:
        """Title, text, buttons."""
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Static(self._text, markup=False)
            with Horizontal(classes="buttons"):
                yield Button(_("Back (Esc)"), id="back")
                for choice in self._choices:
                    label = f"{choice.label} ({choice.key})"
                    yield Button(label, id=choice.id, variant="error" if choice.danger else "primary")

    def on_mount(self) -> None:
        """The harmless button first."""
        self.query_one("#back", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The choice."""
        self.dismiss("" if event.button.id == "back" else str(event.button.id))

    def on_key(self, event: Key) -> None:
        """A choice by its key."""
        for choice in self._choices:
            if event.key == choice.key:
                event.stop()
                self.dismiss(choice.id)

    def action_scroll(self, lines: int) -> None:
        """Long texts move with the arrow keys while the buttons stay in sight."""
        self.query_one(".dialog-body").scroll_relative(y=lines, animate=False)

    def action_back(self) -> None:
        """Esc."""
        self.dismiss("")
