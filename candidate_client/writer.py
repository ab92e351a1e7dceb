"""The way of an answer: typed -> durable in the journal -> outbox -> sent -> acknowledged by the room.

Two loops: one writes what has gathered (typing never waits for it), one sends what is durable. Nothing is sent
before its commit, and nothing leaves the outbox but by an acknowledgement. Does not know when answering is allowed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing

from candidate_client.device import Device
from candidate_client.journal import Journal, last_point
from candidate_client.state import State
from shared import ledger
from shared import messages as m
from shared import records as r
from shared.errors import Unavailable
from shared.io.clock import TrustedClock, boot_now
from shared.ledger import Entry, Parsed, Point
from shared.outbox import Outbox

log = logging.getLogger(__name__)

OnEvent = Callable[[str, dict[str, object]], None]
Send = Callable[[m.Message], Awaitable[None]]
EVENTS_WAITING = 50
"""More unwritten events of the page than this are dropped: answers must not drown."""


class Writer:
    """Writes and sends for whoever is logged in. `changed()` is called when a saved-state moved."""

    def __init__(
        self, device: Device, clock: TrustedClock, state: State, on_event: OnEvent, changed: Callable[[], None]
    ) -> None:
        self._device = device
        self._clock = clock
        self._state = state
        self._on_event = on_event
        self._changed = changed
        self._journal: Journal | None = None
        self._outbox: Outbox | None = None
        self._stream = ""
        self._at = ledger.START
        """Where the attempt that was entered last ends here; outlives its key."""
        self._send: Send | None = None
        self._events: list[r.PcEvent] = []
        self._hand_in: r.HandInRequested | None = None
        self._closed = False
        self._last: list[tuple[int, tuple[str, ...], int]] = []
        """Typed before the attempt was closed, not written yet."""
        self._headed = Point(0, 0, b"")
        self._to_write = asyncio.Event()
        self._to_send = asyncio.Event()
        self._writing = asyncio.Lock()

    @property
    def live(self) -> bool:
        """Admitted on a connection that stands."""
        return self._send is not None and not self._closed

    @property
    def settled(self) -> bool:
        """Live, and the room has acknowledged everything that stands in the ledger here."""
        return self.live and self.delivered

    @property
    def delivered(self) -> bool:
        """Nothing of this attempt waits for the room's acknowledgement."""
        return not self._outbox

    @property
    def handed_over(self) -> bool:
        """The attempt is closed, and on the present connection the room has answered for all that was offered: it holds
        it, or never heard of the epoch and takes nothing of that.
        """
        return self._closed and self._send is not None and self._at_rest

    @property
    def _at_rest(self) -> bool:
        return not (self._outbox or self._last or self._writing.locked())

    def last_point(self, ticket: str) -> Point:
        """Where this PC's own ledger of the candidate's attempt ends."""
        return last_point(self._device.store, ticket)

    def stir(self) -> None:
        """There may be something to write."""
        self._to_write.set()

    def event(self, event: str, detail: str = "") -> None:
        """Something the PC noticed goes into the attempt."""
        if self._journal is not None and len(self._events) < EVENTS_WAITING:
            self._events.append(r.PcEvent(event, detail))
            self.stir()

    def hand_in(self, automatic: bool) -> None:
        """Says, after everything typed so far, that nothing more follows."""
        self._hand_in = r.HandInRequested(automatic)
        self.stir()

    async def write_loop(self) -> None:
        """Writes whatever has gathered, for ever; raises `Unavailable` when the disk refuses."""
        while True:
            await self._to_write.wait()
            self._to_write.clear()
            async with self._writing:
                await self._write()
            self._forget_closed()

    async def send_loop(self) -> None:
        """Sends whatever is durable and unsent while there is a connection, for ever."""
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            try:
                while self._send and self._outbox and (batch := self._outbox.batch()):
                    await self._send(m.Records(self._outbox.epoch, batch))
            except Unavailable:
                self._send = None  # all of it is sent again after the next admission

    async def enter(self, admitted: m.Admitted, history: list[Entry], send: Send) -> None:
        """Goes on with, or begins, the epoch granted; shows what the ledger tells and sends what the room lacks.

        Raises:
            Damaged: this PC's journal and the room's copy do not fit together.
            Unavailable: the disk refused.
        """
        async with self._writing:
            journal = Journal(self._device.store, admitted.session.id, admitted.ticket, admitted.key, self._device.key)
            await journal.take_in(history)
            with closing(self._device.aside()) as aside:
                now = self._clock.now()
                await journal.enter(admitted.epoch, admitted.continues, admitted.head, now, aside)
            story = journal.story()
            head = admitted.head if admitted.head.epoch else Point(admitted.epoch, 0, b"")
            self._state.attempt.restore(journal.answers(story), head, admitted.held, boot_now())
            last = story[-1].header
            asked = last.kind == r.HandInRequested.__name__ and last.position > admitted.head.position
            self._state.handing_in = asked or self._hand_in is not None
            self._journal, self._closed, self._send = journal, False, send
            self._stream, self._at = journal.stream, journal.at
            self._outbox = Outbox(admitted.epoch, journal.after(admitted.epoch, admitted.head.position))
        for epoch, rest in journal.unsent_elsewhere():
            await _send_all(send, epoch, rest)
        self.stir()
        self._to_send.set()

    def link_down(self) -> None:
        """The connection is gone; what a closed attempt has not handed over waits for the next one."""
        self._send = None
        self._forget_closed()

    async def hand_over(self, send: Send) -> None:
        """The candidate `moved`: as `close`, and of each earlier epoch of this PC the last record is sent, too."""
        for epoch, point in self._own_epochs():
            if epoch < self._at.epoch:
                await _send_all(send, epoch, self._stored(epoch, point.position - 1))
        self.close(send, moved=True)

    def _own_epochs(self) -> Iterator[tuple[int, Point]]:
        """Where the epochs end that were granted to this PC, of the attempt that was entered last."""
        for point in self._device.store.points(self._stream).get(self._stream, ()):
            opened = r.read_clear(ledger.header_of(self._device.store.entries(self._stream, point.epoch, 0, 1)[0]))
            if isinstance(opened, r.AttemptOpened) and opened.device == self._device.key.public:
                yield point.epoch, point

    def close(self, send: Send, moved: bool = False) -> None:
        """The room takes no more for this attempt; what was typed before it said so and what it never got is written
        and sent once more, to be held, over the connection on which it said so, or the next one if that is cut.

        To a PC whose candidate has `moved` it does not say what it has. A machine that took a destroyed one's place may
        lack what that one acknowledged, and asks for it when it is sent the last record. That takes no key. A record
        that is being written now is that one.
        """
        if moved and self._at.position and not self._outbox and not self._writing.locked():
            self._outbox = Outbox(self._at.epoch, self._stored(self._at.epoch, self._at.position - 1))
        self._closed, self._send = True, send
        self._hand_in = None
        self._events.clear()
        self._last += self._state.attempt.take_unwritten()
        if self._outbox:
            self._outbox.rewind()
        self._to_send.set()
        self.stir()

    def forget(self) -> None:
        """Drops the attempt and its key from memory."""
        self._journal = self._outbox = self._hand_in = None
        self._events.clear()
        self._last = []

    def _forget_closed(self) -> None:
        """A closed attempt is forgotten once nothing of it is on its way."""
        if self._closed and self._at_rest:
            self.forget()

    async def acknowledged(self, ack: m.Ack) -> None:
        """The room holds everything up to a point; raises `Damaged` when it holds something else there."""
        if self._outbox is None:
            return
        done = self._outbox.acknowledge(ack.point)
        for record in done:
            if record.header.item:
                self._settled(record, ack)
        if not self._outbox and any(record.header.kind == r.HandInRequested.__name__ for record in done):
            await self.send_head()
        self._forget_closed()
        self._changed()

    async def resend(self, wanted: m.Resend) -> None:
        """The room found a gap."""
        if self._send is None or not self._at.position:
            return
        if self._outbox is None or wanted.epoch != self._outbox.epoch:
            await _send_all(self._send, wanted.epoch, self._stored(wanted.epoch, wanted.position))
            return
        if not self._outbox.resend(wanted.position):
            async with self._writing:  # what is being written goes to the outbox of now
                self._outbox = Outbox(wanted.epoch, self._stored(wanted.epoch, wanted.position))
        self._to_send.set()

    def _stored(self, epoch: int, position: int) -> list[Parsed]:
        """Records of the attempt that was entered last, sealed as they are, after a position."""
        return [ledger.parse(entry) for entry in self._device.store.entries(self._stream, epoch, position)]

    async def send_head(self) -> None:
        """Gives the room a signed head, when the room has all of the stream and it moved since the last head."""
        journal = self._journal
        if journal is None or self._send is None or self._outbox or journal.at == self._headed:
            return
        self._headed = journal.at
        await self._send(m.PcHead(journal.sign_head(self._clock.now())))

    async def keep_receipt(self, stream: str, document: bytes) -> None:
        """Keeps the candidate's receipt beside the attempt, and as a file that can be carried away; raises
        `Unavailable` when the journal's disk refuses. A file refused is a fault of this PC.
        """
        await Journal.keep_receipt(self._device.store, stream, document)
        name = stream.removeprefix("attempt/").replace("/", "-")
        try:
            await asyncio.to_thread(self._device.write_receipt, name, document)
        except Unavailable as error:
            log.error("%s", error)  # noqa: TRY400  # it names what the disk said
            self._state.cannot_save(error.wire_code)
        else:
            self._state.kept_file()

    async def _write(self) -> None:
        journal, outbox = self._journal, self._outbox
        if journal is None or outbox is None:
            return
        events, self._events = self._events, []
        last, self._last = self._last, []
        typed = [] if self._closed else self._state.attempt.take_unwritten()
        hand_in, self._hand_in = self._hand_in, None
        made: list[tuple[r.Record, int]] = [(event, 0) for event in events]
        made += [(r.Answered(letters), number) for number, letters, _ in last + typed]
        made += [(hand_in, 0)] if hand_in is not None else []
        if not made:
            return
        try:
            written = await journal.write(made, self._clock.now())
        except Unavailable:
            # Nowhere but here: whatever the ledger tells at the next admission, the page goes on showing it.
            if self._closed:  # meanwhile: nobody takes it from the attempt any more
                last += typed
            else:
                self._state.attempt.put_back(typed)
            self._events, self._last, self._hand_in = events + self._events, last + self._last, hand_in
            raise
        self._at = journal.at
        for record in written:
            outbox.add(record)
        self._state.unsaved = len(self._last)
        if not self._closed:
            for (_, letters, boot), record in zip(last + typed, written[len(events) :], strict=False):
                self._state.attempt.wrote(record, letters, boot)
        self._to_send.set()
        self._changed()

    def _settled(self, record: Parsed, ack: m.Ack) -> None:
        accepted = ack.verdict == "accepted"
        if self._closed and not accepted:
            self._state.held += 1
        newest = self._state.attempt.settle(record, accepted)
        if newest is None:
            return
        letters, typed = newest
        item = self._state.item_id(record.header.item)
        if not item:
            return  # a PC that is back has not opened the paper yet: then it tells of all that it shows
        facts: dict[str, object] = {"item": item, "answer": list(letters)}
        if accepted:
            self._on_event("acked", facts | {"ms": boot_now() - typed})
        else:
            self._on_event("held", facts | {"reason": ack.reason})


async def _send_all(send: Send, epoch: int, records: list[Parsed]) -> None:
    box = Outbox(epoch, records)
    while batch := box.batch():
        await send(m.Records(epoch, batch))
