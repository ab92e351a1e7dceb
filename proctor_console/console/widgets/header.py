"""The head of the room screen: who and where, trusted time, countdown, phase ladder, next step. Draws only."""

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from proctor_console.console import rights, steps
from proctor_console.console import state as s
from proctor_console.console.texts import _, fit, subject_name, time_of_day
from shared.messages import Board


class Header(Static):
    """Four lines: place and time; session and countdown; ladder; next step."""

    def show(self, state: s.State, now: int | None) -> None:
        """Draws for trusted time `now` (None before the first exchange)."""
        board, width = s.current(state), max(40, self.size.width)
        self.update(Text("\n").join(self._lines(state, board, now, width)))

    def _lines(self, state: s.State, board: Board | None, now: int | None, width: int) -> list[Text]:
        room = _("Room {room}").format(room=state.room.name) if state.room is not None else ""
        clock = _("Beijing time") + " " + (time_of_day(now, True) if now is not None else "--:--:--")
        link = {
            s.LinkState.UP: _("connected"), s.LinkState.DOWN: _("CUT"), s.LinkState.CONNECTING: _("connecting"),
        }[state.link]  # fmt: skip
        person = f"{state.name} ({rights.role_name(state.role)})" if state.name else ""
        first = _sides(f" {room} | {person} | {link}", f"{clock} ", width, "bold reverse")
        if now is None:
            return [first, Text(_("Waiting for trusted time: the room takes it from the site machine or the PCs."))]
        if board is None:
            return [first, Text(_("No sitting is loaded in this room yet; it appears by itself."))]
        what, left = steps.countdown(board, now)
        boards = s.ordered(state)
        which = f"[{boards.index(board) + 1}/{len(boards)} F10] " if len(boards) > 1 else ""
        title = f" {which}{board.session.title} {subject_name(board.session.subject)}"
        second = _sides(title, f"{what}  {left} ", width, "bold")
        step = steps.next_step(board, now) if state.link is s.LinkState.UP else steps.while_cut()
        return [first, second, _with_code(_ladder(steps.rung(board, now)), board, width), self._next(step, width)]

    def _next(self, step: str, width: int) -> Text:
        text = " " + _("Next:") + " " + step
        return Text(fit(text, width) if cell_len(text) <= width else text, style="black on bright_yellow")


def _sides(left: str, right: str, width: int, style: str) -> Text:
    room = width - cell_len(right)
    return Text(fit(left, max(0, room)) + right, style=style, no_wrap=True)


def _with_code(ladder: Text, board: Board, width: int) -> Text:
    """The ladder, and at its right where there is room the code of the sitting's record, to compare aloud."""
    if board.head is None:
        return ladder
    code = _("Record code") + f" {board.head.code} "
    room = width - ladder.cell_len - cell_len(code)
    return Text.assemble(ladder, " " * room, (code, "dim")) if room > 0 else ladder


def _ladder(at: steps.Rung) -> Text:
    text = Text(" ")
    for rung, name in steps.RUNGS.items():
        if rung:
            text.append(" > ", "dim")
        if rung < at:
            text.append(f"✓{_(name)}", "green")
        elif rung == at:
            text.append(f"[{_(name)}]", "bold bright_white on blue")
        else:
            text.append(_(name), "dim")
    return text
