"""The counts bar: 应到 已登录 在线 已交卷 已收卷 缺考 违纪. Draws only."""

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from proctor_console.console import board as b
from proctor_console.console.texts import N_, _
from shared.messages import Board

NAMES = (
    (N_("Expected"), "bold"),
    (N_("Logged in"), "bold"),
    (N_("Online"), "bold"),
    (N_("Handed in"), "bold green"),
    (N_("Collected"), "bold green"),
    (N_("Absent"), "bold yellow"),
    (N_("Violations"), "bold red"),
)


class CountsBar(Static):
    """One line of seven numbers; numbers that are zero stay quiet."""

    def show(self, board: Board, which: b.Filter) -> None:
        """Draws the counts, and at the right which seats are shown if not all."""
        text = Text(" ", no_wrap=True)
        for (name, style), value in zip(NAMES, b.counts(board), strict=True):
            text.append(f"{_(name)} ").append(f"{value}", style if value else "dim").append("  ")
        label = filter_name(which)
        if which is not b.Filter.ALL and cell_len(text.plain) + cell_len(label) < self.size.width:
            text.append(label, "reverse")
        self.update(text)


def filter_name(which: b.Filter) -> str:
    """What a filter shows, in words."""
    return {
        b.Filter.ALL: _("all seats"),
        b.Filter.NOT_IN: _("not logged in only"),
        b.Filter.ATTENTION: _("needs attention only"),
    }[which]
