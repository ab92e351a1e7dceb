"""The super-state of a seat: many flags folded into one by strict priority, with symbol, word, colour and what to do.

`mark_of` is pure. The order of `Mark` is the order of urgency; colours are names of styles that the seat map knows.
Symbols are one cell wide in every terminal (no ambiguous width), and never the only sign: word and colour go with
them.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from proctor_console.console.texts import N_
from shared import limits
from shared.messages import Board, SeatRow
from shared.sitting import Status

IDLE_AFTER: Final = 5 * limits.MINUTE


class Mark(StrEnum):
    """Most urgent first; the first that fits is shown."""

    VOID = "void"
    WAITING = "waiting"
    HAND = "hand"
    OFFLINE = "offline"
    MISSING = "missing"
    FAULTY = "faulty"
    IDLE = "idle"
    ANSWERING = "answering"
    FETCHING = "fetching"
    UNREAD = "unread"
    READY = "ready"
    SUBMITTED = "submitted"
    LEFT = "left"
    COLLECTED = "collected"
    ABSENT = "absent"
    CANCELLED = "cancelled"
    MOVED = "moved"
    GUEST = "guest"
    EXPECTED = "expected"
    PC_READY = "pc_ready"
    EMPTY = "empty"


class Look(NamedTuple):
    """How a mark is shown: symbol (1 cell), short word (2 Chinese characters), meaning and next step, colour name."""

    symbol: str
    word: str
    meaning: str
    colour: str


LOOKS: Final[dict[Mark, Look]] = {
    Mark.VOID: Look(
        "X", N_("void"), N_("Paper void: the answers so far are kept and the PC shows a stop page."), "red"
    ),
    Mark.WAITING: Look(
        "?", N_("asks"), N_("Another PC asks to go on with this paper: F4 to approve or deny."), "yellow"
    ),
    Mark.HAND: Look("^", N_("hand"), N_("Raised a hand: go to the seat, then press h."), "yellow"),
    Mark.OFFLINE: Look(
        "⊘",
        N_("cut"),
        N_("PC not connected. Typed answers stay in that PC. Check cable and power, or move to a spare."),
        "red",
    ),
    Mark.MISSING: Look(
        "!", N_("late"), N_("Not logged in after the start: remind, or register absence later."), "yellow"
    ),
    Mark.FAULTY: Look(
        "!", N_("fault"), N_("The PC's own check found a fault: see the details, call the technician."), "red"
    ),
    Mark.IDLE: Look("~", N_("idle"), N_("No answer saved for more than 5 minutes: look whether all is well."), "cyan"),
    Mark.ANSWERING: Look("*", N_("works"), N_("Answering; answers are being saved in the room."), "blue"),
    Mark.FETCHING: Look(".", N_("loads"), N_("Logged in; the sealed paper is still being copied to the PC."), "cyan"),
    Mark.UNREAD: Look("-", N_("reads"), N_('Logged in; has not pressed "I have read" yet.'), "cyan"),
    Mark.READY: Look("+", N_("ready"), N_("Logged in, has read the notices, the sealed paper is there."), "green"),
    Mark.SUBMITTED: Look(
        "✓", N_("done"), N_("Handed in. Check the seat, then press l to let the candidate leave."), "green"
    ),
    Mark.LEFT: Look("<", N_("left"), N_("Handed in and left the room."), "dim"),
    Mark.COLLECTED: Look("=", N_("taken"), N_("Collected automatically at the end."), "green"),
    Mark.ABSENT: Look("/", N_("absent"), N_("Registered as absent; may be undone until the sitting is ended."), "dim"),
    Mark.CANCELLED: Look("x", N_("off"), N_("The session was cancelled; nobody answers and nothing is lost."), "dim"),
    Mark.MOVED: Look(
        ">",
        N_("gone"),
        N_("Goes on in another room, with everything that was saved here."),
        "dim",
    ),
    Mark.GUEST: Look(
        "<", N_("comes"), N_("Comes from another room: let the candidate log in here with the same ticket."), "yellow"
    ),
    Mark.EXPECTED: Look("-", N_("await"), N_("Not logged in yet."), "plain"),
    Mark.PC_READY: Look("o", N_("PC on"), N_("A PC is connected here and nobody is logged in."), "plain"),
    Mark.EMPTY: Look(" ", N_("empty"), N_("Nobody is placed here and no PC is connected."), "dim"),
}

ATTENTION: Final = frozenset({Mark.WAITING, Mark.HAND, Mark.OFFLINE, Mark.MISSING, Mark.FAULTY, Mark.IDLE, Mark.GUEST})
"""What the filter "needs attention" shows."""

_DONE: Final = {
    Status.VOID: Mark.VOID,
    Status.COLLECTED: Mark.COLLECTED,
    Status.ABSENT: Mark.ABSENT,
    Status.CANCELLED: Mark.CANCELLED,
    Status.MOVED: Mark.MOVED,
}


def mark_of(row: SeatRow, board: Board, now: int) -> Mark:
    """The one state shown for a candidate at trusted time `now`."""
    if row.status in _DONE:
        return _DONE[Status(row.status)]
    if row.status == Status.SUBMITTED:
        return Mark.LEFT if row.left else Mark.SUBMITTED
    if row.waiting_seat:
        return Mark.WAITING
    if row.hand_up:
        return Mark.HAND
    started = board.opened and now >= board.clock.start
    if row.status == Status.EXPECTED:
        return Mark.MISSING if started else Mark.EXPECTED
    if not row.online:
        return Mark.OFFLINE if row.seat else Mark.GUEST
    if started:
        quiet = now - max(row.saved_at, board.clock.start)
        return Mark.IDLE if quiet > IDLE_AFTER and row.answered < board.items else Mark.ANSWERING
    if not row.paper:
        return Mark.FETCHING
    return Mark.READY if row.read else Mark.UNREAD
