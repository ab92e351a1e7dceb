"""Screens that are only read: help, the alarm log, one candidate's details. Texts come from the registries and the
state.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Static

from proctor_console.console import clockface
from proctor_console.console import state as s
from proctor_console.console.actions import ACTIONS, Scene, why_not
from proctor_console.console.alarms import concerns, words
from proctor_console.console.board import Seat
from proctor_console.console.marks import LOOKS, Mark
from proctor_console.console.rights import CAUSES
from proctor_console.console.texts import _, minutes, span, time_of_day
from proctor_console.console.widgets.actions_bar import key_name
from shared.messages import Board, SeatRow


class Reading(ModalScreen[str]):
    """A scrollable text; Esc or Enter closes; keys in `keys` close with that key as the result."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("enter", "leave", show=False),
        Binding("f1", "leave", show=False),
        Binding("f9", "leave", show=False),
    ]

    def __init__(self, title: str, text: str, keys: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._title, self._text, self._keys = title, text, keys

    def compose(self) -> ComposeResult:
        """Title and text."""
        with VerticalScroll(classes="dialog reading"):
            yield Static(self._title, classes="dialog-title", markup=False)
            yield Static(self._text, classes="dialog-text", markup=False)
            yield Static(_("Esc closes"), classes="hint")

    def on_key(self, event: Key) -> None:
        """A key of an action that is possible here."""
        if event.key in self._keys:
            event.stop()
            self.dismiss(event.key)

    def action_leave(self) -> None:
        """Esc, Enter."""
        self.dismiss("")


def help_text() -> str:
    """All keys with their meaning, and the legend of the seat map."""
    lines = [f"{key_name(action.key):>4}  {_(action.label)}: {_(action.help)}" for action in ACTIONS]
    lines += [
        f"{'F5':>4}  " + _("Machines: enrol PCs, see who is connected, revoke"),
        f"{'F9':>4}  " + _("Alarm log"),
        f"{'c':>4}  " + _("Confirm the clock, where the room has no trusted time: two people"),
        f"{'F10':>4}  " + _("Next sitting"),
        f"{'k':>4}  " + _("Unlock a person after wrong PINs (chief invigilator, deputy)"),
        f"{'m':>4}  " + _("Move candidates to another room (chief invigilator, deputy)"),
        f"{'F12':>4}  " + _("Change of person: sign out, sign in as somebody else"),
        f"{'1':>4}  " + _("All seats; 2: not logged in; 3: needs attention"),
        f"{'t':>4}  " + _("Seat map or list"),
        f"{'^p':>4}  " + _("Find an action by name"),
        f"{'^q':>4}  " + _("Leave the console; the exam goes on without it"),
        "",
    ]
    lines += [
        f"   {look.symbol}  {_(look.word)}: {_(look.meaning)}" for mark, look in LOOKS.items() if mark is not Mark.EMPTY
    ]
    return "\n".join(lines)


def alarm_text(state: s.State, now: int, boot: int) -> str:
    """What holds now, then the alarms, newest first."""
    lines = [_("Now:")] + [f"  {one.text}" for one in concerns(state, now, boot)]
    if len(lines) == 1:
        lines.append("  " + _("nothing"))
    lines += ["", *_codes(s.current(state)), _("Alarms so far:")]
    lines += [
        f"  {time_of_day(one.at, True) if one.at else '--:--:--'}  {words(one.alarm)}" for one in reversed(state.alarms)
    ]
    return "\n".join(lines if state.alarms else [*lines, "  " + _("none")])


def _codes(board: Board | None) -> list[str]:
    """The signed heads of sitting and site as people compare them: aloud, by telephone, on the record sheet."""
    if board is None:
        return []
    lines = [_("Record codes, the same on the site machine and at the platform:")]
    for name, head in ((_("this sitting"), board.head), (_("the site"), board.site_head)):
        if head is not None:
            lines.append(f"  {head.code}  {name}, {head.place}, {time_of_day(head.time, True)}")
    return [*lines, ""] if len(lines) > 1 else []


def seat_title(seat: Seat) -> str:
    """Seat number and whose it is."""
    name = seat.row.name if seat.row is not None else _("nobody")
    return _("Seat {seat}: {name}").format(seat=seat.number, name=name)


def seat_text(seat: Seat, scene: Scene) -> str:
    """One seat's states and counts, and what can be done; never an answer."""
    look = LOOKS[seat.mark]
    lines = [f"{look.symbol} {_(look.word)}: {_(look.meaning)}"]
    if seat.row is not None:
        lines += _of_row(seat.row, scene)
        lines.append("")
        for action in ACTIONS:
            if action.selected:
                reason = why_not(action, scene)
                lines.append(f" {key_name(action.key)}  {_(action.label)}" + (f": {reason}" if reason else ""))
    if seat.pc is not None:
        lines.append(_("PC {address}, nobody logged in").format(address=seat.pc.address))
        lines.append(clockface.line(seat.pc.clock_off, seat.pc.clock_error))
        lines += ["  ! " + _("check found: {fault}").format(fault=fault) for fault in seat.pc.faults]
    return "\n".join(lines)


def _of_row(row: SeatRow, scene: Scene) -> list[str]:
    yes, no = _("yes"), _("no")
    saved = time_of_day(row.saved_at, True) if row.saved_at else "-"
    lines = [
        _("Ticket {ticket}   ID number {id}").format(ticket=row.ticket, id=row.id_masked),
        _("Arranged seat {place}, now at {seat}").format(place=row.place, seat=row.seat or "-"),
        _("PC connected: {online}   Sealed paper there: {paper}   Notices read: {read}").format(
            online=yes if row.online else no, paper=yes if row.paper else no, read=yes if row.read else no
        ),
        _("Answered {answered} of {items}, last saved {saved}").format(
            answered=row.answered, items=scene.board.items, saved=saved
        ),
        _("Ends {end}, extra time {extra} min, warnings {warnings}").format(
            end=time_of_day(row.end, True), extra=minutes(row.extra), warnings=row.warnings
        ),
    ]
    if row.online:
        lines.append(clockface.line(row.clock_off, row.clock_error))
    if row.gone_room:
        text = _("Goes on in room {room} at seat {seat}: log in there with ticket and ID number")
        lines.append(text.format(room=row.gone_room, seat=row.gone_seat))
    if row.lost:
        lines.append(
            _("Lost {time}, {why} (key w)").format(time=span(row.lost), why=_(CAUSES.get(row.cause, row.cause)))
        )
    if row.held:
        text = _("{count} records held, {open} of them may be decided about (key d)")
        lines.append(text.format(count=row.held, open=row.undecided))
    return lines
