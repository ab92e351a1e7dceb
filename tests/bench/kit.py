"""What the seats of a bench bring along: keys, certificates, addresses, and chains sealed before anything is timed.

A kit is written to a file by the stage and read by the generator. A frame is a whole masked WebSocket frame, ready to
be written to a socket, so that the generator is never the bottleneck.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shared import codec, crypto, ledger
from shared import messages as m
from shared import records as r
from shared.ledger import START, Chain, Entry, Point
from tests.support.fake_site import ROOM, id_number

MOST = 1 << 30


class Seat(msgspec.Struct, frozen=True):
    """One PC: its identity is in the folder `identity` as `tls.crt` and `tls.key`."""

    seat: int
    ticket: str
    address: str
    identity: str
    seed: bytes


class Kit(msgspec.Struct, frozen=True):
    """All seats of a stage."""

    session: str
    session_key: bytes
    ca: bytes
    seats: tuple[Seat, ...]


def address_of(seat: int) -> str:
    """An address of its own for each seat, on the loopback."""
    return f"127.1.{seat // 250}.{seat % 250 + 1}"


def write(path: Path, kit: Kit) -> None:
    """Keeps a kit for the generator."""
    path.write_bytes(codec.encode(kit))


def read(path: Path) -> Kit:
    """A kept kit."""
    return codec.decode(Kit, path.read_bytes(), MOST)


def masked(payload: bytes, opcode: int = 2) -> bytes:
    """A client's WebSocket frame under the mask 0, which every server takes."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size)) + bytes(4) + payload
    return bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2) + bytes(4) + payload


class Writer:
    """The attempt stream of one seat, as its agent would write it."""

    def __init__(self, kit: Kit, seat: Seat, time: int, items: int = 100) -> None:
        self.seat = seat
        self.device = crypto.Ed25519Signer(seat.seed)
        stream = ledger.attempt_stream(kit.session, seat.ticket)
        self._chain = Chain(stream, ledger.stream_key(kit.session_key, stream), ledger.open_epoch(1, START))
        self._time = time
        self._items = itertools.cycle(range(1, items + 1))

    def opening(self) -> Entry:
        """The first record."""
        return r.append(self._chain, r.AttemptOpened(self.device.public, START), self._time)

    def answers(self) -> Iterator[Entry]:
        """One answer after the other, for ever."""
        for item in self._items:
            self._time += 1
            yield r.append(self._chain, r.Answered(("ABCD"[item % 4],)), self._time, item)

    def hand_in(self) -> Entry:
        """The last record."""
        self._time += 1
        return r.append(self._chain, r.HandInRequested(False), self._time)

    @property
    def at(self) -> Point:
        """The newest record."""
        return self._chain.at

    @staticmethod
    def frame(entry: Entry) -> bytes:
        """One save in a frame of its own."""
        return masked(codec.encode(m.Records(1, (entry,))))

    def greeting(self) -> bytes:
        """The first frame of a connection."""
        return masked(codec.encode(m.PcHello(m.PROTOCOL_VERSION, self.device.public, self.seat.seat)))

    def log_in(self) -> bytes:
        """Ticket and ID number as typed."""
        return masked(codec.encode(m.LogInRequest(self.seat.ticket, id_number(self.seat.ticket), START)))

    def resume(self, nonce: bytes) -> bytes:
        """The proof of a PC that comes back."""
        signature = self.device.sign(m.resume_bytes(nonce, self.seat.ticket, self.at))
        return masked(codec.encode(m.ResumeRequest(self.seat.ticket, self.at, signature)))


def server_name() -> str:
    """The TLS name of the room."""
    return f"room-{ROOM}.kaodian"
