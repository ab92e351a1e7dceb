"""The room screen: head, strip, counts, seat map or list, foot; keys of the registry. Orders go through the app.

Draws from the app's state on every message and twice a second; holds only what is chosen and filtered.
"""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable

from proctor_console.console import alarms, rights
from proctor_console.console import board as b
from proctor_console.console import state as s
from proctor_console.console.actions import ACTIONS, BY_ID, Action, Scene, question, why_not
from proctor_console.console.clockface import wall
from proctor_console.console.desk import Desk
from proctor_console.console.screens.asking import ask
from proctor_console.console.screens.clock import ClockScreen
from proctor_console.console.screens.forms import Form, UnlockForm
from proctor_console.console.screens.machines import MachinesScreen
from proctor_console.console.screens.move_form import MoveForm
from proctor_console.console.screens.reading import Reading, alarm_text, help_text, seat_text, seat_title
from proctor_console.console.texts import _
from proctor_console.console.widgets.actions_bar import ActionsBar
from proctor_console.console.widgets.counts import CountsBar
from proctor_console.console.widgets.header import Header
from proctor_console.console.widgets.seat_map import SeatMap
from proctor_console.console.widgets.strip import Strip
from proctor_console.console.widgets.table import CandidateTable
from shared.commands import ConfirmTime, RoomCommand, StaffCommand


class RoomScreen(Screen[None]):
    """Everything a proctor needs on exam day."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(action.key, f"act('{action.id}')", show=False) for action in ACTIONS),
        Binding("f1", "help", show=False),
        Binding("f5", "machines", show=False),
        Binding("f9", "alarms", show=False),
        Binding("f10", "switch", show=False),
        Binding("c", "clock", show=False),
        Binding("1", "filter('all')", show=False),
        Binding("2", "filter('not_in')", show=False),
        Binding("3", "filter('attention')", show=False),
        Binding("t", "table", show=False),
        Binding("f12", "app.change_person", show=False),
        Binding("k", "unlock", show=False),
        Binding("m", "move", show=False),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._filter = b.Filter.ALL

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Header(id="head")
        yield Strip(id="strip")
        yield CountsBar(id="counts")
        yield SeatMap("map")
        table = CandidateTable(id="table")
        table.display = False
        yield table
        yield ActionsBar(id="foot")

    def on_mount(self) -> None:
        """Clocks move without messages."""
        self.query_one(SeatMap).focus()
        self.set_interval(0.5, self.draw)
        self.draw()

    def on_resize(self) -> None:
        """Another size, another drawing."""
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """Shows the present state."""
        state, now, boot = self._desk.state, self._desk.now(), self._desk.boot()
        self.query_one(Header).show(state, now)
        self.query_one(Strip).show(alarms.concerns(state, now or 0, boot))
        board = s.current(state)
        if board is None or state.room is None or now is None:
            return
        shown = b.chosen(b.seats(state.room, board, b.clock(board, now)), self._filter)
        self.query_one(CountsBar).show(board, self._filter)
        nothing = _("No seat here: press 1 for all seats.")
        self.query_one(SeatMap).show(shown, board.items, nothing)
        table = self.query_one(CandidateTable)
        if table.display:
            table.show(shown, board.items)
        self.query_one(ActionsBar).show(self.scene())

    def seat(self) -> b.Seat | None:
        """The seat chosen in the map or list."""
        return self.query_one(SeatMap).seat

    def scene(self) -> Scene | None:
        """What actions are judged by, or None before the first board and before this screen stands."""
        if not self.is_mounted:
            return None
        board, now, seat = s.current(self._desk.state), self._desk.now(), self.seat()
        if board is None or now is None:
            return None
        row, state = seat.row if seat is not None else None, self._desk.state
        return Scene(board, row, b.clock(board, now), state.role, state.name)

    def on_seat_map_picked(self) -> None:
        """Another seat, other actions."""
        self.draw()

    def on_seat_map_opened(self) -> None:
        """Enter on a seat."""
        self._open()

    def on_data_table_row_highlighted(self, _event: DataTable.RowHighlighted) -> None:
        """The list's cursor chooses, too."""
        number = self.query_one(CandidateTable).seat_number
        if number and self.query_one(CandidateTable).display:
            self.query_one(SeatMap).chosen = number
            self.query_one(ActionsBar).show(self.scene())

    def on_data_table_row_selected(self, _event: DataTable.RowSelected) -> None:
        """Enter in the list."""
        self._open()

    @work
    async def _open(self) -> None:
        seat, scene = self.seat(), self.scene()
        if seat is None or scene is None:
            return
        able = [a for a in ACTIONS if a.selected and not why_not(a, scene)]
        key = await self.app.push_screen_wait(
            Reading(seat_title(seat), seat_text(seat, scene), tuple(a.key for a in able))
        )
        for action in able:
            if action.key == key:
                self.action_act(action.id)

    @work
    async def action_act(self, action_id: str) -> None:
        """Runs one action of the registry: says why not, or asks what is needed and gives the orders."""
        action, scene = BY_ID[action_id], self.scene()
        if scene is None:
            return
        reason = why_not(action, scene)
        if reason:
            self.notify(f"{_(action.label)}: {reason}", severity="warning", markup=False)
            return
        commands = await ask(self.app, action, scene, question(action, scene))
        if commands:
            await self._give(action, scene, commands)

    async def _give(self, action: Action, scene: Scene, commands: list[StaffCommand]) -> None:
        said = await self._desk.give(scene.board.session.id, commands)
        if said:
            self.notify(said, title=_(action.label), severity="error", timeout=15, markup=False)
        elif rights.waits(commands[0], scene.board, scene.role, self._desk.now() or 0):
            text = _("Proposed, waits for another person to confirm: {what}")
            self.notify(text.format(what=_(action.label)), timeout=8, markup=False)
        else:
            self.notify(_("Done: {what}").format(what=_(action.label)), timeout=3, markup=False)

    @work
    async def action_unlock(self) -> None:
        """k: a head lets somebody try the PIN again."""
        await self._as_head(_("Unlock a person"), UnlockForm())

    @work
    async def action_move(self) -> None:
        """m: candidates go on in another room."""
        scene, room = self.scene(), self._desk.state.room
        if scene is not None and room is not None:
            then = _("Moved. Room and seat stand at each seat (t lists them): lead the candidates there.")
            await self._as_head(_("Move to another room"), MoveForm(scene.board, room, scene.row), then)

    async def _as_head(self, label: str, form: Form[RoomCommand], then: str = "") -> None:
        """An order to the room that only heads give; `then` is what follows from it."""
        if not rights.may_unlock(self._desk.state.role):
            reason = _("Not for your role ({role}).").format(role=rights.role_name(self._desk.state.role))
            self.notify(f"{label}: {reason}", severity="warning", markup=False)
            return
        command = await self.app.push_screen_wait(form)
        if command is not None:
            said = await self._desk.room_order(command)
            text = said or then or _("Done: {what}").format(what=label)
            self.notify(text, severity="error" if said else "information", timeout=15, markup=False)

    def action_filter(self, which: str) -> None:
        """1, 2, 3."""
        self._filter = b.Filter(which)
        self.draw()

    def action_table(self) -> None:
        """Map or list."""
        table, seat_map = self.query_one(CandidateTable), self.query_one(SeatMap)
        table.display, seat_map.display = not table.display, table.display
        self.draw()
        (table if table.display else seat_map).focus()

    def action_switch(self) -> None:
        """The next sitting."""
        self._desk.state = s.switch(self._desk.state)
        self.draw()

    @work
    async def action_clock(self) -> None:
        """One person's word for the wall clock, while the room has no trusted time."""
        told = self._desk.state.time
        if told is None or told.known:
            self.notify(_("The room has trusted time; nobody needs to confirm a clock."), markup=False)
            return
        said = (
            _("{name} has confirmed it is {time}.").format(name=told.by, time=wall(told.confirmed)) if told.by else ""
        )
        instant = await self.app.push_screen_wait(ClockScreen(self._desk.wall, said))
        if instant is None:
            return
        wrong = await self._desk.room_order(ConfirmTime(instant))
        text = wrong or _("Confirmed. A second person confirms, too; then the room goes by it.")
        self.notify(text, severity="error" if wrong else "information", timeout=15, markup=False)

    def action_help(self) -> None:
        """F1."""
        self.app.push_screen(Reading(_("Help"), help_text()))

    def action_machines(self) -> None:
        """F5."""
        self.app.push_screen(MachinesScreen(self._desk))

    def action_alarms(self) -> None:
        """F9: opening the log marks all as seen."""
        text = alarm_text(self._desk.state, self._desk.now() or 0, self._desk.boot())
        self._desk.state = s.seen(self._desk.state)
        self.app.push_screen(Reading(_("Alarm log"), text))
