"""Enrolment from the first window to the replaced PC: a real site, a real room and real machines in one process.

Only time is given (the site's platform answers with it); every byte between the machines goes over TLS.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from candidate_client import enrol as pc_enrol
from proctor_console.console import target as console
from proctor_console.room import enrol as room_enrol
from proctor_console.room.app import RoomService
from shared import commands as c
from shared import documents as d
from shared import limits, signed, trust
from shared import messages as m
from shared.errors import Refused, Unavailable
from shared.io import identity, link, tls
from shared.io.tasks import Tasks
from shared.machines import Conflict, Kind
from shared.roles import Role
from site_server import guard, verbs
from site_server import machine_verbs as v
from site_server.station import Station
from tests.site_server.conftest import nothing, serving
from tests.support.pc import Scripted
from tests.support.room_day import eventually
from tests.support.site_day import PASSPHRASE
from tests.support.small_day import ROOM

TECHNICIAN = "赵技术"


class Lan:
    """A site and a room that has linked to it; machines come by calls."""

    def __init__(self, folder: Path, station: Station, room: RoomService, stick: bytes, pin: str) -> None:
        self.folder = folder
        self.station = station
        self.room = room
        self.stick = stick
        self.pin = pin

    async def console(self) -> "AtConsole":
        """Enrols a console with a code of its own and signs the technician in."""
        code = (await verbs.run(self.station, v.OpenWindow(5, 1, Kind.CONSOLE, ROOM), nothing))["code"]
        folder = self.folder / f"console {len(self.station.machines.of_room(ROOM))}"
        at = AtConsole(await console.enrol(folder, self.stick, ROOM, code))
        await at.connect()
        await at.send(m.ConsoleHello(m.PROTOCOL_VERSION, TECHNICIAN, self.pin))
        await at.want(m.ConsoleWelcome)
        return at

    async def pc(self, name: str, code: str, address: str, seat: int = 0) -> identity.Identity:
        """A PC asks until it is certified."""
        return await pc_enrol.enrol(self.folder / name, self.stick, ROOM, code, seat, address)

    async def dial(self, one: identity.Identity, address: str) -> link.Peer[m.RoomToPc]:
        """A PC connects."""
        context = tls.client_context(one.site_file.ca_certificate, one.folder)
        return await link.dial(one.ways(address).here, context, m.RoomToPc)


class AtConsole(Scripted):
    """A technician at an enrolled console."""

    def __init__(self, one: identity.Identity) -> None:
        where = one.ways().here
        super().__init__(one.site_file.ca_certificate, one.folder, where.port, m.RoomToConsole)
        self._count = 0

    async def order(self, command: c.RoomCommand) -> str:
        """Empty when done, else why not."""
        self._count += 1
        await self.send(m.RoomOrder(self._count, command))
        said: m.Message = await self.want(m.OrderDone | m.Refused)  # type: ignore[arg-type]  # a union is no type
        return said.refusal.code if isinstance(said, m.Refused) else ""

    async def waiting(self, count: int) -> m.MachineBoard:
        """The board once so many wait."""
        return await self.want(m.MachineBoard, lambda board: len(board.pending) == count)


@asynccontextmanager
async def a_lan(folder: Path, station: Station) -> AsyncIterator[Lan]:
    """The site serves, the room is enrolled and linked."""
    async with serving(station) as running:
        await station.site.clock.wait_known()
        await verbs.run(station, verbs.AddStaff(ROOM, TECHNICIAN, Role.TECHNICIAN), nothing)
        pin = (await verbs.run(station, verbs.AddStaff(ROOM, TECHNICIAN, Role.TECHNICIAN), nothing))["pin"]
        stick = folder / "site.kdd"
        await site_file(station, stick, running.port, 1)
        code = (await verbs.run(station, v.OpenWindow(5, 1), nothing))["code"]
        machine = await room_enrol.enrol(folder / "room", stick.read_bytes(), ROOM, code)
        room = RoomService(machine)
        await room.start("127.0.0.1", 0)
        await site_file(station, stick, running.port, room.port)
        await eventually(lambda: room.hall.site_online and room.hall.clock.known)
        try:
            yield Lan(folder, station, room, stick.read_bytes(), pin)
        finally:
            await room.close()


async def site_file(station: Station, path: Path, site_port: int, room_port: int) -> None:
    """The install stick; the site's settings name another port than the one of this test."""
    await verbs.run(station, verbs.WriteSiteFile({ROOM: d.RoomAddress("127.0.0.1", room_port)}, str(path)), nothing)
    _at_port(station, path, site_port)


def _at_port(station: Station, path: Path, site_port: int) -> None:
    found = msgspec.structs.replace(trust.site_file(path.read_bytes()), port=site_port)
    path.write_bytes(signed.sign(station.site.keys.ca, d.SITE_FILE, found))


async def test_one_code_and_one_confirmation_let_a_room_of_pcs_in(station: Station, tmp_path: Path) -> None:
    async with a_lan(tmp_path, station) as lan:
        at = await lan.console()
        assert await at.order(c.OpenWindow(Kind.PC, 10, 8)) == ""
        code = (await at.want(m.MachineBoard, lambda board: bool(board.windows))).windows[0].code
        with pytest.raises(Refused, match="wrong_code"):
            await lan.pc("guess", f"{(int(code) + 1) % 10**8:08}", "127.0.3.99")
        tasks = Tasks()
        asking = [tasks.spawn(f"pc {n}", lan.pc(f"pc{n}", code, f"127.0.3.{n}")) for n in range(1, 7)]
        board = await at.waiting(6)
        assert sorted((one.number, one.address, one.conflict) for one in board.pending) == [
            (n, f"127.0.3.{n}", Conflict.NONE) for n in range(1, 7)
        ]
        with pytest.raises(Unavailable, match="no_certificate"):
            where = link.Address("127.0.0.1", lan.room.port, f"room-{ROOM}", "/ws")
            await link.dial(where, tls.client_context(station.site.ca_certificate), m.RoomToPc)
        assert await at.order(c.ConfirmMachines()) == ""
        made = [await one for one in asking]
        assert [one.name for one in made] == [f"pc-{ROOM}-{n}" for n in range(1, 7)]
        for one in made:
            await (await lan.dial(one, f"127.0.3.{one.place.number}")).close()
        certificate = ssl.PEM_cert_to_DER_cert((made[0].folder / "tls.crt").read_text())
        begins, expires = tls.validity(certificate)
        now = station.site.now()
        assert now is not None and begins <= now < expires <= now + limits.CERTIFICATE_DAYS * limits.DAY
        await at.close()
        await tasks.close()


async def test_without_the_dongle_nobody_is_certified_and_who_waits_goes_on_waiting(
    station: Station, tmp_path: Path
) -> None:
    async with a_lan(tmp_path, station) as lan:
        at = await lan.console()
        assert await at.order(c.OpenWindow(Kind.PC, 10, 1)) == ""
        code = (await at.want(m.MachineBoard, lambda board: bool(board.windows))).windows[0].code
        tasks = Tasks()
        asking = tasks.spawn("pc", lan.pc("pc", code, "127.0.3.7"))
        await at.waiting(1)
        await guard.lose(station.site)
        assert await at.order(c.ConfirmMachines()) == "no_dongle"
        assert lan.room.hall.site_online, "the room's link stays"
        await guard.unlock(station.site, PASSPHRASE)
        assert await at.order(c.ConfirmMachines()) == ""
        assert (await asking).name == f"pc-{ROOM}-7"
        await at.close()
        await tasks.close()


async def test_a_new_pc_takes_the_place_of_the_old_one_and_a_revoked_one_is_gone(
    station: Station, tmp_path: Path
) -> None:
    async with a_lan(tmp_path, station) as lan:
        at = await lan.console()
        assert await at.order(c.OpenWindow(Kind.PC, 10, 3)) == ""
        code = (await at.want(m.MachineBoard, lambda board: bool(board.windows))).windows[0].code
        tasks = Tasks()
        old = tasks.spawn("old", lan.pc("old", code, "127.0.3.7"))
        await at.waiting(1)
        assert await at.order(c.ConfirmMachines()) == ""
        first = await old
        peer = await lan.dial(first, "127.0.3.7")
        new = tasks.spawn("new", lan.pc("new", code, "127.0.3.8", seat=7))
        (asked,) = (await at.waiting(1)).pending
        assert asked.conflict is Conflict.REPLACES
        assert await at.order(c.ConfirmMachines()) == "", "all without a conflict: none"
        assert await at.order(c.ConfirmMachines((asked.id,))) == ""
        second = await new
        assert second.name == first.name
        await peer.close()
        with pytest.raises(Unavailable) as gone:
            await lan.dial(first, "127.0.3.7")
        assert gone.value.wire_code == "revoked"
        await (await lan.dial(second, "127.0.3.8")).close()
        await verbs.run(station, v.Revoke(second.name, "被盗", "李主考"), nothing)
        await at.want(
            m.MachineBoard,
            lambda board: all(bool(one.machine.revoked) for one in board.rows if one.machine.kind is Kind.PC),
        )
        with pytest.raises(Unavailable) as gone:
            await lan.dial(second, "127.0.3.8")
        assert gone.value.wire_code == "revoked"
        await at.close()
        await tasks.close()


async def test_a_revoked_room_is_cut_off(station: Station, tmp_path: Path) -> None:
    async with a_lan(tmp_path, station) as lan:
        await verbs.run(station, v.Revoke(f"room-{ROOM}", "被盗"), nothing)
        await eventually(lambda: not lan.room.hall.site_online)
        await eventually(lambda: any(one.code == "machine_revoked" for one in station.rooms.alarms))
        assert ROOM not in station.rooms.links
