"""The candidate table: the same states as the seat map, as a list sorted by seat, for those who prefer lists.
Draws only.
"""

from textual.widgets import DataTable

from proctor_console.console.board import Seat
from proctor_console.console.clockface import short
from proctor_console.console.marks import LOOKS
from proctor_console.console.texts import _, time_of_day


class CandidateTable(DataTable[str]):
    """One row per candidate; the row key is the seat number."""

    def on_mount(self) -> None:
        """Columns are words of the present language."""
        self.cursor_type = "row"
        names = (
            _("Seat"),
            _("Name"),
            _("Ticket"),
            _("State"),
            _("Answered"),
            _("Saved"),
            _("End"),
            _("ID number"),
            _("PC clock"),
        )
        for name in names:
            self.add_column(name, key=name)

    def show(self, seats: tuple[Seat, ...], items: int) -> None:
        """Draws the candidates among `seats`, keeping the cursor on its seat."""
        wanted = [(str(seat.number), self._cells(seat, items)) for seat in seats if seat.row is not None]
        if [key for key, cells in wanted] != [str(key.value) for key in self.rows]:
            at = self.cursor_row
            self.clear()
            for key, cells in wanted:
                self.add_row(*cells, key=key)
            self.move_cursor(row=min(at, max(0, len(wanted) - 1)))
            return
        for key, cells in wanted:
            for column, cell in zip(self.columns, cells, strict=True):
                if self.get_cell(key, column) != cell:
                    self.update_cell(key, column, cell, update_width=True)

    @property
    def seat_number(self) -> int:
        """The seat of the row under the cursor, or 0."""
        if not self.row_count:
            return 0
        return int(str(self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value))

    def _cells(self, seat: Seat, items: int) -> tuple[str, ...]:
        row, look = seat.row, LOOKS[seat.mark]
        if row is None:
            return ()
        saved = time_of_day(row.saved_at, True) if row.saved_at else "-"
        state = f"{look.symbol} {_(look.word)}"
        if row.gone_room:
            state += f" {row.gone_room}-{row.gone_seat:02}"
        return (
            f"{seat.number:>2}", row.name, row.ticket,  state, f"{row.answered}/{items}", saved,
            time_of_day(row.end), row.id_masked, short(row.clock_off, row.clock_error),
        )  # fmt: skip
