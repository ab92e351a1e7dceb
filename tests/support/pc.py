"""A scripted candidate PC and a scripted console for room tests, over the real links of `shared.io.link`.

Each collects what comes in; `want` waits for the next message of a type. Nothing is decided here: tests say what is
sent.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from shared import commands as c
from shared import ledger
from shared import messages as m
from shared import records as r
from shared.errors import KaodianError
from shared.io import link, tls
from shared.io.tasks import Tasks
from shared.ledger import START, Chain, Entry, Point
from tests.support.fake_site import PIN, ROOM, FakeSite, id_number, site_now
from tests.support.machines import Known
from tests.support.patience import within

T = TypeVar("T", bound=m.Message)
PATIENCE = 20.0
TOLD_WITHIN = 5_000
"""Milliseconds in which staff are to hear of what is wrong."""


class Scripted:
    """One end of a link to the room."""

    def __init__(self, ca_certificate: bytes, identity: Path, port: int, expect: Any, local: str = "") -> None:
        self._context = tls.client_context(ca_certificate, identity)
        self._address = link.Address("127.0.0.1", port, f"room-{ROOM}", "/ws", local)
        self._expect = expect
        self._tasks = Tasks()
        self._news = asyncio.Event()
        self.patience = PATIENCE
        """Seconds until what is waited for must have come."""
        self.seen: list[m.Message] = []
        self.cut = False
        self._peer: link.Peer[Any] | None = None

    def move_to(self, port: int) -> None:
        """The room is to be found at another port from the next connection on."""
        self._address.port = port

    async def connect(self) -> None:
        """Dials and begins to listen."""
        self._peer = await link.dial(self._address, self._context, self._expect)
        self.cut, self.seen = False, []
        self._tasks.spawn("listen", self._listen(self._peer))

    async def send(self, message: m.Message) -> None:
        """Sends one message."""
        assert self._peer is not None
        await self._peer.send(message)

    async def want(self, kind: type[T], fits: Callable[[T], bool] = lambda _one: True) -> T:
        """The next message of `kind` that fits; it and everything before it are taken from `seen`."""
        async with within(self.patience, lambda: f"{kind}, seen are {self.seen}"):
            while True:
                for at, message in enumerate(self.seen):
                    if isinstance(message, kind) and fits(message):
                        del self.seen[: at + 1]
                        return message
                self._news.clear()
                await self._news.wait()

    async def until_cut(self) -> None:
        """Returns when the room has ended the connection."""
        async with within(PATIENCE, lambda: "the room to hang up"):
            while not self.cut:
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        """Hangs up."""
        if self._peer is not None:
            await self._peer.close()
        await self._tasks.close()

    async def _listen(self, peer: link.Peer[Any]) -> None:
        try:
            while True:
                self.seen.append(await peer.receive())
                self._news.set()
        except KaodianError:
            self.cut = True
            self._news.set()


class Pc(Scripted):
    """A certified candidate PC and, once admitted, its chain. `known` is another machine than the seat's own."""

    def __init__(self, site: FakeSite, port: int, seat: int, folder: Path, known: Known | None = None) -> None:
        known = known or site.machines.pc(seat)
        folder = known.keep(folder / known.machine.id)
        super().__init__(site.ca_certificate, folder, port, m.RoomToPc, known.machine.address)
        self.seat = seat
        self.device = known.device
        self.ticket = ""
        self.chain = Chain("", bytes(32), START)
        self.entries: list[Entry] = []
        self.admitted: m.Admitted | None = None
        self._nonce = b""

    async def hello(self) -> None:
        """Connects and greets."""
        await self.connect()
        await self.send(m.PcHello(m.PROTOCOL_VERSION, self.device.public, self.seat))
        self._nonce = (await self.want(m.RoomHello)).nonce

    async def log_in(self, ticket: str, at: Point = START) -> m.Admitted:
        """From greeting to admission; the attempt epoch is opened if it is new."""
        await self.hello()
        await self.type_in(ticket, id_number(ticket), at)
        return await self.take_admission()

    async def type_in(self, ticket: str, number: str, at: Point = START) -> None:
        """Sends ticket and ID number."""
        self.ticket = ticket
        await self.send(m.LogInRequest(ticket, number, at))

    async def take_admission(self) -> m.Admitted:
        """Waits to be admitted and takes the epoch over."""
        self.admitted = found = await self.want(m.Admitted)
        stream = ledger.attempt_stream(found.session.id, found.ticket)
        if self.chain.stream != stream or self.chain.at.epoch != found.epoch:
            self.chain = Chain(stream, found.key, ledger.open_epoch(found.epoch, found.continues))
            self.entries = []
        if self.chain.at.position == 0 and found.status == "logged_in":
            await self.put(r.AttemptOpened(self.device.public, found.continues))
            await self.want(m.Ack)
        return found

    async def resume(self) -> None:
        """Connects and resumes by the device key."""
        await self.hello()
        signature = self.device.sign(m.resume_bytes(self._nonce, self.ticket, self.chain.at))
        await self.send(m.ResumeRequest(self.ticket, self.chain.at, signature))

    def write(self, record: r.Record, item: int = 0) -> Entry:
        """One more record, kept but not sent."""
        entry = r.append(self.chain, record, site_now(), item)
        self.entries.append(entry)
        return entry

    async def put(self, record: r.Record, item: int = 0) -> Entry:
        """Writes and sends one record."""
        entry = self.write(record, item)
        await self.records(entry)
        return entry

    async def records(self, *entries: Entry) -> None:
        """Sends records of the present epoch."""
        await self.send(m.Records(self.chain.at.epoch, entries))

    async def answer(self, item: int, *letters: str) -> m.Ack:
        """Answers an item and waits for the room's word."""
        await self.put(r.Answered(letters), item)
        return await self.want(m.Ack)


class Console(Scripted):
    """A certified console."""

    def __init__(self, site: FakeSite, port: int, folder: Path, number: int = 1) -> None:
        known = site.machines.console(number)
        super().__init__(site.ca_certificate, known.keep(folder / known.machine.id), port, m.RoomToConsole)
        self._count = 0

    async def log_in(self, name: str = "王监考", pin: str = PIN) -> m.ConsoleWelcome | m.Refused:
        """Proves the person."""
        await self.connect()
        await self.send(m.ConsoleHello(m.PROTOCOL_VERSION, name, pin))
        found: m.ConsoleWelcome | m.Refused = await self.want(m.ConsoleWelcome | m.Refused)  # type: ignore[arg-type]
        return found

    async def order(self, command: c.StaffCommand, session: str = "m1") -> str:
        """Gives an order; empty when done, else the code of the refusal."""
        self._count += 1
        return await self._outcome(m.Order(self._count, session, command))

    async def room_order(self, command: c.RoomCommand) -> str:
        """The same for the room as a whole."""
        self._count += 1
        return await self._outcome(m.RoomOrder(self._count, command))

    async def _outcome(self, order: m.Order | m.RoomOrder) -> str:
        number = order.id
        await self.send(order)
        done: m.Message = await self.want(
            m.OrderDone | m.Refused,  # type: ignore[arg-type]
            lambda one: number in (getattr(one, "id", 0), getattr(one, "re", 0)),
        )
        return done.refusal.code if isinstance(done, m.Refused) else ""

    async def board(self, fits: Callable[[m.Board], bool]) -> m.Board:
        """The next board that fits."""
        return await self.want(m.Board, fits)
