"""Who sits at the console: name and PIN, and how the connection stands. Sends nothing itself."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Input, Static

from proctor_console.console.texts import _


class LoginScreen(Screen[None]):
    """Posts `Entered` with name and PIN; `say` tells what came of it."""

    class Entered(Message):
        """A person wants in."""

        def __init__(self, name: str, pin: str) -> None:
            super().__init__()
            self.name, self.pin = name, pin

    def __init__(self, site: str, room: str, name: str, said: str = "") -> None:
        super().__init__()
        self._site, self._room, self._given, self._said = site, room, name, said

    def compose(self) -> ComposeResult:
        """Place, fields, one button."""
        with Vertical(classes="dialog"):
            yield Static(_("Proctor's console"), classes="dialog-title")
            yield Static(f"{self._site}  " + _("Room {room}").format(room=self._room), markup=False)
            yield Static(_("Name"))
            yield Input(self._given, id="name", max_length=64)
            yield Static(_("PIN (6 digits, from the site administrator)"))
            yield Input(password=True, id="pin", max_length=12)
            yield Button(_("Log in (Enter)"), id="enter", variant="primary")
            yield Static(self._said, id="said", markup=False)

    def on_mount(self) -> None:
        """Where the next thing must be typed."""
        self.query_one("#pin" if self._given else "#name", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on, then in."""
        if event.input.id == "name":
            self.query_one("#pin", Input).focus()
        else:
            self._enter()

    def on_button_pressed(self, _event: Button.Pressed) -> None:
        """The button."""
        self._enter()

    def say(self, text: str) -> None:
        """Shows one sentence below the fields."""
        self.query_one("#said", Static).update(text)

    def turn_away(self, text: str) -> None:
        """Says why the room refused; the PIN is typed anew."""
        self.say(text)
        pin = self.query_one("#pin", Input)
        pin.value = ""
        pin.focus()

    def _enter(self) -> None:
        name, pin = self.query_one("#name", Input).value.strip(), self.query_one("#pin", Input).value.strip()
        if not name or not pin:
            self.say(_("Enter name and PIN."))
            return
        self.say(_("Connecting to the room service; this goes on by itself until it answers."))
        self.post_message(self.Entered(name, pin))
