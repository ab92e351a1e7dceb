"""Who is at the room's port: whose certificate counts, who is here, and what is odd about it.

A connection is let in by its certificate alone. Addresses are compared, and what is odd is an alarm to consoles and
site, never a reason to let in or keep out. Knows no message but alarms.
"""

from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from proctor_console.room.machines import Machines
from shared.errors import KaodianError
from shared.io import tls
from shared.machines import Enrolled, Kind

ALARMS = {
    "not_enrolled": "machine_unknown",
    "revoked": "machine_revoked",
    "certificate_expired": "machine_expired",
    "other_machine": "machine_unlike",
}
"""Why a certificate was turned away -> the alarm about it."""


class Guest(Protocol):
    """A connection of a machine."""

    machine: Enrolled
    address: str

    def drop(self) -> None:
        """Ends the connection."""
        ...


class Guests:
    """Who is here. `alarm(code, seat, text)` reaches consoles and site."""

    def __init__(self, machines: Machines, alarm: Callable[[str, int, str], None]) -> None:
        self._machines = machines
        self._alarm = alarm
        self._of_machine: dict[str, list[Guest]] = {}
        self._at_address: dict[str, list[Guest]] = {}
        machines.gone = self._turn_out

    def prove(self, request: web.Request, kinds: set[Kind]) -> Enrolled:
        """The machine behind a request.

        Raises:
            BadSignature: `no_certificate`, `not_enrolled`, `revoked`.
            Expired: `certificate_expired`.
        """
        certificate = tls.presented(request.transport)
        try:
            return self._machines.prove(certificate, kinds)
        except KaodianError as error:
            self.turned_away(error.wire_code, tls.certificate_name(certificate), request.remote or "")
            raise

    def turned_away(self, code: str, name: str, address: str, seat: int = 0) -> None:
        """Raises the alarm about a machine that was not let in."""
        if code in ALARMS:
            self._alarm(ALARMS[code], seat, f"{name} {address}")

    def enter(self, guest: Guest) -> None:
        """A machine is here; whatever is odd about its address is told."""
        one, address = guest.machine, guest.address
        if one.address != address:
            self._alarm("address_changed", one.number, f"{one.name} {one.address} -> {address}")
        mine, here = self._of_machine.setdefault(one.id, []), self._at_address.setdefault(address, [])
        for other in mine:
            if other.address != address:
                self._alarm("machine_twice", one.number, f"{one.name} {other.address}, {address}")
        for other in here:
            if other.machine.id != one.id and Kind.PC in (one.kind, other.machine.kind):
                self._alarm("address_shared", one.number, f"{other.machine.name}, {one.name} {address}")
        mine.append(guest)
        here.append(guest)
        self._machines.changed()

    def leave(self, guest: Guest) -> None:
        """A connection is gone."""
        for found, name in ((self._of_machine, guest.machine.id), (self._at_address, guest.address)):
            found[name].remove(guest)
            if not found[name]:
                del found[name]
        self._machines.changed()

    def here(self, id_: str) -> tuple[str, ...]:
        """The addresses a machine is connected from now."""
        return tuple(sorted({one.address for one in self._of_machine.get(id_, ())}))

    def _turn_out(self, machine: Enrolled) -> None:
        for guest in list(self._of_machine.get(machine.id, ())):
            guest.drop()
