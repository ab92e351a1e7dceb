"""The machines screen: the code to type at the PCs, who waits to be confirmed, who is enrolled and connected.

Keys give orders to the room through the desk; what holds is what the room says next. Draws from the desk's state.
"""

from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import DataTable, Static

from proctor_console.console import machines as view
from proctor_console.console.desk import Desk
from proctor_console.console.screens.confirm import Choice, ConfirmScreen
from proctor_console.console.screens.machine_forms import RevokeForm, SeatForm, WindowForm
from proctor_console.console.texts import _, span
from proctor_console.console.widgets.large import large
from shared.commands import ConfirmMachines, DeclineMachines, RoomCommand
from shared.machines import Window
from shared.messages import MachineBoard
from shared.roles import DEFAULT, Action, Level, Role, Stage

EMPTY = MachineBoard((), (), ())


class MachinesScreen(Screen[None]):
    """F5: enrolment and revocation, for the technician."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("f5", "leave", show=False),
        Binding("o", "open", show=False),
        Binding("c", "confirm_all", show=False),
        Binding("d", "decline", show=False),
        Binding("r", "revoke", show=False),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._shown: tuple[view.Line, ...] = ()

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Static(id="machines-title", markup=False)
        with Horizontal(id="window"):
            yield Static(id="code")
            yield Static(id="window-words", markup=False)
        yield Static(id="machines-counts", markup=False)
        yield DataTable[Text](id="machines")
        yield Static(id="machines-foot", markup=False)

    def on_mount(self) -> None:
        """Time left moves without messages."""
        table: DataTable[Text] = self.query_one("#machines", DataTable)
        table.cursor_type = "row"
        for name in (_("Machine"), _("Seat"), _("Enrolled from"), _("State"), _("Valid")):
            table.add_column(name, key=name)
        table.focus()
        self.set_interval(0.5, self.draw)
        self.draw()

    def draw(self) -> None:
        """Shows the present state."""
        state, now = self._desk.state, self._desk.now()
        board = state.machines or EMPTY
        room = self._desk.target.room
        self.query_one("#machines-title", Static).update(_("Machines of room {room}").format(room=room))
        self._draw_window(view.window(board, now) if now is not None else None, now or 0)
        counts = view.counts(board)
        text = _("Waiting {plain}, with a conflict {conflicts}   Enrolled PCs {enrolled}, connected {here}")
        self.query_one("#machines-counts", Static).update(text.format(**counts._asdict()))
        self._draw_table(view.lines(board))
        self.query_one("#machines-foot", Static).update(self._foot(counts))

    def _draw_window(self, window: Window | None, now: int) -> None:
        digits, words = self.query_one("#code", Static), self.query_one("#window-words", Static)
        digits.display = window is not None and bool(window.code)
        if window is None:
            words.update(_("Enrolment is closed. Press o to open it: a code appears here for all PCs of the room."))
            return
        digits.update(large(window.code))
        text = _(
            "Code {code}\n{time} left, {left} more PCs\n{wrong} wrong codes so far\nAt each PC: kaodian-candidate enrol"
        )
        shown = text.format(
            code=window.code, time=span(window.until - now), left=window.left, wrong=window.wrong
        )  # fmt: skip
        words.update(shown if window.code else _("Enrolment is open; only who may open it sees the code."))

    def _draw_table(self, lines: tuple[view.Line, ...]) -> None:
        if lines == self._shown:
            return
        table: DataTable[Text] = self.query_one("#machines", DataTable)
        kept, at = self._line(), table.cursor_row
        self._shown = lines
        table.clear()
        for line in lines:
            table.add_row(*(Text(cell, line.style) for cell in line.cells()), key=line.key)
        same = [number for number, line in enumerate(lines) if kept is not None and line.key == kept.key]
        table.move_cursor(row=same[0] if same else min(at, max(0, len(lines) - 1)))

    def _line(self) -> view.Line | None:
        row = self.query_one("#machines", DataTable).cursor_row
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _foot(self, counts: view.Counts) -> Text:
        text = Text(" ", no_wrap=True, overflow="ellipsis")
        if not self._may():
            return text.append(_("Only technicians and the chief invigilator act here.   Esc Back"), "dim")
        keys = [("o", _("Open enrolment"))]
        if counts.plain:
            keys.append(("c", _("Confirm all {count} without a conflict").format(count=counts.plain)))
        line = self._line()
        if line is not None and line.pending is not None:
            keys += [("Enter", _("Confirm this one")), ("d", _("Turn away"))]
        elif line is not None and line.row is not None and not line.row.machine.revoked:
            keys.append(("r", _("Revoke")))
        for key, word in [*keys, ("Esc", _("Back"))]:
            text.append(f" {key} ", "bold reverse").append(f" {word}  ")
        return text

    def _may(self) -> bool:
        role = self._desk.state.role
        known = role in {one.value for one in Role}
        return known and DEFAULT.level(Role(role), Action.OPEN_WINDOW, Stage.BEFORE) is Level.DECIDE

    def on_data_table_row_highlighted(self, _event: DataTable.RowHighlighted) -> None:
        """Another machine, other keys."""
        self.draw()

    @work
    async def on_data_table_row_selected(self, _event: DataTable.RowSelected) -> None:
        """Enter on a PC that waits: its seat is asked for, then it is confirmed."""
        line = self._line()
        if line is not None and line.pending is not None and self._allowed():
            await self._ask(SeatForm(line.pending), _("Confirm"))

    @work
    async def action_open(self) -> None:
        """O: minutes and count are asked for."""
        if self._allowed():
            room, board = self._desk.state.room, self._desk.state.machines or EMPTY
            seats = room.seats + room.spares if room is not None else 0
            await self._ask(WindowForm(max(1, seats - view.counts(board).enrolled)), _("Open enrolment"))

    @work
    async def action_confirm_all(self) -> None:
        """C: everybody without a conflict."""
        plain = view.counts(self._desk.state.machines or EMPTY).plain
        if not plain or not self._allowed():
            return
        text = _("{count} PCs get their certificates for the seats shown. Are these the PCs of this room?")
        yes = Choice("yes", "y", _("Confirm"))
        asked = ConfirmScreen(_("Confirm all"), text.format(count=plain), (yes,))
        if await self.app.push_screen_wait(asked) == "yes":
            await self._give(ConfirmMachines(), _("Confirm all"))

    @work
    async def action_decline(self) -> None:
        """D: the PC chosen is turned away."""
        line = self._line()
        if line is not None and line.pending is not None and self._allowed():
            await self._give(DeclineMachines((line.key,)), _("Turn away"))

    @work
    async def action_revoke(self) -> None:
        """R: the machine chosen, with a reason."""
        line = self._line()
        if line is not None and line.row is not None and not line.row.machine.revoked and self._allowed():
            await self._ask(RevokeForm(line.row.machine), _("Revoke"))

    def action_leave(self) -> None:
        """Esc, F5."""
        self.dismiss()

    def _allowed(self) -> bool:
        if not self._may():
            self.notify(_("Only technicians and the chief invigilator act here."), severity="warning", markup=False)
        return self._may()

    async def _ask(self, form: WindowForm | SeatForm | RevokeForm, title: str) -> None:
        made = await self.app.push_screen_wait(form)
        if made is not None:
            await self._give(made, title)

    async def _give(self, command: RoomCommand, title: str) -> None:
        said = await self._desk.room_order(command)
        if said:
            self.notify(said, title=title, severity="error", timeout=15, markup=False)
        else:
            self.notify(_("Done: {what}").format(what=title), timeout=3, markup=False)
