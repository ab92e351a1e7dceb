"""A simulated room for the console: real TLS, real messages, the real core of a sitting; candidates are moved by calls.

Orders of a console go through `shared.exam.decide`, so boards change as they would in a room. Its trusted time is the
boot clock shifted so that the sitting stands where a test wants it. It stores nothing and holds no paper;
`mute` leaves orders unanswered.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from aiohttp import web

from shared import commands as c
from shared import confirming, crypto, documents, exam, limits, lost, orders, signed
from shared import messages as m
from shared import records as r
from shared.errors import KaodianError
from shared.io import tls
from shared.io.clock import boot_now
from shared.io.peer import ServerPeer, accept
from shared.io.tasks import Tasks
from shared.ledger import START, Header, Point
from shared.model import Place, Room, Session
from shared.refusal import Refusal
from shared.roles import Role
from shared.sitting import FINAL, Sitting, Status, apply, note
from tests.support.machines import Population

ITEMS: Final = 50
START_AT: Final = 1_795_219_200_000
"""T of the simulated session: 2026-11-21 08:00 Beijing time."""
PIN: Final = "246810"
STAFF: Final = {"监考甲": Role.PROCTOR, "技术员": Role.TECHNICIAN, "主考": Role.CHIEF}
CHIEF: Final = c.Actor("主考", Role.CHIEF, "console-01-1", "127.0.0.1")
NAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章"
GIVEN: Final = ("一", "小二", "三多", "四方", "五湖")


class SimulatedRoom:
    """One room with one sitting. `offset` (ms) is where its clock stands against T when it is made."""

    def __init__(self, folder: Path, offset: int, seats: int = 40, spares: int = 4, absent_seats: int = 0) -> None:
        self.folder = folder
        self.room = Room("01", "第01考场", seats, spares)
        self.sitting = self._sitting("S1", START_AT, seats - absent_seats)
        self._shift = START_AT + offset - boot_now()
        self.offline: set[str] = set()
        self.saved: dict[str, int] = {}
        self.pcs: list[m.PcRow] = []
        self.keys = self.site_online = self.disk_ok = True
        self.site_behind = 0
        self.consoles: set[ServerPeer] = set()
        self.orders: list[m.Order] = []
        self.room_orders: list[c.RoomCommand] = []
        self.machines = m.MachineBoard((), (), ())
        self.clocks: dict[str, tuple[int, int]] = {}
        self.disk_left = 40 * limits.MIB * limits.KIB
        self.timeless: m.TimeState | None = None
        self.pin = PIN
        self.mute = False
        self.muted = asyncio.Event()
        self._tasks = Tasks()
        self._runner: web.AppRunner | None = None
        self._ca = tls.make_ca("site T")
        self.port = 0

    def _sitting(self, session: str, start: int, people: int) -> Sitting:
        places = tuple(Place(f"T{seat:04}", "01", seat, "AB"[seat % 2]) for seat in range(1, people + 1))
        made = Session(session, "网络管理员 初级", "网络管理员", "初级", "理论", start)
        return Sitting(made, self.room, places)

    # The wire.

    async def start(self, port: int = 0) -> None:
        """Serves on the loopback; `site_file` can be written afterwards."""
        key, ca = self._ca
        machine, point = crypto.new_p256()
        tls.write_identity(self.folder / "tls", machine, tls.issue(key, ca, f"room-{self.room.id}", point))
        app = web.Application()
        app.router.add_get("/ws", self._console)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, "127.0.0.1", port or self.port, ssl_context=tls.server_context(self.folder / "tls")
        )
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Cuts every console and frees the port."""
        for peer in tuple(self.consoles):
            peer.drop()
        await self._tasks.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def site_file(self) -> Path:
        """Writes the signed site file that leads to this room."""
        key, ca = self._ca
        rooms = {self.room.id: documents.RoomAddress("127.0.0.1", self.port)}
        root = crypto.PublicKey(crypto.ED25519, bytes(32))
        made = documents.SiteFile("T", "示例考点", ca, root, b"", "127.0.0.1", 1, rooms)
        path = self.folder / "site.kdd"
        path.write_bytes(signed.sign(crypto.EcdsaSigner(key), documents.SITE_FILE, made))
        return path

    def console(self) -> Path:
        """A folder of a console that is certified for this room."""
        folder = self.folder / "console"
        Population(*self._ca, self.room.id, "127.0.1").console().keep(folder, self.site_file().read_bytes())
        return folder

    async def _console(self, request: web.Request) -> web.StreamResponse:
        peer = await accept(request)
        try:
            await self._serve(peer)
        except KaodianError:
            pass
        finally:
            self.consoles.discard(peer)
            await peer.gone()
        return peer._socket

    async def _serve(self, peer: ServerPeer) -> None:
        hello: m.ConsoleHello = await peer.receive(m.ConsoleHello)
        if hello.pin != self.pin or hello.name not in STAFF:
            peer.send(m.Refused(Refusal("pin_wrong")))
            return
        peer.send(m.ConsoleWelcome(self.room, hello.name, STAFF[hello.name]))
        peer.send(self.machines)
        if self.timeless is not None:
            peer.send(self.timeless)
        peer.send(self.board())
        self.consoles.add(peer)
        while True:
            message: m.Order | m.RoomOrder | m.Beacon = await peer.receive(m.Order | m.RoomOrder | m.Beacon)
            received = self.now()
            if isinstance(message, m.Beacon):
                peer.send(m.BeaconReply(message.sent, received, self.now(), 1))
                continue
            if isinstance(message, m.RoomOrder):
                self.room_orders.append(message.command)
                peer.send(m.OrderDone(message.id))
                continue
            self.orders.append(message)
            if self.mute:
                self.muted.set()
                continue
            by = c.Actor(hello.name, STAFF[hello.name], "console-01-1", peer.address)
            refusal = self.do(message.command, by=by)
            peer.send(m.OrderDone(message.id) if refusal is None else m.Refused(refusal, message.id))

    # The sitting.

    def now(self) -> int:
        """The room's trusted time, ms."""
        return boot_now() + self._shift

    def do(self, command: c.AnyCommand | c.StaffCommand, at: int | None = None, by: c.Actor = CHIEF) -> Refusal | None:
        """Decides and applies one command, at trusted time `at` or now; consoles hear of it."""
        if isinstance(command, c.StaffCommand):
            command = c.ByStaff(command, by)
        made = exam.decide(self.sitting, command, self.now() if at is None else at)
        if isinstance(made, Refusal):
            return made
        for record in made:
            apply(self.sitting, record)
        self.publish()
        return None

    def publish(self) -> None:
        """Sends the board to every console."""
        for peer in self.consoles:
            peer.send(self.board())

    def tell_machines(self, board: m.MachineBoard) -> None:
        """The room's machines change."""
        self.machines = board
        for peer in self.consoles:
            peer.send(board)

    def alarm(self, alarm: m.Alarm) -> None:
        """Sends an alarm to every console."""
        for peer in self.consoles:
            peer.send(alarm)

    def log_in(self, ticket: str, seat: int = 0, at: int | None = None) -> Refusal | None:
        """A candidate logs in at a seat (the arranged one if 0), with a device of its own for each seat."""
        seat = seat or self.sitting.candidates[ticket].place.seat
        device = crypto.PublicKey(crypto.ED25519, crypto.sha256(f"{ticket}/{seat}".encode()))
        refusal = self.do(c.LogIn(ticket, True, seat, device, f"10.0.0.{seat}", False), at)
        return refusal or self.do(c.ConfirmRead(ticket), at)

    def answer(self, ticket: str, count: int, saved_ago: int = 2 * limits.SECOND) -> None:
        """The candidate's PC has had the first `count` items accepted."""
        epoch = self.sitting.candidates[ticket].epoch
        for item in range(1, count + 1):
            header = Header("", epoch, item, b"", self.now() - saved_ago, "Answered", item, 0, b"")
            note(self.sitting, ticket, header, crypto.sha256(f"{ticket}{item}".encode()))
        self.saved[ticket] = self.now() - saved_ago

    def hold(self, ticket: str, count: int) -> None:
        """That many records of the candidate came too late."""
        last = self.sitting.attempts[ticket].counted.get(1, 0)
        part = r.Range(ticket, 1, last + 1, last + count, START.digest)
        apply(self.sitting, r.Held(part, "late"))
        self.publish()

    def send_away(self, ticket: str, room: str, seat: int) -> None:
        """The candidate goes on in another room."""
        self.do(c.SendAway(ticket, self.sitting.candidates[ticket].first, room, seat, CHIEF.name, True))

    def take_guest(self, ticket: str, seat: int) -> None:
        """A candidate of another room goes on here; the ticket is one that was moved away before."""
        one = self.sitting.candidates[ticket]
        arrived = r.GuestArrived(ticket, "02", seat, 1000, Point(1, 1, START.digest), START.digest)
        brought = r.GuestBrought(ticket, one.place.form, 0, 1, (), 0, 0, 0, True, (), self.now(), (), 0, ())
        for record in (arrived, brought):
            apply(self.sitting, record)
        self.publish()

    def hand_in(self, ticket: str) -> None:
        """The candidate hands in."""
        apply(self.sitting, r.HandedIn(ticket, Point(1, 1, START.digest)))
        self.publish()

    def board(self) -> m.Board:
        """The sitting as the room would tell it."""
        state, at = self.sitting, self.sitting.times()
        clock = m.Clockwork(
            at.opening, at.start, at.hand_in_opens, at.leave_closes, at.end, at.closes, state.opened_at or 0,
            state.paused or 0,
        )  # fmt: skip
        return m.Board(
            session=state.session,
            now=self.now(),
            login_allowed=state.login_allowed,
            armed=state.armed,
            keys=self.keys,
            opened=state.opened_at or 0,
            ended=state.ended,
            clock=clock,
            extra=state.extra + state.beyond,
            items=ITEMS,
            rows=tuple(self._row(ticket) for ticket in state.candidates),
            pcs=tuple(self.pcs),
            site_online=self.site_online,
            site_behind=self.site_behind,
            time_error=20,
            disk_ok=self.disk_ok,
            head=m.HeadShown("U5SL-K5J4-W589-VZSD", "1.7", 0),
            site_head=m.HeadShown("3PQA-7XKC-M2WD-HB9T", "1.21", 0),
            roles=state.table.rules,
            proposals=tuple(
                m.ProposalRow(one.number, one.command, one.by, one.role, one.at, confirming.lapses_at(state, one))
                for one in state.proposals.values()
            ),
            disk_left=self.disk_left,
        )

    def _row(self, ticket: str) -> m.SeatRow:
        one = self.sitting.candidates[ticket]
        index = one.place.seat - 1
        online = bool(one.seat) and ticket not in self.offline and one.status not in FINAL - {Status.SUBMITTED}
        return m.SeatRow(
            ticket=ticket,
            name=NAMES[index % len(NAMES)] + GIVEN[index % len(GIVEN)],
            id_masked="110*************1X",
            seat=one.seat,
            place=one.place.seat,
            status=one.status.value,
            online=online,
            read=one.read,
            paper=bool(one.seat),
            answered=len(self.sitting.attempts[ticket].items),
            saved_at=self.saved.get(ticket, 0),
            warnings=one.warnings,
            extra=one.extra + one.beyond,
            end=self.sitting.times(ticket).end,
            hand_up=one.hand_up,
            left=one.left,
            waiting_seat=one.waiting.seat if one.waiting is not None else 0,
            clock_off=self.clocks.get(ticket, (0, 0))[0],
            clock_error=self.clocks.get(ticket, (0, -1))[1],
            held=sum(one.range.upto - one.range.first + 1 for one in self.sitting.attempts[ticket].held),
            undecided=sum(part.upto - part.first + 1 for part in orders.decidable(self.sitting, ticket, False)),
            heard_at=self.saved.get(ticket, 0),
            lost=lost.due(self.sitting, ticket, self.now()),
            cause=lost.cause(self.sitting, ticket, self.now()),
            gone_room=one.gone[0],
            gone_seat=one.gone[1],
        )


def open_paper(room: SimulatedRoom, logged_in: int, answered: int) -> None:
    """Brings the sitting to after its start: that many candidates are in and have answered about so much."""
    room.do(c.AllowLogin(), START_AT - 50 * limits.MINUTE)
    for number in range(1, logged_in + 1):
        room.log_in(f"T{number:04}", at=START_AT - 20 * limits.MINUTE)
    room.do(c.AllowStart(), START_AT - 30 * limits.MINUTE)
    room.do(c.Tick(), START_AT)
    for number in range(1, logged_in + 1):
        room.answer(f"T{number:04}", min(ITEMS, max(0, answered + number * 7 % 11 - 5)))


async def _serve(folder: Path, minutes: int, logged_in: int) -> None:
    room = SimulatedRoom(folder, minutes * limits.MINUTE)
    if minutes > 0:
        open_paper(room, logged_in, min(ITEMS, minutes // 2))
    await room.start()
    print(f"ready 127.0.0.1:{room.port} {room.site_file()}", flush=True)
    while True:
        room.do(c.Tick())
        await asyncio.sleep(0.25)


def main() -> int:
    """`python -m tests.support.console_room DIR MINUTES [LOGGED_IN]`: a room MINUTES after T (negative: before)
    by hand.
    """
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("minutes", type=int)
    parser.add_argument("logged_in", type=int, nargs="?", default=38)
    given = parser.parse_args()
    asyncio.run(_serve(given.folder, given.minutes, given.logged_in))
    return 0


if __name__ == "__main__":
    sys.exit(main())
