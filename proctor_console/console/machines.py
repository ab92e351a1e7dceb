"""The room's machines as a person sees them: who waits, who is enrolled and here, which window is open. Pure.

Waiting PCs come first, then the enrolled by seat, then what was revoked. Decides nothing; the room and the site do.
"""

from typing import Final, NamedTuple

from proctor_console.console.texts import N_, _, date_of
from shared.machines import Conflict, Kind, Pending, Window
from shared.messages import MachineBoard, MachineRow

CONFLICTS: Final[dict[Conflict, str]] = {
    Conflict.NONE: N_("waits to be confirmed"),
    Conflict.NO_SEAT: N_("no seat is known: enter it"),
    Conflict.BEYOND_PLAN: N_("a seat beyond the room's plan"),
    Conflict.ASKED_TWICE: N_("two PCs ask for this seat"),
    Conflict.REPLACES: N_("replaces the PC enrolled for this seat"),
}


class Line(NamedTuple):
    """One machine: `key` is its id, and it either waits or is enrolled."""

    key: str
    pending: Pending | None = None
    row: MachineRow | None = None

    @property
    def style(self) -> str:
        """How the line is coloured."""
        if self.pending is not None:
            return "bold yellow" if self.pending.conflict else "bold"
        assert self.row is not None  # noqa: S101  # one of the two
        return "dim" if self.row.machine.revoked else "green" if self.row.here else ""

    def cells(self) -> tuple[str, str, str, str, str]:
        """Name, seat or number, address, state, validity."""
        if self.pending is not None:
            seat = str(self.pending.number or "?")
            return _("PC"), seat, self.pending.address, _(CONFLICTS[self.pending.conflict]), "-"
        assert self.row is not None  # noqa: S101  # one of the two
        one = self.row.machine
        name = _("Console") if one.kind is Kind.CONSOLE else _("PC")
        return name, str(one.number), one.address, _state(self.row), _("until {date}").format(date=date_of(one.expires))


def lines(board: MachineBoard) -> tuple[Line, ...]:
    """All machines in the order of the screen."""
    waiting = sorted(board.pending, key=lambda one: (not one.conflict, one.number, one.id))
    rows = sorted(board.rows, key=lambda row: (bool(row.machine.revoked), row.machine.kind, row.machine.number))
    return (
        *(Line(one.id, pending=one) for one in waiting),
        *(Line(row.machine.id, row=row) for row in rows),
    )


def window(board: MachineBoard, now: int) -> Window | None:
    """The open window for PCs."""
    return next((one for one in board.windows if one.kind is Kind.PC and one.open_at(now)), None)


class Counts(NamedTuple):
    """How many wait without and with a conflict, are enrolled as PCs, and of those are here."""

    plain: int
    conflicts: int
    enrolled: int
    here: int


def counts(board: MachineBoard) -> Counts:
    """The numbers above the list."""
    conflicts = sum(bool(one.conflict) for one in board.pending)
    pcs = [row for row in board.rows if row.machine.kind is Kind.PC and not row.machine.revoked]
    return Counts(len(board.pending) - conflicts, conflicts, len(pcs), sum(bool(row.here) for row in pcs))


def _state(row: MachineRow) -> str:
    if row.machine.revoked:
        return _("revoked: {why}").format(why=_words_of(row.machine.revoked))
    if not row.here:
        return _("not connected")
    if row.here == (row.machine.address,):
        return _("connected")
    return _("connected from {addresses}").format(addresses=", ".join(row.here))


def _words_of(reason: str) -> str:
    return _("replaced by another PC") if reason == "replaced" else reason
