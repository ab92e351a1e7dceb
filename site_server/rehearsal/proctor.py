"""A simulated proctor: attaches to a room like the console does and takes a day's usual decisions.

Allows log-in and start as soon as the rules do, proposes resumes, warns, marks absences, lets people leave, ends
the sitting; the chief invigilator confirms what is proposed. Sees what staff see, nothing more. What happened is judged
elsewhere.
"""

import asyncio
import itertools
import logging
import ssl

from shared import messages as m
from shared.commands import (
    AllowLogin,
    AllowStart,
    ApproveResume,
    Confirm,
    DecideHeld,
    EndSitting,
    MarkAbsent,
    PermitLeave,
    RecordViolation,
    StaffCommand,
)
from shared.errors import Malformed
from shared.io.clock import boot_now, system_now
from shared.io.link import Address, Peer, keep
from shared.io.tasks import Tasks
from site_server.rehearsal.options import CHIEF, STAFF

log = logging.getLogger(__name__)
LOOK_EVERY = 0.2
PAUSE = 1000
"""A wish that led to nothing is repeated after this long, ms."""
WARN_PAUSE = 10_000
"""The same for a warning: one given twice because a board came late would void the paper."""
FINAL = {"submitted", "collected", "absent", "void"}


class Proctor:
    """One room's proctor. `absent` and `warn` are the tickets to mark; `board` is the newest board, `heard` every alarm
    with its boot-time instant. The exam is not ended before `patient` (ms UTC): somebody mends the LAN. A room that is
    not at `host` may be at `spare`.
    """

    name = STAFF

    def __init__(
        self, room: str, host: str, port: int, pin: str, absent: set[str], warn: set[str], spare: str = ""
    ) -> None:
        self.room = room
        self.board: m.Board | None = None
        self.patient = 0
        self.allowed = asyncio.Event()
        self.ended = asyncio.Event()
        self.heard: list[tuple[int, str]] = []
        hosts = [one for one in (host, spare) if one]
        self._where = itertools.cycle([Address(one, port, f"room-{room}", "/ws") for one in hosts])
        self._pin = pin
        self._absent = absent
        self._warn = warn
        self._ids = itertools.count(1)
        self._asked: dict[tuple[str, str], int] = {}

    async def run(self, context: ssl.SSLContext) -> None:
        """Works until cancelled, through any restart of the room."""
        await keep(lambda: next(self._where), context, m.RoomToConsole, self._speak)

    async def _speak(self, peer: Peer[m.RoomToConsole]) -> None:
        await peer.send(m.ConsoleHello(m.PROTOCOL_VERSION, self.name, self._pin))
        self._asked.clear()
        self.board = None
        acting = Tasks()
        acting.spawn("act", self._act(peer))
        try:
            while True:
                self._hear(await peer.receive())
        finally:
            await acting.close()

    async def _act(self, peer: Peer[m.RoomToConsole]) -> None:
        """Looks at the newest board again and again: time alone makes things due."""
        while True:
            if self.board is not None:
                for command in self.wishes(self.board, system_now()):
                    await peer.send(m.Order(next(self._ids), self.board.session.id, command))
            await asyncio.sleep(LOOK_EVERY)

    def _hear(self, message: m.RoomToConsole) -> None:
        match message:
            case m.Board():
                self._see(message)
            case m.Alarm(code=code):
                self.heard.append((boot_now(), code))
            case m.Refused(refusal=refusal) if refusal.code == "pin_wrong":
                raise Malformed(f"the room does not know the proctor: {refusal.code}")
            case m.Refused(refusal=refusal):
                log.info("room %s refused: %s", self.room, refusal.code)
            case _:
                pass

    def _see(self, board: m.Board) -> None:
        self.board = board
        if board.login_allowed:
            self.allowed.set()
        if board.ended:
            self.ended.set()

    def wishes(self, board: m.Board, now: int) -> list[StaffCommand]:
        """What a proctor would do at this board; each wish is repeated only after a while."""
        wanted: list[tuple[str, str, StaffCommand]] = []
        start = board.session.start
        rules = board.session.rules
        if board.ended:
            return []
        if not board.login_allowed and now >= start - rules.login_opens_before:
            wanted.append(("login", "", AllowLogin()))
        elif board.login_allowed and not board.armed and now >= start - rules.arm_opens_before:
            wanted.append(("start", "", AllowStart()))
        for row in board.rows:
            wanted += [(type(w).__name__, row.ticket, w) for w in self._about(row, board, now)]
        late = tuple(row.ticket for row in board.rows if row.undecided and row.status in FINAL)
        if late:
            wanted.append(("held", "", DecideHeld(late, True, "演练：断网期间作答，如数计入")))
        done = board.opened and board.rows and all(row.status in FINAL for row in board.rows)
        if done and not late and now >= max(board.clock.end, self.patient):
            wanted.append(("end", "", EndSitting()))
        return [command for what, whom, command in wanted if self._fresh(what, whom, now)]

    def _about(self, row: m.SeatRow, board: m.Board, now: int) -> list[StaffCommand]:
        late = board.session.start + board.session.rules.late_entry
        if row.waiting_seat:
            return [ApproveResume(row.ticket)]
        if row.ticket in self._absent and row.status == "expected" and now >= late:
            return [MarkAbsent(row.ticket)]
        if row.ticket in self._warn and row.status == "logged_in" and not row.warnings and board.opened:
            return [RecordViolation(row.ticket, "warning", "talking", "演练：与他人交谈")]
        may_leave = now < board.clock.leave_closes or now >= board.clock.end
        if row.status == "submitted" and not row.left and may_leave:
            return [PermitLeave(row.ticket)]
        return []

    def _fresh(self, what: str, whom: str, now: int) -> bool:
        pause = WARN_PAUSE if what == RecordViolation.__name__ else PAUSE
        if now - self._asked.get((what, whom), 0) < pause:
            return False
        self._asked[what, whom] = now
        return True


class Chief(Proctor):
    """The chief invigilator at a console of that room: says yes to what others propose."""

    name = CHIEF

    def wishes(self, board: m.Board, now: int) -> list[StaffCommand]:
        """A yes to every proposal; each again only after a while."""
        waiting = [one.number for one in board.proposals if one.by != self.name]
        return [Confirm(number) for number in waiting if self._fresh("confirm", str(number), now)]
