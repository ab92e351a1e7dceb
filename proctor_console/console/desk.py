"""The console's working heart without a screen: the state, the line, and giving orders with the outcome in words."""

from collections.abc import Callable, Sequence

from proctor_console.console import refusals
from proctor_console.console import state as s
from proctor_console.console.link import Heard, Outcome, RoomLink
from proctor_console.console.target import Target
from proctor_console.console.texts import _
from shared import messages as m
from shared.commands import RoomCommand, StaffCommand
from shared.errors import Unavailable
from shared.io import tls
from shared.io.clock import boot_now
from shared.refusal import Refusal


class Desk:
    """`changed` is called after every change of `state`; `barred(words)` when the room refuses the log-in."""

    def __init__(self, target: Target, changed: Callable[[], None], barred: Callable[[str], None]) -> None:
        self.target = target
        self.state = s.State()
        self._changed, self._barred = changed, barred
        self._link: RoomLink | None = None

    async def work(self, name: str, pin: str) -> None:
        """Keeps the line for this person until cancelled or barred."""
        context = tls.client_context(self.target.ca_certificate, self.target.folder)
        hello = m.ConsoleHello(m.PROTOCOL_VERSION, name, pin)
        self._link = RoomLink(self.target.ways, context, hello, self._hear, self._down)
        await self._link.run()

    def now(self) -> int | None:
        """Trusted time, ms; None before the first exchange."""
        try:
            return self._link.clock.now() if self._link is not None else None
        except Unavailable:
            return None

    def boot(self) -> int:
        """Boot-time clock, ms."""
        return boot_now()

    async def give(self, session: str, commands: Sequence[StaffCommand]) -> str:
        """Gives the orders in turn; what went wrong in words, empty if all is done. Stops at the first that is not."""
        for done, command in enumerate(commands):
            outcome = await self._link.order(session, command) if self._link is not None else Outcome.UNSENT
            if outcome is Outcome.DONE:
                continue
            said = _said(outcome)
            if done:
                said += " " + _("{done} of {all} were done.").format(done=done, all=len(commands))
            return said
        return ""

    async def room_order(self, command: RoomCommand) -> str:
        """Gives one order about the room as a whole; what went wrong in words, empty if it is done."""
        outcome = await self._link.room_order(command) if self._link is not None else Outcome.UNSENT
        return "" if outcome is Outcome.DONE else _said(outcome)

    def wall(self) -> int:
        """What the room machine's wall clock shows now, ms UTC, as far as the room has told it."""
        told = self.state.time
        return told.system + boot_now() - self.state.time_at if told is not None else 0

    def _hear(self, message: Heard) -> None:
        if isinstance(message, m.Refused):
            self._barred(refusals.words(message.refusal))
            return
        self.state = s.take(self.state, message, self.now() or 0, boot_now())
        self._changed()

    def _down(self) -> None:
        self.state = s.cut(self.state, boot_now())
        self._changed()


def _said(outcome: Outcome | Refusal) -> str:
    if isinstance(outcome, Refusal):
        return refusals.words(outcome)
    if outcome is Outcome.UNSENT:
        return _("Not connected to the room service. Nothing was sent; the exam goes on. Try again when connected.")
    return _(
        "The connection broke before the answer. It may have been done or not: look at the screen once connected, "
        "then repeat it if needed."
    )
