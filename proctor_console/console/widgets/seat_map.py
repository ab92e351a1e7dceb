"""The seat map: one card per seat with number, name, state and count; arrow keys and mouse choose one.

Draws every card itself, because fifty widgets would be slow to lay out four times a second. Cards grow with the
screen: 2 lines on 80x24, 3 on larger ones. Knows no rule; posts `Picked` and `Opened`.
"""

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from proctor_console.console.board import Seat
from proctor_console.console.marks import LOOKS, Mark
from proctor_console.console.texts import _, fit
from shared import limits
from shared.sitting import FINAL

NARROWEST = 10
WIDEST = 16
COLOURS = {
    "red": Style.parse("bold white on rgb(150,30,30)"),
    "yellow": Style.parse("bold black on rgb(240,190,60)"),
    "cyan": Style.parse("white on rgb(20,90,100)"),
    "blue": Style.parse("white on rgb(30,60,130)"),
    "green": Style.parse("white on rgb(20,100,50)"),
    "plain": Style.parse("white on rgb(60,60,65)"),
    "dim": Style.parse("rgb(150,150,150) on rgb(35,35,38)"),
}
CHOSEN = Style.parse("bold black on white")


class SeatMap(Widget, can_focus=True):
    """The cards in reading order. `chosen` is a seat number, kept over updates and filters where it can be."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1, 0)", show=False),
        Binding("right", "move(1, 0)", show=False),
        Binding("up", "move(0, -1)", show=False),
        Binding("down", "move(0, 1)", show=False),
        Binding("home", "jump(0)", show=False),
        Binding("end", "jump(-1)", show=False),
        Binding("enter", "open", show=False),
    ]

    class Picked(Message):
        """Another seat is chosen."""

    class Opened(Message):
        """The chosen seat's details are wanted."""

    def __init__(self, id_: str) -> None:
        super().__init__(id=id_)
        self._seats: tuple[Seat, ...] = ()
        self._items = 0
        self._nothing = ""
        self.chosen = 0

    def show(self, seats: tuple[Seat, ...], items: int, nothing: str) -> None:
        """Draws `seats`; `items` is how many there are to answer; `nothing` is shown where no seat passes the
        filter.
        """
        self._seats, self._items, self._nothing = seats, items, nothing
        if seats and self.chosen not in {seat.number for seat in seats}:
            self.chosen = seats[0].number
        self.refresh()

    @property
    def seat(self) -> Seat | None:
        """The chosen seat, or None where none is shown."""
        return next((seat for seat in self._seats if seat.number == self.chosen), None)

    @property
    def columns(self) -> int:
        """Cards in one row: as many as are readable, fewer and wider ones where the room is small."""
        most = max(1, self.size.width // NARROWEST)
        best = min(most, 10) if self.size.width >= 10 * (NARROWEST + 1) else min(most, 8)
        return min(best, max(1, len(self._seats)))

    @property
    def card_width(self) -> int:
        """Cells of one card, its gap included."""
        return min(WIDEST, self.size.width // self.columns)

    @property
    def card_height(self) -> int:
        """Lines of one card, its gap included."""
        rows = -(-len(self._seats) // self.columns) or 1
        return max(2, min(4, self.size.height // rows))

    def render_line(self, y: int) -> Strip:
        """One line of the map."""
        if not self._seats:
            return Strip([Segment(f"  {self._nothing}" if y == 1 else "")])
        row, line = divmod(y, self.card_height)
        first = (row + self._first_row()) * self.columns
        segments = []
        for seat in self._seats[first : first + self.columns]:
            segments += self._card(seat, line)
        return Strip(segments)

    def _first_row(self) -> int:
        """Rows scrolled away so that the chosen seat can be seen."""
        fits = max(1, self.size.height // self.card_height)
        return max(0, self._index() // self.columns - fits + 1)

    def _card(self, seat: Seat, line: int) -> list[Segment]:
        inner = self.card_width - 1
        gap = line == self.card_height - 1 and self.card_height > 2
        if gap:
            return [Segment(" " * self.card_width)]
        style = CHOSEN if seat.number == self.chosen and self.has_focus else COLOURS[LOOKS[seat.mark].colour]
        return [Segment(fit(self._words(seat, line, inner), inner), style), Segment(" ")]

    def _words(self, seat: Seat, line: int, inner: int) -> str:
        look, row = LOOKS[seat.mark], seat.row
        if line == 0:
            return f"{seat.number:02}{look.symbol}{row.name if row is not None else ''}"
        if line == 1:
            return self._state(seat, inner)
        if row is not None and not row.seat and row.status not in FINAL and seat.pc is not None:
            return f" {_(LOOKS[Mark.PC_READY].word)}"
        if row is None or not row.seat or row.status in FINAL:
            return ""
        link = _("online") if row.online else _("offline")
        warned = _(" warned {count}").format(count=row.warnings) if row.warnings else ""
        return f" {link}{warned}" + (f" {row.extra // limits.MINUTE:+}'" if row.extra else "")

    def _state(self, seat: Seat, inner: int) -> str:
        row = seat.row
        if seat.moved_to:
            return _(" to seat {seat}").format(seat=seat.moved_to)
        if row is None and seat.mark is Mark.EMPTY:
            return _(" spare") if seat.spare else ""
        if row is not None and row.gone_room:
            return _(" to {room}-{seat:02}").format(room=row.gone_room, seat=row.gone_seat)
        word = _(LOOKS[seat.mark].word)
        if row is None or not row.answered:
            return f" {word}"
        count = f"{row.answered}/{self._items}"
        if cell_len(f" {word} {count}") > inner:
            count = f"{row.answered}"
        return fit(f" {word}", max(0, inner - len(count))) + count

    def _index(self) -> int:
        return next((at for at, seat in enumerate(self._seats) if seat.number == self.chosen), 0)

    def _pick(self, index: int) -> None:
        if self._seats:
            self.chosen = self._seats[max(0, min(index, len(self._seats) - 1))].number
            self.refresh()
            self.post_message(self.Picked())

    def action_move(self, across: int, down: int) -> None:
        """Arrow keys; beyond the edge nothing happens."""
        to = self._index() + across + down * self.columns
        if 0 <= to < len(self._seats):
            self._pick(to)

    def action_jump(self, index: int) -> None:
        """First or last seat."""
        self._pick(index % len(self._seats) if self._seats else 0)

    def action_open(self) -> None:
        """Enter."""
        if self.seat is not None:
            self.post_message(self.Opened())

    def on_click(self, event: Click) -> None:
        """A click chooses; a second click on the same seat opens."""
        column, row = event.x // self.card_width, event.y // self.card_height + self._first_row()
        index = row * self.columns + column
        if column >= self.columns or index >= len(self._seats):
            return
        again = self._seats[index].number == self.chosen
        self._pick(index)
        if again:
            self.action_open()
