"""Machines as a person sees them: order, states, counts and the window."""

from proctor_console.console import machines as view
from shared.crypto import sha256
from shared.machines import Conflict, Enrolled, Kind, Pending, Window
from shared.messages import MachineBoard, MachineRow

VALID = (1_795_000_000_000, 1_797_000_000_000)


def row(kind: Kind, number: int, *here: str, revoked: str = "") -> MachineRow:
    """An enrolled machine and where it is connected from."""
    point = sha256(f"{kind}{number}{revoked}".encode())
    return MachineRow(Enrolled(kind, "01", number, point, None, f"10.0.0.{number}", *VALID, revoked), here)


def board(*rows: MachineRow, pending: tuple[Pending, ...] = (), windows: tuple[Window, ...] = ()) -> MachineBoard:
    """What the room tells."""
    return MachineBoard(rows, pending, windows)


def test_conflicts_come_first_and_the_revoked_last() -> None:
    waiting = (Pending("p", 2, "x", Conflict.NONE), Pending("q", 9, "y", Conflict.ASKED_TWICE))
    shown = board(row(Kind.PC, 3, revoked="坏了"), row(Kind.PC, 10), row(Kind.PC, 2, "10.0.0.2"), pending=waiting)
    lines = view.lines(shown)
    assert [line.cells()[1] for line in lines] == ["9", "2", "2", "10", "3"]
    assert [line.cells()[3] for line in lines] == [
        "two PCs ask for this seat", "waits to be confirmed", "connected", "not connected", "revoked: 坏了"
    ]  # fmt: skip
    assert lines[2].cells()[4] == "until 2026-12-11"
    assert view.counts(shown) == view.Counts(1, 1, 2, 1)


def test_an_odd_address_and_an_unknown_seat_are_shown_as_such() -> None:
    (waiting,) = view.lines(board(pending=(Pending("p", 0, "x", Conflict.NO_SEAT),)))
    (odd,) = view.lines(board(row(Kind.PC, 2, "10.0.0.2", "10.0.0.9")))
    (replaced,) = view.lines(board(row(Kind.PC, 2, revoked="replaced")))
    assert waiting.cells()[1] == "?"
    assert odd.cells()[3] == "connected from 10.0.0.2, 10.0.0.9"
    assert replaced.cells()[3] == "revoked: replaced by another PC"


def test_only_an_open_window_for_pcs_shows_its_code() -> None:
    pcs, consoles = Window(Kind.PC, "01", "1", 100, 1), Window(Kind.CONSOLE, "01", "2", 100, 1)
    assert view.window(board(windows=(consoles, pcs)), 99) == pcs
    assert view.window(board(windows=(consoles, pcs)), 100) is None
