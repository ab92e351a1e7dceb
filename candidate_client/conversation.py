"""One connection with the room: hello, time, log-in or resume, then the room's messages as they come.

Everything that must outlive the connection stands in the state, the writer and the paper; this object ends with the
link. Does not decide what the page shows.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable

import msgspec

from candidate_client.device import Device
from candidate_client.opening import Opening
from candidate_client.state import FINAL, NOT_YET, TRANSIENT, State, fact_of, take
from candidate_client.writer import OnEvent, Writer
from shared import codec, ledger, limits, signed
from shared import documents as d
from shared import messages as m
from shared.errors import Damaged, Malformed, Unavailable
from shared.io.clock import JumpWatch, TrustedClock, boot_now, system_now
from shared.io.link import Peer
from shared.refusal import Refusal

log = logging.getLogger(__name__)
ASK_AGAIN = 1.0
"""Seconds until a room that did not answer is asked for the time again."""


class Context:
    """What every connection of one agent shares. `changed()` tells that the state moved."""

    def __init__(
        self, device: Device, state: State, clock: TrustedClock, on_event: OnEvent, changed: Callable[[], None]
    ) -> None:
        self.device = device
        self.state = state
        self.clock = clock
        self.on_event = on_event
        self.changed = changed
        self.writer = Writer(device, clock, state, on_event, changed)
        self.pending: m.LogInRequest | None = None
        """What the candidate typed, until the room has decided about it."""
        self.asked_at = 0
        self.jumps = JumpWatch()
        self.lost = False
        """The journal does not fit the room's copy: the next resume begins from nothing."""
        self.tried = ""
        """Whose journal was set aside since this program started."""


class Conversation:
    """Talks over one `peer` until it is gone."""

    def __init__(self, context: Context, peer: Peer[m.RoomToPc], opening: Opening) -> None:
        self._c = context
        self._peer = peer
        self._opening = opening
        self._nonce = b""
        self._waited = False
        self._arriving: m.Admitted | None = None
        self._history: list[ledger.Entry] = []

    async def run(self) -> None:
        """Serves the connection; raises `Unavailable` when it ends, `Malformed` when the room breaks the protocol."""
        state = self._c.state
        await self._peer.send(m.PcHello(m.PROTOCOL_VERSION, self._c.device.key.public, state.seat, state.faults))
        hello = await self._peer.receive()
        if not isinstance(hello, m.RoomHello) or hello.version != m.PROTOCOL_VERSION:
            raise Malformed("the room does not greet as this version does")
        self._nonce = hello.nonce
        await self._take_time()
        state.room = hello.room
        state.link = True
        self._c.changed()
        if self._c.pending is not None:
            await self.log_in(self._c.pending)
        elif state.status == "moved":
            await self._c.writer.hand_over(self._peer.send)
            self._c.changed()
        elif state.admitted is not None:
            await self._resume(state.admitted.ticket)
        while True:
            await self._take(await self._peer.receive())

    async def log_in(self, request: m.LogInRequest) -> None:
        """Puts what the candidate typed to the room."""
        self._c.pending = request
        self._c.asked_at = boot_now()
        self._waited = False
        await self._peer.send(request)

    async def send(self, message: m.Message) -> None:
        """Sends one message; raises `Unavailable`."""
        await self._peer.send(message)

    async def beats(self) -> None:
        """Keeps time and heads fresh, for ever; raises `Unavailable` when the connection ends."""
        told = boot_now()
        while True:
            pause = limits.BEAT_EVERY * random.uniform(0.8, 1.0)  # noqa: S311  # spreads the PCs, not a secret
            await asyncio.sleep(pause / 1000)
            await self._peer.send(m.Beacon(boot_now()))
            if boot_now() - told < limits.BEACON_EVERY:
                continue
            told = boot_now()
            await self._c.writer.send_head()
            jumped = self._c.jumps.look()
            if jumped:
                self._c.writer.event("clock_jump", str(jumped))
            if self._c.clock.known:
                await self._report_clock()

    async def _take_time(self) -> None:
        """A few exchanges at first; a room that has no time itself answers once it has, so it is asked again."""
        answered = 0
        while answered < limits.TIME_SAMPLES:
            await self._peer.send(m.Beacon(boot_now()))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ASK_AGAIN):
                    message = await self._peer.receive()
                await self._take(message)
                answered += isinstance(message, m.BeaconReply)
        await self._report_clock()

    async def _report_clock(self) -> None:
        clock = self._c.clock
        await self._peer.send(m.ClockReport(system_now() - clock.now(), clock.error()))

    async def _resume(self, ticket: str) -> None:
        at = ledger.START if self._c.lost else self._c.writer.last_point(ticket)
        signature = self._c.device.key.sign(m.resume_bytes(self._nonce, ticket, at))
        await self._peer.send(m.ResumeRequest(ticket, at, signature))

    async def _take(self, message: m.RoomToPc) -> None:
        match message:
            case m.Beacon() | m.BeaconReply():
                await self._about_time(message)
                return
            case m.Ack() | m.Resend():
                await self._about_records(message)
            case m.Admitted() | m.History():
                await self._arrives(message)
            case m.Opened():
                self._c.state.clock = message.clock
                await self._opening.key(message.key)
            case m.Refused(refusal=refusal):
                await self._refused(refusal)
            case m.Receipt(document=document):
                await self._receipt(document)
            case m.Finished():
                await self._finished(message)
            case m.Waiting():
                self._waited = True
                self._c.on_event("waiting", {})
                take(self._c.state, message)
            case _:
                take(self._c.state, message)
        self._c.changed()

    async def _about_time(self, message: m.Beacon | m.BeaconReply) -> None:
        """The room tells the time, or, after it lost it, asks for it."""
        clock = self._c.clock
        if isinstance(message, m.BeaconReply):
            moved = clock.take_beacon(message, "room")
            if moved:
                self._c.writer.event("time_moved", str(moved))
            self._tell_alive()
        elif clock.known:
            await self._peer.send(clock.answer(message.sent, clock.now()))

    async def _about_records(self, message: m.Ack | m.Resend) -> None:
        if isinstance(message, m.Resend):
            await self._c.writer.resend(message)
            return
        try:
            await self._c.writer.acknowledged(message)
        except Damaged as error:
            await self._lose(error)

    async def _arrives(self, message: m.Admitted | m.History) -> None:
        """An admission counts once its history is whole."""
        if isinstance(message, m.Admitted):
            self._arriving, self._history, left = message, [], message.history
        else:
            self._history += message.entries
            left = message.left
        if self._arriving is not None and left == 0:
            await self._admitted(self._arriving)

    async def _admitted(self, message: m.Admitted) -> None:
        entries, self._history, self._arriving = self._history, [], None
        state = self._c.state
        fresh = state.admitted is None
        if state.admitted is not None and state.admitted.session.id != message.session.id:
            state.leave()
        if state.admitted is not None:
            # Before the line counts as live: by the old end this PC might hand in what has time again.
            state.clock = message.clock
        if not await self._entered(message, entries):
            return
        self._c.lost = False
        state.admit(message)
        if self._c.pending is not None:
            facts: dict[str, object] = {"ms": boot_now() - self._c.asked_at, "epoch": message.epoch}
            self._c.on_event("logged_in", facts | ({"waited": True} if self._waited else {}))
            self._c.pending = None
        if fresh and message.head.position:
            self._c.writer.event("restarted")
        if state.read and not message.read:
            await self._peer.send(m.ReadDone())
        if message.status not in FINAL:
            if state.hand_up:  # the page says so; the line may have broken before the room heard of it
                await self._peer.send(m.HandUp())
            await self._opening.admitted(message, self._peer.send)
        self._tell_alive()

    async def _entered(self, message: m.Admitted, entries: list[ledger.Entry]) -> bool:
        """Whether this PC can go on with what the room grants."""
        try:
            return await self._kept(self._c.writer.enter(message, entries, self._peer.send))
        except Damaged as error:
            # Of what is over nothing can be written any more but what is brought back, which is tried once.
            if message.status not in FINAL or self._c.tried != message.ticket:
                self._c.tried = message.ticket
                await self._lose(error)
                return False
        return True

    def _tell_alive(self) -> None:
        """A trace tells when the room spoke to this PC and had all that was typed there."""
        if self._c.writer.settled:
            self._c.on_event("alive", {})

    async def _refused(self, refusal: Refusal) -> None:
        state = self._c.state
        log.info("the room refused: %s", refusal.code)
        if refusal.code == "conflict":
            await self._lose(Damaged("the room holds another record"))
            return
        typed = self._c.pending
        asked = typed is not None or (state.admitted is not None and not self._c.writer.live)
        if typed is not None and refusal.code in NOT_YET:
            state.fail(refusal.code)
            self._c.changed()
            await _a_while()
            if self._c.pending is typed:  # else the candidate has asked again meanwhile
                await self._peer.send(typed)
            return
        left = state.status == "moved" and typed is None
        if asked and typed is None and (refusal.code in TRANSIENT or (left and refusal.code == "not_logged_in")):
            # The room is there but cannot serve yet; a new connection in a while tries again.
            await _a_while()
            raise Unavailable(f"the room cannot resume now: {refusal.code}", refusal.code)
        if left:  # nobody is here to be told
            if refusal.code == "no_epoch":
                # The room never heard of the newest one; the journal keeps it for when the candidate is back here.
                self._c.writer.forget()
            return
        if asked and not state.status:
            self._c.pending = None
            self._c.writer.forget()
            self._opening.forget()
            state.leave()
        state.fail(refusal.code, fact_of(refusal))
        self._c.on_event("refused", {"code": refusal.code})

    async def _finished(self, told: m.Finished) -> None:
        if self._c.state.status != told.status:
            self._c.on_event("finished", {"status": told.status})
        if told.status == "moved":
            await self._c.writer.hand_over(self._peer.send)
        else:
            self._c.writer.close(self._peer.send)
        self._c.state.finish(told)
        self._opening.forget()

    async def _receipt(self, document: bytes) -> None:
        """The room's word; it is kept as it came: whose key signed it can be checked with the site's documents."""
        receipt = codec.decode(d.AttemptReceipt, signed.open_envelope(document).payload, limits.DOCUMENT_BYTES)
        state = self._c.state
        stream = ledger.attempt_stream(receipt.session, receipt.ticket)
        await self._kept(self._c.writer.keep_receipt(stream, document))
        state.receipt, state.receipt_final = d.receipt_code(receipt), receipt.final
        self._c.on_event("receipt", {"code": state.receipt, "final": receipt.final, "document": document.hex()})

    async def _kept(self, work: Awaitable[None]) -> bool:
        """Whether the disk took what `work` writes; where it refuses, nothing is tried again until a restart.

        Who is logged in goes on seeing what was typed. Who was to be let in is not, and has this connection ended:
        the next hello tells staff what is wrong with this PC.
        """
        state = self._c.state
        try:
            await work
        except Unavailable as error:
            if error.wire_code != "disk_failed":
                raise
            log.error("this PC cannot save: %s", error)  # noqa: TRY400  # the store has logged why
            fresh = state.admitted is None
            if fresh:
                self._c.pending = None
                state.leave()
            state.cannot_save()
            if state.hand_up:
                await self._peer.send(m.HandUp())
            if fresh:
                raise
            return False
        return True

    async def _lose(self, error: Damaged) -> None:
        """The journal and the room's copy contradict each other: a new epoch begins from what the room has, on another
        connection; where the disk refuses, this PC does not go on.
        """
        log.error("this PC's journal is set aside: %s", error)
        self._c.writer.forget()
        if not await self._kept(self._c.device.set_aside()):
            return
        self._c.lost = True
        if self._c.pending is not None:
            self._c.pending = msgspec.structs.replace(self._c.pending, at=ledger.START)
        raise Unavailable("the journal was set aside", "damaged")


async def _a_while() -> None:
    await asyncio.sleep(random.uniform(1, 3))  # noqa: S311  # spreads the PCs, not a secret
