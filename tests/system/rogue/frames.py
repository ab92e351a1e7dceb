"""Attacks on framing and decoding: what is no frame, no MessagePack or no message, and too much of everything."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import msgpack  # type: ignore[import-untyped]  # publishes no types

from shared import limits
from tests.support.fake_site import id_number
from tests.system.rogue import line as w
from tests.system.rogue.attack import Attack, Scale
from tests.system.rogue.candidate import Ledger, greet, log_in
from tests.system.rogue.world import ROGUE, ROGUE_SEAT, SESSION, World

FRAME_BYTES = 64 << 10
HELLO = w.pack(
    {"m": "pc_hello", "version": 1, "device": {"alg": "ed25519", "raw": bytes(32)}, "seat": 40, "faults": []}
)
RECORDS = b"\x83\xa1m\xa7records\xa5epoch\x01\xa7entries"


def broken_frames() -> Iterator[bytes]:
    """Bytes that break RFC 6455, or the limits of docs/protocol.md §1."""
    yield w.frame(bytes(FRAME_BYTES + 1))
    yield w.frame(b"x", length=1 << 62)
    yield w.frame(b"x", length=(1 << 64) - 1)
    yield w.frame(b"a", fin=False) + b"".join(w.frame(bytes(1_000), w.CONTINUE, fin=False) for _ in range(100))
    yield w.frame(b"a", fin=False) + w.frame(b"b")
    yield w.frame(b"a", w.CONTINUE)
    yield w.frame("你好".encode(), w.TEXT)
    yield w.frame(b"\xff\xfe", w.TEXT)
    yield w.frame(HELLO, rsv=4)
    yield w.frame(HELLO, rsv=1)
    yield w.frame(HELLO, 3)
    yield w.frame(b"", 11)
    yield w.frame(bytes(126), w.PING)
    yield w.frame(b"x", w.PING, fin=False)
    yield w.frame(b"x", w.CLOSE)
    yield w.frame(struct.pack(">H", 999), w.CLOSE)
    yield w.frame(struct.pack(">H", 1000) + b"\xff", w.CLOSE)
    yield bytes(200)


def broken_messages() -> Iterator[bytes]:
    """MessagePack that is none, or no message of a candidate PC."""
    yield b""
    yield b"\xc1"
    yield b"\x91" * 60_000
    yield RECORDS + b"\x91" * 60_000
    yield b"\x81\xa1x" * 20_000
    yield b"\xdf\xff\xff\xff\xff"
    yield RECORDS + b"\xdd\xff\xff\xff\xff"
    yield RECORDS + b"\x91\x92\xc6\xff\xff\xff\xff"
    yield RECORDS + b"\x91\xdc\xff\xff" + b"\xc0" * 60_000
    yield b"\xdb\xff\xff\xff\xff"
    yield b"\x81\xa1m\xa2\xff\xff"
    yield b"\xc9\x00\x00\x00\x01\x05x"
    yield b"\xd6\xff\x00\x00\x00\x00"
    yield HELLO + b"\0"
    yield HELLO[:-1]
    yield b"\x82" + HELLO[1:]
    hello = msgpack.unpackb(HELLO)
    others: tuple[dict[str, Any], ...] = (
        {"m": "nothing"}, {"m": 7}, {"version": "1"}, {"version": 1 << 63}, {"seat": 1.5}, {"seat": None},
        {"device": {"alg": "ed25519", "raw": "text"}}, {"device": []}, {"faults": "none"}, {"more": 1}, {"seat": True},
        {"device": {"alg": "ecdsa-p256", "raw": bytes(65)}}, {"device": {"alg": "ed25519", "raw": bytes(33)}},
    )  # fmt: skip
    for other in others:
        yield msgpack.packb(hello | other)
    yield msgpack.packb({"version": 1, "m": "pc_hello"})
    yield msgpack.packb([1, 2, 3])


def malformed_at_the_door(world: World, _: Scale) -> None:
    """A first frame that is none ends that connection with a reason or without, and makes no PC of it."""
    for said in (*broken_frames(), *map(w.frame, broken_messages())):
        with world.line(world.address()) as line, contextlib.suppress(w.Cut):
            line.send(said)
            heard = [one["m"] for one in line.until_cut()]
            assert set(heard) <= {"refused"}, (said[:60], heard)


def malformed_in_the_room(world: World, _: Scale) -> None:
    """The same after the greeting."""
    for said in (*broken_frames(), *map(w.frame, broken_messages())):
        with world.line(world.address()) as line, contextlib.suppress(w.Cut):
            greet(line, world.device, ROGUE_SEAT)
            line.send(said)
            heard = [one["m"] for one in line.until_cut()]
            assert set(heard) <= {"refused"}, (said[:60], heard)


def tiny_frames(world: World, scale: Scale) -> None:
    """A flood of tiny frames of any kind slows its sender only, and staff hear from which seat when it is a PC's."""
    beacon = w.frame(w.pack({"m": "beacon", "sent": 1}))
    for said in (w.frame(b"", w.PING), w.frame(b"", w.PONG), beacon, w.frame(b"", w.CONTINUE, fin=False)):
        with world.line(world.address()) as line:
            greet(line, world.device, ROGUE_SEAT)
            flood(line, said * 1_000, scale.tiny // 1_000, seconds=scale.busy)
    assert world.told("flood", seat=ROGUE_SEAT)
    for said in (w.frame(b""), w.frame(b"", w.PING)):
        with world.line(world.address()) as line:
            flood(line, said * 1_000, scale.tiny // 1_000, seconds=scale.busy)


def busy_session(world: World, scale: Scale) -> None:
    """What is allowed, sent as fast as the line takes it, slows the sender only: records, calls, heads, log-ins."""
    for kind in ("records", "hand_up", "pc_head", "log_in"):
        with world.line(world.address()) as line:
            greet(line, world.device, ROGUE_SEAT)
            admitted = log_in(line, ROGUE, id_number(ROGUE))
            epoch = admitted["epoch"]
            ledger = Ledger(SESSION, ROGUE, epoch, admitted["continues"])
            entries = [ledger.open(world.device), *(ledger.add(item=1 + n % 3) for n in range(199))]
            said: dict[str, dict[str, Any]] = {
                "records": {"epoch": epoch, "entries": entries}, "hand_up": {},
                "pc_head": {"head": world.device.head(ledger.stream, ledger.at, 1)},
                "log_in": {"ticket": ROGUE, "id_number": id_number(ROGUE), "at": ledger.at},
            }  # fmt: skip
            flood(line, w.frame(w.pack({"m": kind, **said[kind]})), 1 << 30, seconds=scale.busy)
    assert world.told("flood", seat=ROGUE_SEAT)


def filling(world: World, scale: Scale) -> None:
    """The largest records, as many as the line takes: the room's disk gets no more than one attempt may have."""
    with world.line() as line:
        greet(line, world.device, ROGUE_SEAT)
        admitted = log_in(line, ROGUE, id_number(ROGUE))
        ledger = Ledger(SESSION, ROGUE, admitted["epoch"], admitted["continues"])
        said = {"m": "records", "epoch": admitted["epoch"], "entries": [ledger.open(world.device)]}
        end = time.monotonic() + 2 * scale.busy
        line.socket.settimeout(scale.busy)
        with contextlib.suppress(w.Cut, TimeoutError):
            while time.monotonic() < end:
                line.say(**said)
                said["entries"] = [ledger.add(item=1, noise=15_000) for _ in range(4)]
    held = sum(one.size() for key, copy in world.site.copies.items() if key[0] == ledger.stream for one in copy)
    assert held <= limits.ATTEMPT_BYTES


def never_reads(world: World, scale: Scale) -> None:
    """A PC that asks and never reads is cut off before the room holds much for it."""
    beacon = w.frame(w.pack({"m": "beacon", "sent": 1}))
    with world.line(world.address()) as line:
        line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        greet(line, world.device, ROGUE_SEAT)
        flood(line, beacon * 500, 1 << 30, seconds=scale.busy)


def flood(line: w.Line, said: bytes, times: int, seconds: float) -> None:
    """Sends the same again and again, as fast as it is taken, for so long at most."""
    end = time.monotonic() + seconds
    line.socket.settimeout(seconds)
    with contextlib.suppress(w.Cut, TimeoutError):
        while times > 0 and time.monotonic() < end:
            line.send(said)
            times -= 1


ATTACKS: tuple[Attack, ...] = (
    malformed_at_the_door,
    malformed_in_the_room,
    tiny_frames,
    busy_session,
    filling,
    never_reads,
)
