"""A hostile candidate PC: its greeting, log-in and records, made from docs/protocol.md and docs/formats.md alone."""

import hashlib
import os
from typing import Any

import msgpack  # type: ignore[import-untyped]  # publishes no types
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.system.rogue.line import Line

START: list[Any] = [0, 0, bytes(32)]
VERSION = 1


class Device:
    """A PC's signing key, 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        raw = self._key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.public = {"alg": "ed25519", "raw": raw}

    def sign(self, data: bytes) -> bytes:
        """A signature."""
        return self._key.sign(data)

    def resume(self, nonce: bytes, ticket: str, at: list[Any]) -> bytes:
        """The signature of a resume request."""
        return self.sign(b"kaodian-resume-1" + msgpack.packb([nonce, ticket, at]))

    def head(self, stream: str, point: list[Any], time: int) -> list[Any]:
        """A signed head."""
        return [stream, point, time, self.sign(b"kaodian-head-1" + msgpack.packb([stream, *point, time]))]


class Ledger:
    """The rogue's chain of one attempt; bodies are noise, because the room cannot read any."""

    def __init__(self, session: str, ticket: str, epoch: int, continues: list[Any]) -> None:
        self.stream = f"attempt/{session}/{ticket}"
        self.at = [epoch, 0, continues[2]]
        self._continues = continues

    def open(self, device: Device) -> list[bytes]:
        """The first record of the epoch."""
        clear = msgpack.packb({"kind": "AttemptOpened", "device": device.public, "continues": self._continues})
        return self.add("AttemptOpened", clear=clear)

    def add(
        self, kind: str = "Answered", item: int = 0, noise: int = 60, clear: bytes = b"", **header: Any
    ) -> list[bytes]:
        """The next record: [header, body]; `header` replaces fields of the header by name."""
        body = b"" if clear else os.urandom(noise)
        fields: dict[str, Any] = {
            "stream": self.stream, "epoch": self.at[0], "position": self.at[1] + 1, "previous": self.at[2],
            "time": 1_700_000_000_000, "kind": kind, "item": item, "size": len(body), "clear": clear,
        }  # fmt: skip
        packed = msgpack.packb(list((fields | header).values()))
        digest = hashlib.sha256(b"kaodian-record-1" + len(packed).to_bytes(4) + packed + body).digest()
        self.at = [self.at[0], self.at[1] + 1, digest]
        return [packed, body]


def greet(line: Line, device: Device, seat: int, **others: Any) -> bytes:
    """Says hello as a PC; the room's nonce."""
    line.say(**{"m": "pc_hello", "version": VERSION, "device": device.public, "seat": seat, "faults": []} | others)
    nonce: bytes = line.hear("room_hello")["nonce"]
    return nonce


def log_in(line: Line, ticket: str, number: str, at: list[Any] = START) -> dict[str, Any]:
    """What the room says to ticket and ID number: `admitted`, `waiting` or `refused`."""
    line.say(m="log_in", ticket=ticket, id_number=number, at=at)
    return line.hear("admitted", "waiting", "refused")
