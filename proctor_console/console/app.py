"""The Textual application: log-in screen, then the room screen. Thin: state lives in `desk`, rules in the room."""

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from proctor_console.console import state as s
from proctor_console.console.actions import ACTIONS, why_not
from proctor_console.console.desk import Desk
from proctor_console.console.screens.confirm import Choice, ConfirmScreen
from proctor_console.console.screens.login import LoginScreen
from proctor_console.console.screens.machines import MachinesScreen
from proctor_console.console.screens.room import RoomScreen
from proctor_console.console.target import Target
from proctor_console.console.texts import _


class ConsoleApp(App[None]):
    """`name` and `pin` may be given; what is missing is asked for."""

    CSS_PATH = "console.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "leave", show=False, priority=True)]

    def __init__(self, target: Target, name: str = "", pin: str = "") -> None:
        super().__init__()
        self._given = (name, pin)
        self.desk = Desk(target, self._changed, self._turn_away)
        self.title = target.room

    def on_mount(self) -> None:
        """Asks who is there, unless that is known."""
        name, pin = self._given
        self._ask_who(name)
        if name and pin:
            self._connect(name, pin)

    def on_login_screen_entered(self, event: LoginScreen.Entered) -> None:
        """A person wants in; an attempt under way is replaced."""
        self._given = (event.name, event.pin)
        self._connect(event.name, event.pin)

    @work(exclusive=True, group="line")
    async def _connect(self, name: str, pin: str) -> None:
        await self.desk.work(name, pin)

    def _changed(self) -> None:
        if not self.screen_stack:  # leaving: the line is cut after the last screen
            return
        if isinstance(self.screen, LoginScreen):
            if self.desk.state.link is s.LinkState.UP:
                self.switch_screen(RoomScreen(self.desk))
            return
        for screen in self.screen_stack:
            if isinstance(screen, RoomScreen | MachinesScreen) and screen.is_mounted:
                screen.draw()

    def _turn_away(self, words: str) -> None:
        """The room refused the log-in: back to the log-in screen, with the reason."""
        if isinstance(self.screen, LoginScreen):
            self.screen.turn_away(words)
            return
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self._ask_who(self._given[0], words, again=True)

    def _ask_who(self, name: str, said: str = "", again: bool = False) -> None:
        target = self.desk.target
        screen = LoginScreen(target.site, target.room, name, said)
        if again:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette finds the actions that are possible now, by name."""
        scene = screen.scene() if isinstance(screen, RoomScreen) else None
        if not isinstance(screen, RoomScreen) or scene is None:
            return
        for action in ACTIONS:
            if not why_not(action, scene):
                yield SystemCommand(_(action.label), _(action.help), lambda a=action.id: screen.action_act(a))
        yield SystemCommand(_("Change of person"), _("Sign out, sign in as somebody else"), self.action_change_person)
        yield SystemCommand(_("Help"), _("All keys and symbols"), screen.action_help)
        yield SystemCommand(_("Machines"), _("Enrol PCs, see who is connected, revoke"), screen.action_machines)
        yield SystemCommand(_("Alarm log"), _("What holds now and what happened"), screen.action_alarms)

    @work
    async def action_change_person(self) -> None:
        """Somebody else takes the seat: the sign-in ends at once, what the console knows stays."""
        text = _("{name} is signed out here; the exam goes on. The next person signs in with name and PIN.")
        yes = Choice("yes", "y", _("Sign out"))
        name = self.desk.state.name
        asked = ConfirmScreen(_("Change of person"), text.format(name=name), (yes,))
        if await self.push_screen_wait(asked) == "yes":
            self.workers.cancel_group(self, "line")
            self.desk.state = s.signed_out(self.desk.state)
            self._given = ("", "")
            self._turn_away(_("Signed out. Boards and alarms stay for the next person."))

    @work
    async def action_leave(self) -> None:
        """Leaving the console never touches the exam, and is asked about all the same."""
        text = _(
            "The exam goes on without the console; it may be opened again at any time, on any machine of the room."
        )
        leave = Choice("leave", "y", _("Leave"))
        if await self.push_screen_wait(ConfirmScreen(_("Leave the console"), text, (leave,))) == "leave":
            self.exit()
