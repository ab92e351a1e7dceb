"""The alarm strip: the most urgent concerns, one line each, with their next step. Draws only."""

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from proctor_console.console.alarms import Concern, Weight
from proctor_console.console.texts import _, fit, wrapped

STYLES = {Weight.DANGER: "bold white on red", Weight.CARE: "black on yellow", Weight.NOTE: "white on rgb(60,60,90)"}
SHOWN = 2
LINES = 2
"""Lines that the most urgent concern may take where it is a danger: its next step must be readable on any screen."""


class Strip(Static):
    """At most `SHOWN` concerns; what does not fit is counted and stands in the log (F9)."""

    def show(self, concerns: tuple[Concern, ...]) -> None:
        """Draws the concerns, or nothing at all."""
        self.display = bool(concerns)
        width = max(40, self.app.size.width)
        rest = len(concerns) - SHOWN
        more = " " + _("(+{count}: F9)").format(count=rest) if rest > 0 else ""
        drawn = []
        for number, one in enumerate(concerns[:SHOWN]):
            sign = "!" if one.weight is Weight.DANGER else "-"
            if not number and one.weight is Weight.DANGER:
                lines = wrapped(f" {sign} {one.text}", width, LINES)
            else:
                # What is cut off must never be the count of what is not shown at all.
                count = more if number == SHOWN - 1 else ""
                lines = [fit(f" {sign} {one.text}", width - cell_len(count)) + count]
            drawn += [Text(line, STYLES[one.weight]) for line in lines]
        self.update(Text("\n").join(drawn))
