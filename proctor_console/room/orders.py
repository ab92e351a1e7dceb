"""One console at the room's port: the person proves name and PIN, then orders go to the desks and boards come back.

Every order carries the proven person and where they sit, whatever the console sent. A person acts from one console at
a time: signing in elsewhere ends the former sign-in, and so does being taken off the staff. Knows no rules of the
exam; boards are sent by `app.py`.
"""

from typing import Final

import msgspec

from proctor_console.room.hall import Hall
from shared import commands as c
from shared import messages as m
from shared.errors import Malformed, Refused
from shared.io.peer import ServerPeer
from shared.machines import Enrolled
from shared.model import Room, Staff
from shared.refusal import Refusal
from shared.roles import DEFAULT, Action, Level, Stage

ACTIONS: Final = {
    c.ResetPin: Action.RESET_PIN,
    c.ConfirmTime: Action.CONFIRM_TIME,
    c.OpenWindow: Action.OPEN_WINDOW,
    c.ConfirmMachines: Action.CONFIRM_MACHINES,
    c.DeclineMachines: Action.DECLINE_MACHINES,
    c.RevokeMachine: Action.REVOKE_MACHINE,
    c.MoveToRoom: Action.MOVE_TO_ROOM,
}
"""The row of the role table that an order to the room is judged by."""


class ConsoleConnection:
    """An attached console."""

    def __init__(self, hall: Hall, peer: ServerPeer, hello: m.ConsoleHello, machine: Enrolled) -> None:
        self.machine = machine
        self.address = peer.address
        self._hall = hall
        self._peer = peer
        self._hello = hello
        self.person: Staff | None = None

    def send(self, message: m.Message) -> None:
        """Queues a message."""
        self._peer.send(message)

    def sign_out(self, code: str) -> None:
        """Ends the sign-in with the reason; nothing more of this person is taken from here."""
        self.person = None
        self.send(m.Refused(Refusal(code)))
        self._peer.drop()

    def send_machines(self, board: m.MachineBoard) -> None:
        """Queues the room's machines; only who may open windows sees their codes."""
        if not self._may_see_codes():
            closed = tuple(msgspec.structs.replace(one, code="") for one in board.windows)
            board = msgspec.structs.replace(board, windows=closed)
        self.send(board)

    def drop(self) -> None:
        """Ends the connection after what is queued."""
        self._peer.drop()

    async def run(self) -> None:
        """Serves the console until it goes; raises `Unavailable` then, `Malformed` when it breaks the protocol."""
        try:
            person = await self._hall.staff.check(self._hello.name, self._hello.pin)
        except Refused as error:
            self.send(m.Refused(Refusal(error.wire_code)))
            self._peer.drop()
            return
        actor = c.Actor(person.name, person.role, self.machine.name, self.address)
        self._hall.presence.sign_out("signed_in_elsewhere", lambda other: other.name == person.name)
        self.person = person
        self.send(m.ConsoleWelcome(self._room(), person.name, person.role))
        self.send(self._hall.time.state())
        self.send_machines(self._hall.machine_board())
        if not self._hall.disk_ok:
            # Boards say so, too, but not while the room does not know the time.
            self.send(m.Alarm("disk_failed"))
        self._hall.guests.enter(self)
        self._hall.presence.consoles.add(self)
        self._hall.presence.changed()
        try:
            while True:
                message: m.Message = await self._peer.receive(m.ConsoleMessage)
                if self.person is None:
                    return
                await self._take(actor, message, self._hall.clock.now() if self._hall.clock.known else 0)
        finally:
            self._hall.presence.consoles.discard(self)
            self._hall.guests.leave(self)
            if self._hall.clock.known:
                for desk in self._hall.desks.values():
                    desk.put(c.StaffLeft(actor))

    def _room(self) -> Room:
        newest = max(self._hall.desks.values(), key=lambda desk: desk.state.session.start, default=None)
        name = self._hall.machine.room
        return newest.state.room if newest is not None else Room(name, name, 0, 0)

    async def _take(self, actor: c.Actor, message: m.Message, received: int) -> None:
        match message:
            case m.Beacon(sent=sent):
                if received:
                    self.send(self._hall.clock.answer(sent, received))
            case m.Order():
                await self._order(actor, message)
            case m.RoomOrder():
                await self._room_order(actor, message)
            case _:
                raise Malformed("a second hello")

    async def _order(self, actor: c.Actor, order: m.Order) -> None:
        desk = self._hall.desks.get(order.session)
        if desk is None:
            self.send(m.Refused(Refusal("unknown_session"), order.id))
        elif not self._hall.disk_ok:
            self.send(m.Refused(Refusal("disk_failed"), order.id))
        elif not self._hall.clock.known:
            self.send(m.Refused(Refusal("no_time"), order.id))
        else:
            self._say(order.id, await desk.ask(c.ByStaff(order.command, actor)))

    async def _room_order(self, actor: c.Actor, order: m.RoomOrder) -> None:
        if DEFAULT.level(actor.role, ACTIONS[type(order.command)], Stage.BEFORE) is not Level.DECIDE:
            self._say(order.id, Refusal("not_your_role"))
            return
        match order.command:
            case c.ConfirmTime(system=system):
                self._say(order.id, self._hall.time.confirm(actor, system))
            case c.ResetPin(name=name):
                try:
                    await self._hall.staff.reset(name)
                except Refused as error:
                    self._say(order.id, Refusal(error.wire_code))
                else:
                    self._say(order.id, [])
            case c.RevokeMachine(id=id_, reason=reason):
                self._say(order.id, await self._revoke(actor, id_, reason))
            case command:
                at = self._hall.clock.now_if_known() or 0
                self._say(order.id, await self._hall.relay.order(command, actor.name, at))

    async def _revoke(self, actor: c.Actor, id_: str, reason: str) -> Refusal | None:
        """Revoking works without the site, which is told with the next link."""
        try:
            await self._hall.machines.revoke(id_, reason, actor.name)
        except Refused as error:
            return Refusal(error.wire_code)
        return None

    def _may_see_codes(self) -> bool:
        person = self.person
        return person is not None and DEFAULT.level(person.role, Action.OPEN_WINDOW, Stage.BEFORE) is Level.DECIDE

    def _say(self, number: int, outcome: object) -> None:
        self.send(m.Refused(outcome, number) if isinstance(outcome, Refusal) else m.OrderDone(number))
