"""The wall clock, confirmed by two people where the room has no trusted time: shows it, takes one person's word."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from proctor_console.console.clockface import read_wall, wall
from proctor_console.console.texts import _


class ClockScreen(ModalScreen[int | None]):
    """Its result is the instant (ms UTC) that the person confirms for now, or None for "back".

    `shown()` is the room machine's wall clock now; `said` who has confirmed so far, and what, in words.
    """

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self, shown: Callable[[], int], said: str) -> None:
        super().__init__()
        self._shown, self._said = shown, said

    def compose(self) -> ComposeResult:
        """The clock, a field for another time, buttons."""
        with VerticalScroll(classes="dialog"):
            yield Static(_("Confirm the clock"), classes="dialog-title", markup=False)
            yield Static(
                _(
                    "The room machine has no trusted time. Two people, each signed in, compare this clock with their "
                    "own watches; both must agree within a minute. Both names are recorded."
                ),
                markup=False,
            )
            yield Static("", id="clock", markup=False)
            yield Static(self._said, id="said", markup=False)
            yield Static(_("If it is wrong, enter the right date and time (e.g. 2026-11-21 08:00):"), markup=False)
            yield Input(id="other", max_length=19)
            yield Static("", id="wrong", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(_("Back (Esc)"), id="back")
                yield Button(_("I confirm"), id="confirm", variant="error")

    def on_mount(self) -> None:
        """The clock runs."""
        self.set_interval(0.2, self._draw)
        self._draw()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Back, or the person's word."""
        if event.button.id == "back":
            self.dismiss(None)
            return
        typed = self.query_one("#other", Input).value.strip()
        instant = read_wall(typed) if typed else self._shown()
        if instant is None:
            self.query_one("#wrong", Static).update(_("This is no date and time; write it like 2026-11-21 08:00."))
            return
        self.dismiss(instant)

    def on_input_submitted(self) -> None:
        """Enter goes on to the button, it does not confirm by itself."""
        self.query_one("#confirm", Button).focus()

    def action_back(self) -> None:
        """Esc."""
        self.dismiss(None)

    def _draw(self) -> None:
        text = _("The room machine's clock shows {time} (Beijing)").format(time=wall(self._shown()))
        self.query_one("#clock", Static).update(text)
