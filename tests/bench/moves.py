"""Moves: from the order at a console until the candidate may type at the new PC, the former attempt there and saved on.

A single candidate sits at the real agent; the 40 of a whole room are lean connections, because 40 PCs would not share
two cores. What people do in between (walking, typing the ticket) takes no time here: they act the moment the console
shows that they may. The baseline is a fresh candidate who logs in at the same kind of PC.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from candidate_client import view as v
from candidate_client.agent import Agent
from candidate_client.device import Device, device_key
from shared import codec, ledger, limits
from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.io import identity, tls
from shared.io.tasks import Tasks
from shared.machines import Kind
from shared.sitting import Status
from tests.bench.kit import masked
from tests.bench.school import OTHER, School, school
from tests.bench.table import Row, Sample
from tests.bench.wire import Cut, Socket
from tests.support.fake_site import id_number
from tests.support.patience import within
from tests.support.small_day import ROOM

GOAL = 3000
"""Milliseconds."""
FROM_ROOM = (
    m.RoomHello | m.Admitted | m.History | m.Opened | m.Ack | m.Refused | m.Beacon | m.Notice | m.ClockChanged
    | m.Finished
)  # fmt: skip
WAIT = 15.0


class Plan:
    """Who sits where: `room` candidates of a whole room, then those who move alone, then two fresh ones for each
    repetition; the spare PCs stand behind.
    """

    def __init__(self, repeats: int, room: int) -> None:
        self.whole = range(1, room + 1)
        self.single = range(room + 1, room + 1 + repeats)
        self.fresh = range(room + 1 + repeats, room + 1 + 3 * repeats)
        self.spares = range(room + 1 + 3 * repeats, room + 1 + 4 * repeats)
        self.busy = frozenset(ticket_of(n) for n in (*self.whole, *self.single))
        self.pcs = {ROOM: room + 4 * repeats, OTHER: room + repeats}


def ticket_of(number: int) -> str:
    """The ticket of the candidate placed at a seat."""
    return f"{number:06}"


class Candidate:
    """A candidate before the real agent of a PC that is switched on."""

    def __init__(self, here: School, room: str, seat: int) -> None:
        folder, address = here.pc(room, seat)
        self._device = Device(folder)
        self._agent = Agent(self._device, identity.load(folder, Kind.PC), address)
        self._changed = asyncio.Event()
        self._agent.subscribe(lambda _: self._changed.set())
        self._tasks = Tasks()
        self._tasks.spawn("agent", self._agent.run())

    async def until(self, true: Callable[[Agent], bool]) -> None:
        """Returns once something is true of the agent."""
        async with within(WAIT, lambda: f"another view than {self._agent.view}"):
            while not true(self._agent):
                self._changed.clear()
                await self._changed.wait()

    async def type_in(self, ticket: str) -> None:
        """Asks to be let in."""
        await self._agent.intent(v.LogIn(ticket, id_number(ticket)))

    async def typing(self) -> None:
        """From the admission until answers may be typed and the room has all there is, the opening of the epoch too."""
        await self.until(lambda agent: agent.screen in (v.Screen.CONFIRM, v.Screen.EXAM))
        if self._agent.screen is v.Screen.CONFIRM:
            await self._agent.intent(v.ConfirmDetails(True))
        await self.until(lambda agent: agent.screen in (v.Screen.RULES, v.Screen.EXAM))
        if self._agent.screen is v.Screen.RULES:
            await self._agent.intent(v.ReadDone())
        await self.until(lambda agent: agent.screen is v.Screen.EXAM and agent.delivered)

    @property
    def answers(self) -> int:
        """How many items show an answer."""
        return sum(map(bool, self._agent.state.attempt.answers.values()))

    async def leave(self) -> None:
        """Switches the PC off."""
        await self._tasks.close()
        self._device.close()


class Lean:
    """A PC that only talks: it takes the history as it comes."""

    def __init__(self, here: School, room: str, seat: int) -> None:
        self._folder, self._address = here.pc(room, seat)
        self._room, self._seat = room, seat
        self._key = device_key(self._folder)
        self._socket: Socket | None = None
        self._admitted: m.Admitted | None = None
        self._left = self.history = 0
        self._opened = False
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def switch_on(self) -> None:
        """Stands at the log-in page."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        found = identity.load(self._folder, Kind.PC)
        context = tls.client_context(found.site_file.ca_certificate, self._folder)
        where = identity.room_addresses(found.site_file, self._room, "")[0]
        self._socket = Socket(lambda: ready.set_result(None), self._take)
        made = self._socket
        await asyncio.get_running_loop().create_connection(
            lambda: made, where.host, where.port, ssl=context, server_hostname=tls.host_name(where.name),
            local_addr=(self._address, 0),
        )  # fmt: skip
        await ready
        self._send(m.PcHello(m.PROTOCOL_VERSION, self._key.public, self._seat))

    async def log_in(self, ticket: str) -> None:
        """Logs in; returns once the history is here, the paper open and the opening of the epoch acknowledged."""
        self._send(m.LogInRequest(ticket, id_number(ticket), ledger.START))
        await asyncio.wait_for(self._done, WAIT)

    def switch_off(self) -> None:
        """The power goes."""
        if self._socket is not None:
            self._socket.transport.abort()

    def _send(self, message: m.Message) -> None:
        assert self._socket is not None
        self._socket.transport.write(masked(codec.encode(message)))

    def _take(self, payload: bytes) -> None:
        message: m.Message = codec.decode(FROM_ROOM, payload, limits.FRAME_BYTES)  # type: ignore[arg-type]
        match message:
            case m.Admitted(history=history):
                self._admitted, self._left, self.history = message, history, history
            case m.History(left=left):
                self._left = left
            case m.Opened():
                self._opened = True
            case m.Ack() if not self._done.done():
                self._done.set_result(None)
                return
            case m.Refused(refusal=refusal):
                raise Cut(f"seat {self._seat}: {refusal}")
            case _:
                return
        found = self._admitted
        if found is not None and self._opened and not self._left:
            stream = ledger.attempt_stream(found.session.id, found.ticket)
            chain = ledger.Chain(stream, found.key, ledger.open_epoch(found.epoch, found.continues))
            opening = r.append(chain, r.AttemptOpened(self._key.public, found.continues), 1)
            self._send(m.Records(found.epoch, (opening,)))


async def moves(folder: Path, disk: str, delay_us: int, repeats: int, room: int, records: int) -> list[Row]:
    """The rows of the moves: each attempt has at least `records` records, `room` candidates make a whole room."""
    plan, found = Plan(repeats, room), Samples()
    async with school(folder, plan.fresh[-1], plan.pcs, delay_us, plan.busy, records) as here:
        for n in range(repeats):
            plain = await _plain(here, plan.fresh[2 * n])
            ticket = ticket_of(plan.single[n])
            found.seat.append(Sample(await _seat(here, ticket, plan.spares[n]), plain))
            found.room.append(Sample(await _room(here, ticket, room + 1 + n), plain))
            lean = await _lean(here, plan.fresh[2 * n + 1])
            cpu = time.process_time()
            each, carried = await _whole(here, plan, (ROOM, OTHER)[n % 2], (OTHER, ROOM)[n % 2])
            notes = {"records": carried, "generator s": time.process_time() - cpu}
            found.each.append(Sample(median(each), lean, notes))
            found.last.append(Sample(max(each), lean, notes))
    return [
        Row("seat move", disk, "ms", found.seat, GOAL, at_most=True, absolute=True),
        Row("room move", disk, "ms", found.room, GOAL, at_most=True, absolute=True),
        Row("whole room, a seat", disk, "ms", found.each, GOAL, at_most=True, absolute=True),
        Row("whole room, last seat", disk, "ms", found.last, GOAL, at_most=True, absolute=True),
    ]


class Samples:
    """What the rows are made of."""

    def __init__(self) -> None:
        self.seat: list[Sample] = []
        self.room: list[Sample] = []
        self.each: list[Sample] = []
        self.last: list[Sample] = []


async def _plain(here: School, number: int) -> float:
    """A fresh candidate logs in at the own PC; ms."""
    one = Candidate(here, ROOM, number)
    try:
        await one.until(lambda agent: agent.screen is v.Screen.LOGIN)
        begun = time.monotonic()
        await one.type_in(ticket_of(number))
        await one.typing()
        return 1000 * (time.monotonic() - begun)
    finally:
        await one.leave()


async def _seat(here: School, ticket: str, spare: int) -> float:
    """A candidate goes on at a spare PC of the room: from the proctor's approval on; ms."""
    one = Candidate(here, ROOM, spare)
    try:
        await one.until(lambda agent: agent.screen is v.Screen.LOGIN)
        await one.type_in(ticket)
        await one.until(lambda agent: agent.screen is v.Screen.APPROVAL)
        begun = time.monotonic()
        _accepted(await here.consoles[ROOM].order(c.ApproveResume(ticket)))
        await one.typing()
        return 1000 * (time.monotonic() - begun)
    finally:
        _complete(one)
        await one.leave()


async def _room(here: School, ticket: str, seat: int) -> float:
    """A candidate goes on at a PC of the other room: from the order on, which its console shows; ms."""
    one = Candidate(here, OTHER, seat)
    try:
        await one.until(lambda agent: agent.screen is v.Screen.LOGIN)
        begun = time.monotonic()
        order = c.MoveToRoom("m1", ROOM, (ticket,), OTHER, seat)
        _accepted(await here.consoles[ROOM].room_order(order))
        await here.consoles[OTHER].board(lambda board: ticket in _expected(board))
        await one.type_in(ticket)
        await one.typing()
        return 1000 * (time.monotonic() - begun)
    finally:
        _complete(one)
        await one.leave()


async def _lean(here: School, number: int) -> float:
    """A fresh candidate logs in at a PC that only talks; ms."""
    one = Lean(here, ROOM, number)
    await one.switch_on()
    begun = time.monotonic()
    await one.log_in(ticket_of(number))
    one.switch_off()
    return 1000 * (time.monotonic() - begun)


async def _whole(here: School, plan: Plan, origin: str, room: str) -> tuple[list[float], int]:
    """All of a room go on in another by one order: for each from the order on, ms, and the records they took along."""
    pcs = [Lean(here, room, seat) for seat in plan.whole]
    await asyncio.gather(*(pc.switch_on() for pc in pcs))
    tickets = [ticket_of(number) for number in plan.whole]
    begun = time.monotonic()

    async def enter(seat: int, ticket: str) -> float:
        await pcs[seat - 1].log_in(ticket)
        return 1000 * (time.monotonic() - begun)

    order, tasks = c.MoveToRoom("m1", origin, tuple(tickets), room), Tasks()
    asked = tasks.spawn("order", here.consoles[origin].room_order(order))
    entering: dict[str, asyncio.Task[float]] = {}
    while len(entering) < len(tickets):
        board = await here.consoles[room].board(lambda _: True)
        for ticket, seat in _expected(board).items():
            if ticket in tickets and ticket not in entering:
                entering[ticket] = tasks.spawn(ticket, enter(seat, ticket))
    took = await asyncio.gather(*entering.values())
    _accepted(await asked)
    for pc in pcs:
        pc.switch_off()
    return list(took), sum(pc.history for pc in pcs)


def _expected(board: m.Board) -> dict[str, int]:
    """Candidates who may log in, with the seats they were given."""
    here = (Status.EXPECTED.value, Status.LOGGED_IN.value)
    return {row.ticket: row.place for row in board.rows if row.status in here and not row.seat}


def _accepted(refusal: str) -> None:
    if refusal:
        raise RuntimeError(f"an order was refused: {refusal}")


def _complete(one: Candidate) -> None:
    if not one.answers:
        raise RuntimeError("the former answers are not shown")
