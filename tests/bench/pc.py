"""One seat of a bench: connects, logs in or comes back, saves and hands in, and times what the room answers.

Frames are sealed before anything is timed. Whatever is not the answer due raises `Cut`: figures of a run in which
anything was refused or lost do not exist. Decides nothing about when: `tests.bench.generator` plays all seats.
"""

import asyncio
import random
import ssl
import time
from array import array
from collections import deque
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from candidate_client.state import TRANSIENT
from shared import codec, limits, signed
from shared import documents as d
from shared import messages as m
from shared.io import tls
from shared.ledger import Point
from shared.refusal import Refusal
from tests.bench.kit import Kit, Seat, Writer, server_name
from tests.bench.wire import Cut, Download, Socket

FROM_ROOM = (
    m.RoomHello | m.Admitted | m.Ack | m.Opened | m.Refused | m.Beacon | m.Notice | m.ClockChanged | m.Finished
    | m.Receipt
)  # fmt: skip
WAIT = 120.0


class Players(Protocol):
    """What a seat tells whoever plays all of them."""

    kit: Kit
    opened: int
    closed_loop: bool
    latencies: "array[float]"


class Pc:
    """One seat. `due` holds when each save that is not acknowledged yet should have been sent, `sent` the frames of
    those that were: `frames` are not sent yet.
    """

    def __init__(self, players: Players, seat: Seat) -> None:
        self.seat = seat
        self.writer = Writer(players.kit, seat, 1)
        self.socket: Socket | None = None
        self.ready: asyncio.Future[bool] | None = None
        self.frames: deque[bytes] = deque()
        self.sent: deque[bytes] = deque()
        self.due: deque[float] = deque()
        self.acknowledged = 0
        self.opened = 0.0
        self._players = players
        self._answers = self.writer.answers()
        self._opening = Writer.frame(self.writer.opening())
        self._receipts: list[asyncio.Future[float]] = []
        self.context: ssl.SSLContext | None = None

    def prepare(self, count: int) -> None:
        """Seals so many saves, unless there are as many."""
        self.frames.extend(Writer.frame(entry) for entry in islice(self._answers, max(0, count - len(self.frames))))

    async def connect(self, port: int, raw: bool) -> bool:
        """Connects; returns once logged in and everything sent is acknowledged (`raw`: upgraded), or False when the
        room asks a PC that comes back to come again later.
        """
        self.ready = asyncio.get_running_loop().create_future()

        def make() -> Socket:
            self.socket = Socket(self._raw_open, self._raw) if raw else Socket(self._greet, self._take)
            return self.socket

        await self._dial(port, make)
        return await self.ready

    async def come_back(self, port: int) -> None:
        """Connects again after the room was gone, proves the device, and sends what was not acknowledged and all that
        is prepared; returns once the room has acknowledged everything. A room that is not ready yet is tried again as
        the agent does.
        """
        while not await self.connect(port, False):  # noqa: ASYNC110  # the room tells nobody
            await asyncio.sleep(random.uniform(1, 3))

    async def hand_in(self) -> tuple[float, float]:
        """Says that nothing more follows; after how many seconds a receipt came, and the final one."""
        begun = time.monotonic()
        self._receipts = [asyncio.get_running_loop().create_future() for _ in range(2)]
        self.frames.append(Writer.frame(self.writer.hand_in()))
        self.burst()
        first, final = await asyncio.gather(*self._receipts)
        return first - begun, final - begun

    async def gone(self) -> None:
        """Returns once the room is known to be gone."""
        assert self.socket is not None
        await self.socket.closed

    async def fetch(self, port: int, path: str) -> int:
        """Downloads a path by a connection of its own; its bytes."""
        made = await self._dial(port, lambda: Download(path))
        got: int = await made.done
        return got

    async def handshake(self, port: int) -> Any:
        """A TLS connection and nothing else."""
        return await self._dial(port, asyncio.Protocol)

    async def _dial(self, port: int, make: Any) -> Any:
        if self.context is None:
            self.context = tls.client_context(self._players.kit.ca, Path(self.seat.identity))
        _, made = await asyncio.get_running_loop().create_connection(
            make, "127.0.0.1", port, ssl=self.context, server_hostname=server_name(),
            local_addr=(self.seat.address, 0), ssl_handshake_timeout=WAIT,
        )  # fmt: skip
        return made

    def send(self, at: float) -> None:
        """Sends the next save; `at` is when it was due."""
        self.due.append(at)
        if len(self.due) == 1:
            self._write()

    def burst(self) -> None:
        """Sends all that is prepared and waits for nothing."""
        now = time.monotonic()
        while self.frames:
            self.due.append(now)
            self._write()

    def _write(self) -> None:
        frame = self.frames.popleft()
        self.sent.append(frame)
        self._transport.write(frame)

    def _greet(self) -> None:
        self._transport.write(self.writer.greeting())

    def _raw_open(self) -> None:
        assert self.ready is not None
        self.ready.set_result(True)

    def _raw(self, payload: bytes) -> None:
        """On a baseline: an acknowledgement, or the broadcast."""
        if not self.due:
            self.opened = time.monotonic()
            self._players.opened += 1
            return
        self._acknowledge(codec.decode(m.Ack, payload, limits.FRAME_BYTES))

    def _take(self, payload: bytes) -> None:
        message: m.Message = codec.decode(FROM_ROOM, payload, limits.FRAME_BYTES)  # type: ignore[arg-type]
        match message:
            case m.Ack():
                self._acknowledge(message)
            case m.RoomHello(nonce=nonce):
                self._transport.write(self.writer.resume(nonce) if self.acknowledged else self.writer.log_in())
            case m.Admitted(head=head):
                self._admitted(head)
            case m.Opened():
                self.opened = time.monotonic()
                self._players.opened += 1
            case m.Refused(refusal=refusal):
                self._refused(refusal)
            case m.Receipt(document=document):
                self._receipt(document)
            case _:
                pass

    def _admitted(self, head: Point) -> None:
        """The room says how far it has the attempt; the rest goes out."""
        if self.acknowledged == 0:
            self.frames.appendleft(self._opening)
            self.send(time.monotonic())
            return
        stored = head.position - self.acknowledged
        if not 0 <= stored <= len(self.sent):
            raise Cut(f"seat {self.seat.seat}: the room has {head.position}, {self.acknowledged} were acknowledged")
        self.acknowledged = head.position
        for _ in range(stored):
            self.sent.popleft()
        self.frames.extendleft(reversed(self.sent))
        self.sent.clear()
        self.due.clear()
        self.burst()
        self._whole()

    def _refused(self, refusal: Refusal) -> None:
        """A room that is not ready yet asks a PC that comes back to come again."""
        if not self.acknowledged or self.ready is None or self.ready.done() or refusal.code not in TRANSIENT:
            raise Cut(f"seat {self.seat.seat}: {refusal}")
        self._transport.abort()
        self.ready.set_result(False)

    def _receipt(self, document: bytes) -> None:
        found = codec.decode(d.AttemptReceipt, signed.open_envelope(document).payload, limits.DOCUMENT_BYTES)
        if found.status != "submitted" or found.attempt != self.writer.at:
            raise Cut(f"seat {self.seat.seat}: a receipt for {found.status} {found.attempt}, not {self.writer.at}")
        for one in self._receipts if found.final else self._receipts[:1]:
            if not one.done():
                one.set_result(time.monotonic())

    @property
    def _transport(self) -> Any:
        assert self.socket is not None
        return self.socket.transport

    def _whole(self) -> bool:
        """Whether somebody waited for the last acknowledgement, and all is acknowledged now."""
        if self.ready is None or self.ready.done():
            return False
        if not self.due:
            self.ready.set_result(True)
        return True

    def _acknowledge(self, ack: m.Ack) -> None:
        self.acknowledged += 1
        if ack.verdict != "accepted" or ack.point.position != self.acknowledged:
            raise Cut(f"seat {self.seat.seat}: {ack} where {self.acknowledged} was due")
        due = self.due.popleft()
        self.sent.popleft()
        if self._whole():
            return
        now = time.monotonic()
        self._players.latencies.append(now - due)
        if len(self.due) > len(self.sent):
            self._write()
        elif self._players.closed_loop:
            self.send(now)
