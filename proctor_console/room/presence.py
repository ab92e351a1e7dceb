"""Who is connected to the room right now: PCs at the door, PCs answering, PCs waiting for approval, consoles.

Only who, not what they may do: `connection.py` attaches and detaches, `publishing.py` finds whom to tell. Lost at a
restart by design, because connections are.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from proctor_console.room.desk import Desk
from shared import messages as m
from shared.crypto import PublicKey
from shared.io.clock import boot_now
from shared.model import Staff

Seat = tuple[str, str]
"""(session, ticket) of an attempt."""


class Pc(Protocol):
    """A connected candidate PC as others see it."""

    seat: int
    address: str
    device: PublicKey
    faults: tuple[str, ...]
    paper: bool
    opened: bool
    clock: m.ClockReport | None

    def send(self, message: m.Message) -> None:
        """Queues a message."""
        ...

    def send_bytes(self, data: bytes) -> None:
        """Queues an encoded message."""
        ...

    def drop(self) -> None:
        """Ends the connection."""
        ...

    def admit(self, desk: Desk, ticket: str, full: bool) -> None:
        """Tells the PC that it holds the attempt; with `full` its accepted records follow."""
        ...


class Console(Protocol):
    """An attached console; `person` is who signed in there, None once that is over."""

    person: Staff | None

    def send(self, message: m.Message) -> None:
        """Queues a message."""
        ...

    def sign_out(self, code: str) -> None:
        """Ends the sign-in."""
        ...

    def send_machines(self, board: m.MachineBoard) -> None:
        """Queues the room's machines, as far as the person may see them."""
        ...


class _Places:
    """Who is at which seat: at most one PC at each, and each at most at one."""

    def __init__(self) -> None:
        self.pcs: dict[Seat, Pc] = {}
        self.seats: dict[Pc, Seat] = {}

    def put(self, seat: Seat, pc: Pc) -> None:
        """`pc` is there from now on, and nobody else is."""
        self.forget(pc)
        if seat in self.pcs:
            self.forget(self.pcs[seat])
        self.pcs[seat], self.seats[pc] = pc, seat

    def forget(self, pc: Pc) -> None:
        """`pc` is nowhere."""
        seat = self.seats.pop(pc, None)
        if seat is not None:
            del self.pcs[seat]


class Presence:
    """The connections of one room service; `changed` is called after every change."""

    def __init__(self) -> None:
        self.pcs: set[Pc] = set()
        self.consoles: set[Console] = set()
        self.changed: Callable[[], None] = lambda: None
        self.heard: dict[Seat, int] = {}
        """When the PC of an attempt was last heard, trusted ms."""
        self.signs: dict[Seat, int] = {}
        """The same on the boot-time clock."""
        self.silent: frozenset[Seat] = frozenset()
        """Attempts whose PC is not heard from, as `watch.py` found last."""
        self._live = _Places()
        self._waiting = _Places()

    def live(self, session: str, ticket: str) -> Pc | None:
        """The PC that holds an attempt and is connected."""
        return self._live.pcs.get((session, ticket))

    def of_session(self, session: str) -> Iterator[tuple[str, Pc]]:
        """(ticket, PC) of all connected attempts of a session."""
        return ((ticket, pc) for (name, ticket), pc in list(self._live.pcs.items()) if name == session)

    def hear(self, pc: Pc, now: int = 0) -> None:
        """A PC gave a sign of life; `now` is trusted time where it is noted, too."""
        at = self._live.seats.get(pc)
        if at is not None:
            self.signs[at] = boot_now()
            if now:
                self.heard[at] = now

    def idle(self) -> list[Pc]:
        """Connected PCs at which nobody is logged in."""
        return sorted((pc for pc in self.pcs if pc not in self._live.seats), key=lambda pc: pc.seat)

    def attach(self, session: str, ticket: str, pc: Pc) -> None:
        """`pc` answers for the attempt from now on; a PC it takes the place of is told or dropped."""
        self._live.forget(pc)
        self._waiting.forget(pc)
        self.displace(session, ticket, pc.device, pc)
        self._live.put((session, ticket), pc)
        self.signs[session, ticket] = boot_now()
        self.changed()

    def displace(self, session: str, ticket: str, device: PublicKey, by: Pc | None = None) -> None:
        """Ends the claim of whoever held the attempt: another device is told `moved`, our own old link is dropped."""
        old = self.live(session, ticket)
        if old is None or old is by:
            return
        if old.device != device:
            old.send(m.Finished("moved"))
        elif by is not None:
            old.drop()
        else:
            return
        self._live.forget(old)
        self.changed()

    def wait(self, session: str, ticket: str, pc: Pc) -> None:
        """`pc` waits for a proctor to give it the attempt."""
        self._waiting.put((session, ticket), pc)

    def take_waiting(self, session: str, ticket: str) -> Pc | None:
        """The PC that waited for the attempt, once."""
        found = self._waiting.pcs.get((session, ticket))
        if found is not None:
            self._waiting.forget(found)
        return found

    def leave(self, pc: Pc) -> None:
        """A connection is gone."""
        self.pcs.discard(pc)
        self._live.forget(pc)
        self._waiting.forget(pc)
        self.changed()

    def sign_out(self, code: str, whom: Callable[[Staff], bool]) -> None:
        """Ends the sign-ins of some people, with the reason."""
        for console in list(self.consoles):
            if console.person is not None and whom(console.person):
                console.sign_out(code)
                self.consoles.discard(console)

    def tell_machines(self, board: m.MachineBoard) -> None:
        """Sends the room's machines to every attached console."""
        for console in list(self.consoles):
            console.send_machines(board)

    def tell_consoles(self, message: m.Message) -> None:
        """Sends to every attached console."""
        for console in list(self.consoles):
            console.send(message)
