"""The alarm strip: the most urgent concerns, one line each, with their next step. Draws only."""

from rich.text import Text
from textual.widgets import Static

from proctor_console.console.alarms import Concern, Weight
from proctor_console.console.texts import _, fit

STYLES = {Weight.DANGER: "bold white on red", Weight.CARE: "black on yellow", Weight.NOTE: "white on rgb(60,60,90)"}
LINES = 2


class Strip(Static):
    """At most `LINES` concerns; what does not fit is counted and stands in the log (F9)."""

    def show(self, concerns: tuple[Concern, ...]) -> None:
        """Draws the concerns, or nothing at all."""
        self.display = bool(concerns)
        width = max(40, self.app.size.width)
        text = Text()
        for number, one in enumerate(concerns[:LINES]):
            rest = len(concerns) - LINES
            more = " " + _("(+{count}: F9)").format(count=rest) if number == LINES - 1 and rest > 0 else ""
            sign = "!" if one.weight is Weight.DANGER else "-"
            text.append("\n" if number else "").append(fit(f" {sign} {one.text}{more}", width), STYLES[one.weight])
        self.update(text)
