"""Certified machines for tests, made straight with a site's CA: nobody enrols, and everything else is real."""

from pathlib import Path

import msgspec

from shared import crypto
from shared.io import tls
from shared.io.files import write_durably
from shared.io.identity import Place, keep
from shared.machines import Certified, Enrolled, Kind
from shared.messages import Machines

ALWAYS = (0, 2**42)
"""Dates around any time a test plays in, ms UTC."""


class Known(msgspec.Struct):
    """A machine with its keys; `device` signs what a PC writes."""

    machine: Enrolled
    key: bytes
    certificate: bytes
    device: crypto.Ed25519Signer

    def keep(self, folder: Path, site_bytes: bytes = b"") -> Path:
        """Writes the identity as an enrolment would, and the device key of a PC."""
        one = self.machine
        if one.kind is Kind.PC:
            write_durably(folder / "device.key", self.device.seed)
        keep(folder, Place(one.kind, one.room, one.number), self.key, self.certificate, site_bytes)
        return folder


class Population:
    """The machines of one room under one CA: PCs by seat and consoles by number, made when first asked for."""

    def __init__(self, ca_key: bytes, ca_certificate: bytes, room: str, pc_net: str, seats: int = 0) -> None:
        self._ca = ca_key, ca_certificate
        self._room = room
        self._net = pc_net
        self._all: dict[tuple[Kind, int], Known] = {}
        for seat in range(1, seats + 1):
            self.pc(seat)

    def pc(self, seat: int, address: str = "") -> Known:
        """The PC of a seat, at the address `<net>.<seat>` where none is given."""
        return self._one(Kind.PC, seat, address or f"{self._net}.{seat}")

    def console(self, number: int = 1) -> Known:
        """A console."""
        return self._one(Kind.CONSOLE, number, "127.0.0.1")

    def make(self, kind: Kind, number: int, address: str, valid: tuple[int, int] = ALWAYS, room: str = "") -> Known:
        """A machine that is on no list yet."""
        key, point = crypto.new_p256()
        device = crypto.Ed25519Signer(crypto.new_key())
        public = None if kind is Kind.CONSOLE else device.public
        machine = Enrolled(kind, room or self._room, number, point, public, address, *valid)
        return Known(machine, key, tls.issue(*self._ca, machine.name, point, valid), device)

    def told(self, *more: Enrolled) -> Machines:
        """What a site tells the room."""
        known = (Certified(one.machine, one.certificate) for one in self._all.values())
        return Machines((*known, *(Certified(one, b"") for one in more)), (), ())

    def _one(self, kind: Kind, number: int, address: str) -> Known:
        if (kind, number) not in self._all:
            self._all[kind, number] = self.make(kind, number, address)
        return self._all[kind, number]
