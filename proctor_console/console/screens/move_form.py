"""The form for moving candidates to another room: the selected one, or all who are unfinished here."""

from textual.app import ComposeResult
from textual.widgets import Input, Select, Static

from proctor_console.console import board as b
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
        count = len(b.unfinished(self._board))
        who = [(_("ALL {count} unfinished candidates of this room").format(count=count), "all")]
        if self._row is not None:
            who.insert(0, (_("only {name} ({ticket})").format(name=self._row.name, ticket=self._row.ticket), "one"))
        yield Select(who, id="who", allow_blank=False)
        yield Static(_("Go on in room (its id)"))
        yield Input(id="room", max_length=limits.NAME_CHARS)
        yield Static(
            _(
                "All answers saved here go along, and the first free seats there are given. At that PC the candidate "
                "logs in with ticket and ID number."
            )
        )

    def command(self) -> c.RoomCommand | str:
        """The order, once there is a room and somebody to move."""
        room = self.query_one("#room", Input).value.strip()
        if not room:
            return _("Enter the room's id.")
        alone = self._row is not None and self.query_one("#who", Select).value == "one"
        tickets = (self._row.ticket,) if self._row is not None and alone else ()
        return c.MoveToRoom(self._board.session.id, self._room.id, tickets, room)
