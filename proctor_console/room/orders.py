"""One console at the room's port: the person proves name and PIN, then orders go to the desks and boards come back.

`by` is always the proven name, whatever the console sent. Knows no rules of the exam; boards are sent by `app.py`.
"""

import msgspec

from proctor_console.room.hall import Hall
from proctor_console.room.staff import READERS
from shared import messages as m
from shared.commands import ConfirmTime, RoomCommand
from shared.errors import Malformed, Refused
from shared.io.peer import ServerPeer
from shared.model import Room, Staff
from shared.refusal import Refusal


class ConsoleConnection:
    """An attached console."""

    def __init__(self, hall: Hall, peer: ServerPeer, hello: m.ConsoleHello) -> None:
        self._hall = hall
        self._peer = peer
        self._hello = hello

    def send(self, message: m.Message) -> None:
        """Queues a message."""
        self._peer.send(message)

    async def run(self) -> None:
        """Serves the console until it goes; raises `Unavailable` then, `Malformed` when it breaks the protocol."""
        try:
            person = await self._hall.staff.check(self._hello.name, self._hello.pin)
        except Refused as error:
            self.send(m.Refused(Refusal(error.wire_code)))
            self._peer.drop()
            return
        self.send(m.ConsoleWelcome(self._room(), person.name, person.role))
        self.send(self._hall.time.state())
        self._hall.presence.consoles.add(self)
        self._hall.presence.changed()
        try:
            while True:
                message: m.Message = await self._peer.receive(m.ConsoleMessage)
                await self._take(person, message, self._hall.clock.now() if self._hall.clock.known else 0)
        finally:
            self._hall.presence.consoles.discard(self)

    def _room(self) -> Room:
        newest = max(self._hall.desks.values(), key=lambda desk: desk.state.session.start, default=None)
        name = self._hall.machine.room
        return newest.state.room if newest is not None else Room(name, name, 0, 0)

    async def _take(self, person: Staff, message: m.Message, received: int) -> None:
        match message:
            case m.Beacon(sent=sent):
                if received:
                    self.send(self._hall.clock.answer(sent, received))
            case m.Order():
                await self._order(person, message)
            case m.RoomOrder():
                self._answer(message.id, self._room_order(person, message.command))
            case _:
                raise Malformed("a second hello")

    async def _order(self, person: Staff, order: m.Order) -> None:
        desk = self._hall.desks.get(order.session)
        if desk is None or person.role in READERS:
            self.send(m.Refused(Refusal("not_allowed" if desk else "unknown_session"), order.id))
            return
        if not self._hall.clock.known:
            self.send(m.Refused(Refusal("no_time"), order.id))
            return
        outcome = await desk.ask(msgspec.structs.replace(order.command, by=person.name))
        self._answer(order.id, outcome if isinstance(outcome, Refusal) else None)

    def _room_order(self, person: Staff, command: RoomCommand) -> Refusal | None:
        if person.role in READERS or not isinstance(command, ConfirmTime):
            return Refusal("not_allowed")
        return self._hall.time.confirm(person.name, command.system)

    def _answer(self, number: int, refusal: Refusal | None) -> None:
        self.send(m.OrderDone(number) if refusal is None else m.Refused(refusal, number))
