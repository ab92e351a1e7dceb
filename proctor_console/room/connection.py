"""One candidate PC at the room's port: reads its messages, puts commands to the desk, answers after the commit.

Knows the protocol, not the rules of the exam. A few frames of records are in work at a time, of anything else one, and
the link keeps a pace, so a PC that floods only slows itself down; a malformed frame ends this connection and no other.
An old PC (whose epoch was closed) may still hand over what it had: the desk holds it.
"""

import asyncio
import logging
import re
from functools import partial

from proctor_console.room import admission
from proctor_console.room.desk import Desk, Outcome
from proctor_console.room.hall import Hall
from proctor_console.room.register import ACCEPTED
from shared import commands as c
from shared import crypto, ledger, limits
from shared import messages as m
from shared import records as r
from shared.errors import BadSignature, Malformed
from shared.io.clock import boot_now
from shared.io.peer import ServerPeer
from shared.ledger import Parsed, Point
from shared.machines import Enrolled
from shared.refusal import Refusal

log = logging.getLogger(__name__)

_ADMISSION = 50
"""What an admission costs of the connection's pace, beside the history that goes with it."""
_FAULT = re.compile(rf"[a-z_]{{1,{limits.FAULT_CHARS}}}")
"""What a fault's code looks like: the board shows no other text of a PC."""
CLOCK_SHOWN = 100
"""A PC's clock must have moved by this much, ms, before the board is sent anew for it."""
_SILENT_REFUSALS = frozenset({"sitting_ended", "already_done"})


class PcConnection:
    """A connected PC; see `presence.Pc` for what others may do with it."""

    def __init__(self, hall: Hall, peer: ServerPeer, hello: m.PcHello, machine: Enrolled) -> None:
        self.machine = machine
        self.seat = machine.number
        self.address = peer.address
        self.device = hello.device
        self.faults = tuple(fault for fault in hello.faults[: limits.FAULTS_SHOWN] if _FAULT.fullmatch(fault))
        self.paper = False
        self.opened = False
        self.clock: m.ClockReport | None = None
        self._hall = hall
        self._peer = peer
        self._nonce = crypto.random_bytes(32)
        self._desk: Desk | None = None
        self._ticket = ""
        self._in_work = 0
        self._less: asyncio.Future[None] | None = None
        peer.on_flood = lambda: hall.alarm("flood", self._ticket, self.seat)

    def send(self, message: m.Message) -> None:
        """Queues a message."""
        self._peer.send(message)

    def send_bytes(self, data: bytes) -> None:
        """Queues an encoded message."""
        self._peer.send_bytes(data)

    def drop(self) -> None:
        """Ends the connection after what is queued."""
        self._peer.drop()

    async def run(self) -> None:
        """Serves the PC until it goes; raises `Unavailable` then, `Malformed` when it breaks the protocol."""
        self._hall.guests.enter(self)
        self._hall.presence.pcs.add(self)
        self._hall.presence.changed()
        self.send(m.RoomHello(m.PROTOCOL_VERSION, self._nonce, self._hall.machine.room))
        self._ask_time()
        try:
            while True:
                message: m.Message = await self._peer.receive(m.PcMessage)
                self._hall.presence.hear(self)
                await self._take(message)
        finally:
            self._hall.presence.leave(self)
            self._hall.guests.leave(self)

    async def _take(self, message: m.Message) -> None:
        if isinstance(message, m.Records):
            await self._records(message)
            return
        if not isinstance(message, m.Beacon):
            await self._at_most(0)
        match message:
            case m.Beacon() | m.BeaconReply() | m.ClockReport():
                self._about_time(message)
            case m.LogInRequest():
                await self._log_in(message)
            case m.ResumeRequest():
                await self._resume(message)
            case m.PcHello():
                raise Malformed("a second hello")
            case _:
                await self._of_attempt(message)

    def _about_time(self, message: m.Beacon | m.BeaconReply | m.ClockReport) -> None:
        match message:
            case m.Beacon(sent=sent):
                if self._hall.clock.known:
                    received = self._hall.clock.now()
                    self._hall.presence.hear(self, received)
                    self.send(self._hall.clock.answer(sent, received))
            case m.BeaconReply():
                self._hall.time.neighbours.take(f"seat {self.seat}", message)
                self._ask_time()
            case m.ClockReport():
                before, self.clock = self.clock, message
                if before is None or abs(message.system - before.system) >= CLOCK_SHOWN:
                    self._hall.presence.changed()

    def _ask_time(self) -> None:
        """A room without time asks its PCs."""
        asked = self._hall.time.ask(f"seat {self.seat}")
        if asked is not None:
            self.send(asked)

    async def _of_attempt(self, message: m.Message) -> None:
        """Messages that need an admission first."""
        desk, ticket = self._desk, self._ticket
        if desk is None:
            self._refuse(Refusal("not_logged_in"))
            return
        match message:
            case m.PcHead(head=head):
                if self._owns(desk, ticket, head.point.epoch):
                    desk.take_head(ticket, head)
            case m.PaperFetched():
                self.paper = True
                self._hall.presence.changed()
            case m.ReadDone():
                self._say(await desk.ask(c.ConfirmRead(ticket)))
            case m.HandUp():
                self._say(await desk.ask(c.RaiseHand(ticket)))
            case m.CorrectionRead(number=number):
                self._say(await desk.ask(c.SeeCorrection(ticket, number)))
            case _:
                raise Malformed("not a message of a PC")

    async def _log_in(self, message: m.LogInRequest) -> None:
        """Ticket and ID number as typed; wrong ones slow down this place only."""
        place = f"{self.address} {self.seat}"
        left = self._hall.patience.left(place, boot_now())
        if left:
            self._refuse(Refusal("slow_down", at=left))
            return
        if not self._ready():
            return
        ticket = message.ticket.strip()
        desk = self._hall.desk_of(ticket)
        if desk is None:
            self._wrong_log_in(place)
            return
        due = desk.briefing.people[ticket].id_mac
        fits = crypto.equal(crypto.id_mac(desk.briefing.session_key, ticket, message.id_number), due)
        if not fits:
            self._wrong_log_in(place)
            return
        self._hall.patience.right(place)
        await self._enter(desk, ticket, message.at, by_itself=False)

    def _wrong_log_in(self, place: str) -> None:
        self._hall.patience.wrong(place, boot_now())
        self._refuse(Refusal("login_wrong", at=self._hall.patience.left(place, boot_now())))

    async def _resume(self, message: m.ResumeRequest) -> None:
        """A PC that was cut off proves its device key; one whose epoch was closed may still hand over the rest."""
        if not self._ready():
            return
        desk, ticket = self._hall.desk_of(message.ticket), message.ticket
        one = desk.state.candidates[ticket] if desk else None
        if desk is None or one is None or not one.epoch:
            self._refuse(Refusal("resume_unknown"))
            return
        try:
            crypto.verify(self.device, message.signature, m.resume_bytes(self._nonce, ticket, message.at))
        except BadSignature:
            self._refuse(Refusal("bad_signature"))
            return
        if one.device == self.device:
            await self._enter(desk, ticket, message.at, by_itself=True)
        elif any(desk.register.device(ticket, epoch) == self.device for epoch in range(1, one.epoch)):
            self._desk, self._ticket = desk, ticket
            self.send(m.Finished("moved"))
        else:
            self._refuse(Refusal("resume_unknown"))

    def _ready(self) -> bool:
        """Whether anybody can be admitted now; the PC goes on by itself once it can."""
        serves = self._hall.disk_ok and bool(self._hall.desks)
        if not serves:
            self._refuse(Refusal("unavailable"))
        elif not self._hall.clock.known:
            self._refuse(Refusal("no_time"))
        return serves and self._hall.clock.known

    async def _enter(self, desk: Desk, ticket: str, at: Point, *, by_itself: bool) -> None:
        """Admission of a candidate whose identity is proven."""
        one = desk.state.candidates[ticket]
        # A ledger that does not stand in the present epoch may lack what came before it as well.
        full = not by_itself or at.epoch != one.epoch
        if one.done and one.epoch and one.device == self.device:
            # Closed meanwhile: the PC learns how it ended, and what it still sends is acknowledged as it deserves.
            await desk.settled.wait()
            self.admit(desk, ticket, full)
            return
        live = self._hall.presence.live(desk.state.session.id, ticket) not in (None, self)
        behind = admission.behind(desk, ticket, at)
        command = c.LogIn(ticket, True, self.seat, self.device, self.address, live, behind, by_itself)
        await desk.ask(command, partial(self._entered, desk, ticket, full or behind))

    def _entered(self, desk: Desk, ticket: str, full: bool, outcome: Outcome) -> None:
        """Runs right after the commit, in the desk's order."""
        if self._peer.closed:
            return
        if isinstance(outcome, Refusal):
            self._refuse(outcome)
        elif any(isinstance(record, r.LoggedIn) for record in outcome):
            self.admit(desk, ticket, full)
        else:
            self._hall.presence.wait(desk.state.session.id, ticket, self)
            self.send(m.Waiting(ticket))

    def admit(self, desk: Desk, ticket: str, full: bool) -> None:
        """Tells the PC that it holds the attempt; with `full` its accepted records follow."""
        self._desk, self._ticket, self.opened = desk, ticket, False
        self._hall.presence.attach(desk.state.session.id, ticket, self)
        entries = admission.history(desk, self._hall.store, ticket) if full else []
        self._peer.charge(_ADMISSION + sum(entry.size() for entry in entries) // limits.FRAME_UNIT)
        self.send(admission.admitted(desk, ticket, len(entries)))
        for frame in admission.frames(entries):
            self.send(frame)
        opened = admission.opened(desk, ticket)
        if opened is not None:
            self.opened = True
            self.send(opened)
        for correction in admission.corrections(desk, ticket):
            self.send(correction)
        one = desk.state.candidates[ticket]
        receipt = self._hall.receipts[desk.state.session.id].current(ticket) if one.done else None
        if one.done:
            self.send(admission.finished(desk, ticket))
        if receipt is not None:
            self.send(receipt)

    async def _records(self, message: m.Records) -> None:
        desk, ticket = self._desk, self._ticket
        if desk is None and message.entries:
            if not self._ready():
                return
            # A PC that was left hands over what this machine may lack, and is not let in again by that.
            rest = ledger.parse(message.entries[0]).header.stream.partition("/")[2]
            session, _, ticket = rest.partition("/")
            desk = self._hall.desks.get(session)
        if desk is None:
            self._refuse(Refusal("not_logged_in"))
            return
        if len(message.entries) > limits.RECORDS_PER_FRAME:
            raise Malformed("too many records in one frame", "too_large")
        if not message.entries or not self._owns(desk, ticket, message.epoch):
            await self._at_most(0)  # what came before has its answer first
            self._refuse(Refusal("no_epoch"))
            return
        command = c.Receive(ticket, message.epoch, tuple([ledger.parse(entry) for entry in message.entries]))
        if self._in_work >= limits.FRAMES_IN_WORK:
            await self._at_most(limits.FRAMES_IN_WORK - 1)
        self._in_work += 1
        desk.put(command, partial(self._received, desk, command))

    async def _at_most(self, frames: int) -> None:
        """Waits until no more of this connection's frames are in work."""
        while self._in_work > frames:
            self._less = asyncio.get_running_loop().create_future()
            await self._less

    def _received(self, desk: Desk, command: c.Receive, outcome: Outcome) -> None:
        """Acknowledges what is durable, run by run of the same verdict."""
        self._in_work -= 1
        if self._less is not None and not self._less.done():
            self._less.set_result(None)
        if not isinstance(outcome, Refusal):
            first, last = command.records[0].header.position, command.records[-1].header.position
            span = _all_accepted(outcome)
            if span is not None and span.first == first and span.upto == last:
                # What nearly every save comes to needs no look at the record.
                self.send(m.Ack(Point(span.epoch, span.upto, span.digest), ACCEPTED, ""))
                return
            attempt = desk.state.attempts[command.ticket]
            for run in desk.register.verdicts(command.ticket, command.epoch, first, last):
                digest = attempt.digest_at(command.epoch, run.upto) or b""
                self.send(m.Ack(Point(command.epoch, run.upto, digest), run.verdict, run.reason))
            return
        if outcome.code == "gap" and not _forked(command.records, outcome.position):
            self.send(m.Resend(command.epoch, outcome.position))
            return
        if outcome.code in ("gap", "conflict"):
            self._hall.alarm("record_conflict", command.ticket, self.seat, outcome.position)
            outcome = Refusal("conflict", position=outcome.position)
        self._refuse(outcome)
        if outcome.code == "malformed":
            self.drop()

    def _owns(self, desk: Desk, ticket: str, epoch: int) -> bool:
        return desk.register.device(ticket, epoch) == self.device

    def _say(self, outcome: Outcome) -> None:
        if isinstance(outcome, Refusal) and outcome.code not in _SILENT_REFUSALS:
            self._refuse(outcome)

    def _refuse(self, refusal: Refusal) -> None:
        self.send(m.Refused(refusal))


def _all_accepted(outcome: list[r.SittingRecord]) -> r.Range | None:
    """The range that was accepted, if nothing else came of a frame."""
    only = outcome[0] if len(outcome) == 1 else None
    return only.ranges[0] if isinstance(only, r.Accepted) else None


def _forked(records: tuple[Parsed, ...], stored: int) -> bool:
    """Whether the record next in line came and does not continue what is stored: resending would not help."""
    return any(one.header.position == stored + 1 for one in records) and records[0].header.position <= stored + 1
