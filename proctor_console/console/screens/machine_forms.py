"""The forms of the machines screen: how long and for how many, which seat, why. They check that they are filled."""

from textual.app import ComposeResult
from textual.widgets import Input, Static

from proctor_console.console.machines import CONFLICTS
from proctor_console.console.screens.forms import Form
from proctor_console.console.texts import _
from shared import commands as c
from shared import limits
from shared.machines import Enrolled, Kind, Pending


class WindowForm(Form[c.RoomCommand]):
    """Opens enrolment for PCs; `count` is how many are still missing."""

    def __init__(self, count: int) -> None:
        super().__init__(_("Open enrolment for PCs"), _("Open"))
        self._count = count

    def fields(self) -> ComposeResult:
        """How many and how long."""
        yield Static(_("How many PCs"))
        yield Input(str(self._count), type="integer", id="count", max_length=3)
        yield Static(_("For how many minutes"))
        yield Input(str(limits.WINDOW_MINUTES), type="integer", id="minutes", max_length=4)
        yield Static(_("A new code takes the place of the former one."), classes="hint")

    def command(self) -> c.RoomCommand | str:
        """Two whole numbers."""
        count, minutes = (self.query_one(f"#{name}", Input).value.strip() for name in ("count", "minutes"))
        if not (count.isdecimal() and minutes.isdecimal() and int(count) and int(minutes)):
            return _("Enter both as whole numbers.")
        return c.OpenWindow(Kind.PC, int(minutes), int(count))


class SeatForm(Form[c.RoomCommand]):
    """Confirms one PC, at the proposed seat or another."""

    def __init__(self, pending: Pending) -> None:
        super().__init__(_("Confirm the PC at {address}").format(address=pending.address), _("Confirm"))
        self._pending = pending

    def fields(self) -> ComposeResult:
        """What speaks against it, and the seat."""
        yield Static(_(CONFLICTS[self._pending.conflict]), markup=False)
        yield Static(_("Seat where this PC stands"))
        yield Input(str(self._pending.number or ""), type="integer", id="seat", max_length=3)

    def command(self) -> c.RoomCommand | str:
        """A seat."""
        seat = self.query_one("#seat", Input).value.strip()
        if not seat.isdecimal() or not 0 < int(seat) <= limits.SEAT_MOST:
            return _("Enter the seat as a whole number.")
        return c.ConfirmMachines((self._pending.id,), int(seat))


class RevokeForm(Form[c.RoomCommand]):
    """Takes a certificate back, for good and with a reason."""

    def __init__(self, machine: Enrolled) -> None:
        super().__init__(_("Revoke {name}").format(name=machine.name), _("Revoke"))
        self._machine = machine

    def fields(self) -> ComposeResult:
        """What it means, and why."""
        yield Static(
            _("It is cut off at once and never let in again with this certificate. Saved answers are kept."),
            markup=False,
        )
        yield Static(_("Reason (kept in the record)"))
        yield Input(id="reason", max_length=200)

    def command(self) -> c.RoomCommand | str:
        """A reason."""
        reason = self.query_one("#reason", Input).value.strip()
        return c.RevokeMachine(self._machine.id, reason) if reason else _("Write in a few words why.")
