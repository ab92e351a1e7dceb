"""The console's line to the room service: logs in, keeps up by itself, hands messages on, numbers orders.

An order is sent at most once: when the line is cut before the answer, the outcome is `UNKNOWN` and the next board
tells the truth. Trusted time comes over the same line. Shows nothing and knows no rule.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Final

from shared import limits
from shared import messages as m
from shared.commands import RoomCommand, StaffCommand
from shared.errors import Unavailable
from shared.io import link
from shared.io.clock import TrustedClock, boot_now
from shared.io.tasks import Tasks
from shared.io.ways import Ways
from shared.machines import judged_at
from shared.refusal import Refusal

ORDER_WAIT: Final = 10 * limits.SECOND
"""No answer to an order for this long counts as unknown."""


class Outcome(Enum):
    """What became of an order that the room did not refuse."""

    DONE = "done"
    UNSENT = "unsent"
    UNKNOWN = "unknown"


Heard = m.ConsoleWelcome | m.Board | m.MachineBoard | m.Alarm | m.TimeState | m.Refused


class RoomLink:
    """One console's line. `heard` gets every welcome, board and alarm, and the refusal of a log-in; `down` every
    cut.
    """

    def __init__(
        self,
        ways: Ways,
        context: ssl.SSLContext,
        hello: m.ConsoleHello,
        heard: Callable[[Heard], None],
        down: Callable[[], None],
    ) -> None:
        self._ways, self._context, self._hello = ways, context, hello
        self._heard, self._down = heard, down
        self._peer: link.Peer[m.RoomToConsole] | None = None
        self._waiting: dict[int, asyncio.Future[Outcome | Refusal]] = {}
        self._last = 0
        self._barred = asyncio.Event()
        self.clock = TrustedClock()
        self._boards: dict[str, m.Board] = {}

    async def run(self) -> None:
        """Keeps the line until cancelled, or until the room refuses the log-in: that is a person's business."""
        tasks = Tasks()
        keep = link.keep(
            lambda: self._ways.here, self._context, m.RoomToConsole, self._speak, self._cut,
            now=lambda: judged_at(self.clock.now_if_known(), self._opened()), on_failed=self._no_way,
        )  # fmt: skip
        keeping = tasks.spawn("keep", keep)
        barred = tasks.spawn("barred", self._barred.wait())
        try:
            await asyncio.wait((keeping, barred), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await tasks.close()

    def _opened(self) -> int:
        """When the earliest sitting opened that was not ended when last seen."""
        return min((board.opened for board in self._boards.values() if board.opened and not board.ended), default=0)

    async def order(self, session: str, command: StaffCommand) -> Outcome | Refusal:
        """Sends one command about a sitting and waits for the room's word on it."""
        return await self._put(lambda number: m.Order(number, session, command))

    async def room_order(self, command: RoomCommand) -> Outcome | Refusal:
        """Sends one command about the room as a whole."""
        return await self._put(lambda number: m.RoomOrder(number, command))

    async def _put(self, order: Callable[[int], m.Message]) -> Outcome | Refusal:
        peer = self._peer
        if peer is None:
            return Outcome.UNSENT
        self._last += 1
        number, answer = self._last, asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await peer.send(order(number))
            return await asyncio.wait_for(answer, ORDER_WAIT / 1000)
        except (Unavailable, TimeoutError):
            return Outcome.UNKNOWN
        finally:
            self._waiting.pop(number, None)

    async def _speak(self, peer: link.Peer[m.RoomToConsole]) -> None:
        await peer.send(self._hello)
        first = await peer.receive()
        if isinstance(first, m.Refused):
            self._heard(first)
            self._barred.set()
            return
        tasks = Tasks()
        try:
            self._take(first, peer)
            tasks.spawn("beacons", self._beacons(peer))
            while True:
                self._take(await peer.receive(), peer)
        finally:
            await tasks.close()

    def _take(self, message: m.RoomToConsole, peer: link.Peer[m.RoomToConsole]) -> None:
        match message:
            case m.BeaconReply():
                self.clock.take_beacon(message, "room")
            case m.OrderDone(id=number):
                self._answer(number, Outcome.DONE)
            case m.Refused(re=0):
                # The sign-in is over (elsewhere, or taken off the staff): that is a person's business, too.
                self._heard(message)
                self._barred.set()
            case m.Refused(refusal=refusal, re=number):
                self._answer(number, refusal)
            case m.ConsoleWelcome():
                self._peer = peer
                self._heard(message)
            case m.Board() | m.MachineBoard() | m.Alarm() | m.TimeState():
                if isinstance(message, m.Board):
                    self._boards[message.session.id] = message
                self._heard(message)

    def _answer(self, number: int, outcome: Outcome | Refusal) -> None:
        future = self._waiting.get(number)
        if future is not None and not future.done():
            future.set_result(outcome)

    def _no_way(self, error: Unavailable) -> None:
        """Nobody there, or a machine that was replaced: another address is tried. Turned down: a person's business."""
        self._ways.failed()
        if error.wire_code not in ("no_link", "room_replaced"):
            self._heard(m.Refused(Refusal(error.wire_code)))
            self._barred.set()

    def _cut(self) -> None:
        self._peer = None
        for number in tuple(self._waiting):
            self._answer(number, Outcome.UNKNOWN)
        self._down()

    async def _beacons(self, peer: link.Peer[m.RoomToConsole]) -> None:
        with suppress(Unavailable):
            while True:
                await peer.send(m.Beacon(boot_now()))
                await asyncio.sleep(limits.BEACON_EVERY / 1000)
