"""Candidates go on in another room: a real site, two real rooms and real machines in one process, over TLS."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer

from candidate_client import enrol as pc_enrol
from candidate_client.device import Device
from proctor_console.room import board
from proctor_console.room import enrol as room_enrol
from proctor_console.room.app import RoomService
from proctor_console.room.watch import Watch
from shared import commands as c
from shared import crypto, ledger, limits, signed, trust, verifier
from shared import documents as d
from shared import messages as m
from shared import records as r
from shared.errors import Refused
from shared.io import identity
from shared.io.clock import boot_now
from shared.io.tasks import Tasks
from shared.ledger import START, Chain
from shared.machines import Kind
from shared.model import Person, Room
from shared.refusal import Refusal
from shared.roles import Role
from shared.sitting import Status
from site_server import bundling, move_verbs, statuspage, verbs
from site_server import machine_verbs as v
from site_server.people import Credentials
from site_server.station import Station
from tests.site_server.conftest import nothing, serving
from tests.support import by_the_book as book
from tests.support.fake_platform import FakePlatform
from tests.support.pc import Pc, Scripted
from tests.support.room_day import eventually
from tests.support.site_day import Made, SiteDay, copy_of
from tests.support.small_day import CHIEF, MINUTE, PROCTOR, ROOM, SITE, T

OTHER = "02"
HEAD, PIN = "赵主考", "804716"
SEATS = 3


def id_number(ticket: str) -> str:
    """What a candidate types."""
    return f"99000020000101{ticket}"


class TwoRooms(SiteDay):
    """Three candidates of room 01; room 02 has none."""

    rooms = (Room(ROOM, "101 机房", 30, 3), Room(OTHER, "备用机房", 30, 3))
    rules = {"late_entry": 5 * MINUTE, "grace": 1000}  # noqa: RUF012  # as in the base

    def _formal(self) -> d.FormalAuthorisation:
        key = self.keys.session
        people = tuple(
            Person(p.ticket, f"考生{p.seat}", "990***10", crypto.id_mac(key, p.ticket, id_number(p.ticket)))
            for p in self.places
        )
        roster = trust.seal_roster(people, self.session.id, key)
        return msgspec.structs.replace(super()._formal(), roster=roster)


class At(Pc):
    """A PC enrolled at a real room."""

    def __init__(self, one: identity.Identity, address: str) -> None:
        place = one.place
        Scripted.__init__(self, one.site_file.ca_certificate, one.folder, 0, m.RoomToPc, address)
        self._address = identity.room_addresses(one.site_file, place.room, address)[0]
        self.seat = place.number
        self.device = Device(one.folder).key
        self.ticket = ""
        self.chain = Chain("", bytes(32), START)
        self.entries = []
        self.admitted = None
        self._nonce = b""

    async def enter(self, ticket: str) -> tuple[m.Admitted, list[ledger.Entry]]:
        """Logs in before the open paper; the admission and the history that came with it."""
        await self.hello()
        await self.type_in(ticket, id_number(ticket))
        found = await self.want(m.Admitted)
        history: list[ledger.Entry] = []
        while len(history) < found.history:
            history += (await self.want(m.History)).entries
        await self.want(m.Opened)
        self.admitted = found
        stream = ledger.attempt_stream(found.session.id, ticket)
        self.chain, self.entries = Chain(stream, found.key, ledger.open_epoch(found.epoch, found.continues)), []
        await self.put(r.AttemptOpened(self.device.public, found.continues))
        await self.want(m.Ack)
        return found, history


class Two:
    """A site that serves, and its two rooms with PCs."""

    def __init__(self, folder: Path, made: Made, station: Station) -> None:
        self.folder = folder
        self.made = made
        self.station = station
        self.port = 0
        self.services: dict[str, RoomService] = {}
        self.pcs: dict[tuple[str, int], At] = {}
        self._serving = AsyncExitStack()

    async def serve(self) -> None:
        """The site serves, at the port it had before."""
        self.port = (await self._serving.enter_async_context(serving(self.station, self.port))).port
        await self.station.site.clock.wait_known()

    async def stop(self) -> None:
        """The site serves no more."""
        await self._serving.aclose()

    async def begin(self, room: str, port: int) -> None:
        """Enrols and starts a room and three of its PCs."""
        code = (await verbs.run(self.station, v.OpenWindow(5, 1, Kind.ROOM, room), nothing))["code"]
        stick = self._stick(port)
        machine = await room_enrol.enrol(self.folder / f"room {room}", stick, room, code)
        await self.start(room, machine)
        stick = self._stick(port)
        code = (await verbs.run(self.station, v.OpenWindow(5, SEATS, Kind.PC, room), nothing))["code"]
        tasks = Tasks()
        asking = {
            seat: tasks.spawn(
                f"pc {seat}",
                pc_enrol.enrol(self.folder / f"pc {room} {seat}", stick, room, code, seat, f"127.0.{int(room)}.{seat}"),
            )
            for seat in range(1, SEATS + 1)
        }
        await eventually(lambda: len(self.station.desk.pending(room)) == SEATS)
        await verbs.run(self.station, v.Confirm(room), nothing)
        for seat, one in asking.items():
            self.pcs[room, seat] = At(await one, f"127.0.{int(room)}.{seat}")
        await tasks.close()

    async def start(self, room: str, machine: object) -> None:
        """Starts the service of a room, and waits until it is linked."""
        one = self.services[room] = RoomService(machine)  # type: ignore[arg-type]
        await one.start("127.0.0.1", 0)
        await eventually(lambda: one.hall.site_online and one.hall.clock.known and "m1" in one.hall.desks)

    def _stick(self, port: int) -> bytes:
        rooms = {n: d.RoomAddress("127.0.0.1", s.port) for n, s in self.services.items()}
        rooms = {n: rooms.get(n, d.RoomAddress("127.0.0.1", 1)) for n in (ROOM, OTHER)}
        site = self.station.site
        platform = site.platform
        file = d.SiteFile(
            SITE,
            "考点",
            site.ca_certificate,
            platform.root,
            platform.issuer_document,
            "127.0.0.1",
            port,
            rooms,
        )
        return signed.sign(site.keys.ca, d.SITE_FILE, file)

    async def order(self, room: str, command: c.StaffCommand) -> object:
        """An order of the chief at a room."""
        return await self.services[room].hall.desks["m1"].ask(c.ByStaff(command, CHIEF))

    async def open(self, room: str = ROOM) -> None:
        """Log-in and start are allowed; the paper opens, because it is time."""
        await self.order(room, c.AllowLogin())
        await self.order(room, c.AllowStart())
        await eventually(lambda: self.services[room].hall.desks["m1"].state.opened_at is not None)

    async def move(self, *tickets: str, origin: str = ROOM, room: str = OTHER) -> dict[str, int]:
        """The chief invigilator orders it at the site."""
        verb = move_verbs.Move("m1", origin, room, Credentials(HEAD, PIN), tickets)
        seats: dict[str, int] = (await verbs.run(self.station, verb, nothing))["seats"]
        return seats


@asynccontextmanager
async def two_rooms(template: Path, folder: Path) -> AsyncIterator[Two]:
    """Everything up; candidates of room 01 may log in."""
    made = copy_of(template, folder / "site")
    day = TwoRooms(made.folder.registration.read_bytes())
    made = Made(made.folder, day, FakePlatform(day, T + MINUTE))
    async with made.platform.serving():
        station = made.open()
        made.join(station)
        await station.held.load(day.formal, day.package, day.session_document)
        two = Two(folder, made, station)
        try:
            await two.serve()
            await verbs.run(station, verbs.AddStaff("", HEAD, Role.CHIEF, PIN), nothing)
            nowhere = {name: d.RoomAddress("127.0.0.1", 1) for name in (ROOM, OTHER)}
            await verbs.run(station, verbs.WriteSiteFile(nowhere, str(folder / "site.kdd")), nothing)
            await two.begin(ROOM, two.port)
            await two.begin(OTHER, two.port)
            await two.open()
            yield two
            for pc in two.pcs.values():
                await pc.close()
            for service in two.services.values():
                await service.close()
        finally:
            await two.stop()
            two.station.close()


async def test_a_candidate_goes_on_in_another_room_with_everything_and_the_bundle_verifies(
    template: Path, tmp_path: Path
) -> None:
    async with two_rooms(template, tmp_path) as two:
        old, stays = two.pcs[ROOM, 1], two.pcs[ROOM, 3]
        await old.enter("1001")
        await stays.enter("1003")
        for number in range(200):
            await old.answer(number % 3 + 1, "AB"[number % 2])
        await old.put(r.Answered(("C",)), 1)
        await old.want(m.Ack)
        begun = time.monotonic()
        assert await two.move("1001") == {"1001": 1}
        assert await old.want(m.Finished) == m.Finished("moved", OTHER, 1), "the page tells where to go"
        hall = two.services[ROOM].hall
        shown = board.board(hall.desks["m1"], hall.presence, hall.health(), hall.clock.now())
        row = next(row for row in shown.rows if row.ticket == "1001")
        assert (row.gone_room, row.gone_seat) == (OTHER, 1), "and so does the console"
        await old.put(r.Answered(("D",)), 2)
        held = await old.want(m.Ack)
        assert (held.verdict, held.reason) == ("held", "old_epoch")
        new = two.pcs[OTHER, 1]
        await eventually(lambda: "1001" in two.services[OTHER].hall.desks["m1"].state.candidates)
        admitted, history = await new.enter("1001")
        print(f"machine time of the move: {time.monotonic() - begun:.2f} s")
        assert time.monotonic() - begun < 3
        assert (admitted.epoch, admitted.status, admitted.seat) == (1000, "logged_in", 1)
        assert [entry.digest for entry in history] == [entry.digest for entry in old.entries[:202]]
        await new.answer(3, "A")
        await refuse_unplaced(two)
        await end(two)
        data = await bundle_of(two)
        report = verifier.verify(io.BytesIO(data), two.station.site.platform.root, None)
        assert [(part.epoch, part.upto) for part in report.accepted["1001"]] == [(1, 202), (1000, 2)]
        root = two.station.site.platform.root
        assert book.verify_bundle(data, {"alg": root.alg, "raw": root.raw}).closed["1001"] == "Collected"


async def refuse_unplaced(two: Two) -> None:
    """What cannot be moved is refused and moves nobody."""
    for origin, room, tickets, code in (
        (OTHER, OTHER, ("1001",), "same_room"), (ROOM, OTHER, ("1001",), "unknown_ticket"),
        (ROOM, "77", ("1003",), "no_room"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            await two.move(*tickets, origin=origin, room=room)
        assert refused.value.wire_code == code


async def end(two: Two) -> None:
    """Both sittings are ended early by two people, collected, and closed."""
    for room in (ROOM, OTHER):
        desk = two.services[room].hall.desks["m1"]
        await desk.ask(c.ByStaff(c.EndEarly("停电"), PROCTOR))
        assert not isinstance(await two.order(room, c.Confirm(desk.state.proposed)), Refusal)
        for ticket, one in desk.state.candidates.items():
            if one.status is Status.EXPECTED:
                assert not isinstance(await two.order(room, c.MarkAbsent(ticket)), Refusal)
        await eventually(lambda desk=desk: all(one.done for one in desk.state.candidates.values()))  # type: ignore[misc]
        assert not isinstance(await two.order(room, c.EndSitting()), Refusal)


async def bundle_of(two: Two) -> bytes:
    """The bundle, once everything is copied."""
    one = two.station.held.get("m1")
    await eventually(lambda: not bundling.open_rooms(two.station.copies, one))
    made = await bundling.make(two.station.site, two.station.copies, one, nothing)
    return await asyncio.to_thread(made.path.read_bytes)


async def status_page(station: Station) -> str:
    """The site's page."""
    async with TestClient(TestServer(statuspage.app(station))) as client, client.get("/") as reply:
        return await reply.text()


async def test_a_whole_room_goes_on_elsewhere_by_one_order_though_its_machine_is_dead(
    template: Path, tmp_path: Path
) -> None:
    async with two_rooms(template, tmp_path) as two:
        for seat, ticket in ((1, "1001"), (3, "1003")):
            await two.pcs[ROOM, seat].enter(ticket)
            await two.pcs[ROOM, seat].answer(1, "A")
        stream = ledger.attempt_stream("m1", "1003")
        await eventually(lambda: two.station.copies.points.get(stream, {}).get(1, START).position == 2)
        await two.services[ROOM].close()
        await eventually(lambda: ROOM not in two.station.rooms.links)
        page = await status_page(two.station)
        assert "断开" in page and f"takeover --site-file site.kdd --room {ROOM}" in page, "what to type stands there"
        assert f"move --session m1 --from {ROOM}" in page
        begun = time.monotonic()
        assert await two.move() == {"1001": 1, "1002": 2, "1003": 3}
        hall = two.services[OTHER].hall
        await eventually(lambda: {"1001", "1003"} <= hall.desks["m1"].state.candidates.keys())
        Watch(hall).look(boot_now() + limits.DAY)
        assert hall.presence.silent == frozenset(), "who has yet to come has no PC that could be silent"
        for seat, ticket in ((1, "1001"), (2, "1002"), (3, "1003")):
            admitted, history = await two.pcs[OTHER, seat].enter(ticket)
            assert (admitted.epoch, len(history)) == (1000, 0 if ticket == "1002" else 2)
        print(f"machine time of the room's move: {time.monotonic() - begun:.2f} s")
        assert time.monotonic() - begun < 9
        page = await status_page(two.station)
        assert "转出 3 人" in page and "转入 3 人" in page and "move --session" not in page, "nobody is left to move"
        await two.start(ROOM, two.services[ROOM].machine)
        left = two.services[ROOM].hall.desks["m1"].state.candidates
        await eventually(lambda: all(one.status is Status.MOVED for one in left.values()))
        with pytest.raises(Refused, match="nobody_to_move"):
            await two.move()
        await end(two)
        report = verifier.verify(io.BytesIO(await bundle_of(two)), two.station.site.platform.root)
        assert [part.epoch for part in report.accepted["1003"]] == [1, 1000]


async def test_a_guest_is_still_there_after_a_restart_and_may_go_back(template: Path, tmp_path: Path) -> None:
    async with two_rooms(template, tmp_path) as two:
        await two.pcs[ROOM, 1].enter("1001")
        await two.pcs[ROOM, 1].answer(1, "B")
        await two.move("1001")
        await two.pcs[OTHER, 1].enter("1001")
        await two.pcs[OTHER, 1].answer(2, "C")
        await two.services[OTHER].close()
        await eventually(lambda: OTHER not in two.station.rooms.links)
        await two.start(OTHER, two.services[OTHER].machine)
        assert two.services[OTHER].hall.desks["m1"].state.candidates["1001"].epoch == 1000
        assert await two.move("1001", origin=OTHER, room=ROOM) == {"1001": 1}
        back = two.pcs[ROOM, 2]
        await eventually(lambda: two.services[ROOM].hall.desks["m1"].state.candidates["1001"].first == 2000)
        assert two.station.rooms.alarms == []
        await back.hello()
        await back.type_in("1001", id_number("1001"))
        await back.want(m.Waiting)
        assert not isinstance(await two.order(ROOM, c.ApproveResume("1001")), Refusal)
        admitted = await back.want(m.Admitted)
        assert (admitted.epoch, admitted.history, admitted.continues.epoch) == (2000, 4, 1000)
