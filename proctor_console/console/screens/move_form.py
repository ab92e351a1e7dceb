"""The form for moving candidates to another room: the selected one, or all who are unfinished here."""

from textual.app import ComposeResult
from textual.widgets import Checkbox, Input, Static

from proctor_console.console.screens.forms import Form
from proctor_console.console.texts import _
from shared import commands as c
from shared import limits
from shared.messages import Board, SeatRow
from shared.model import Room
from shared.sitting import FINAL


class MoveForm(Form[c.RoomCommand]):
    """Which room, and who: `row` is the candidate selected, if any."""

    def __init__(self, board: Board, room: Room, row: SeatRow | None) -> None:
        super().__init__(_("Move to another room"), _("Move"))
        self._board = board
        self._room = room
        self._row = row if row is not None and row.status not in FINAL else None

    def fields(self) -> ComposeResult:
        """The room and, for a single one, the seat there."""
        who = f"{self._row.name} ({self._row.ticket})" if self._row is not None else _("nobody is selected")
        yield Static(_("Selected: {who}").format(who=who), markup=False)
        yield Checkbox(_("all unfinished candidates of this room"), self._row is None, id="all")
        yield Static(_("Go on in room (its id)"))
        yield Input(id="room", max_length=limits.NAME_CHARS)
        yield Static(
            _("All answers saved here go along. At a PC there the candidate logs in with ticket and ID number.")
        )

    def command(self) -> c.RoomCommand | str:
        """The order, once there is a room and somebody to move."""
        room = self.query_one("#room", Input).value.strip()
        everybody = self.query_one("#all", Checkbox).value
        if not room:
            return _("Enter the room's id.")
        if self._row is None and not everybody:
            return _("Select an unfinished candidate first, or tick all.")
        tickets = () if everybody or self._row is None else (self._row.ticket,)
        return c.MoveToRoom(self._board.session.id, self._room.id, tickets, room)
