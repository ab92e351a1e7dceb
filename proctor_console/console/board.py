"""One sitting as the proctor sees it: a room's `Board` message folded into seats and counts, without any widget.

Pure: time is an argument. A candidate stands where they sit now, else where the arrangement puts them. Holds no
answer, because the message carries none. Phases and next steps are told by `steps`.
"""

from enum import StrEnum
from typing import NamedTuple

from proctor_console.console.marks import ATTENTION, Mark, mark_of
from shared.messages import Board, PcRow, SeatRow
from shared.model import Room
from shared.sitting import FINAL, Status


class Filter(StrEnum):
    """Which seats are shown."""

    ALL = "all"
    NOT_IN = "not_in"
    ATTENTION = "attention"


class Seat(NamedTuple):
    """One card: `row` if a candidate belongs here, `pc` if a PC waits here, `moved_to` where this place's owner
    sits now.
    """

    number: int
    spare: bool
    mark: Mark
    row: SeatRow | None = None
    pc: PcRow | None = None
    moved_to: int = 0

    @property
    def ticket(self) -> str:
        """The candidate's ticket, or empty."""
        return self.row.ticket if self.row is not None else ""


class Counts(NamedTuple):
    """应到 已登录 在线 已交卷 已收卷 缺考 违纪."""

    expected: int
    logged_in: int
    online: int
    submitted: int
    collected: int
    absent: int
    violations: int


def clock(board: Board, now: int) -> int:
    """What the sitting's clock shows at trusted time `now`: it stands while the sitting is paused."""
    return min(now, board.clock.paused) if board.clock.paused else now


def stands_at(row: SeatRow) -> int:
    """The seat where this candidate is shown."""
    return row.seat or row.place


def seats(room: Room, board: Board, now: int) -> tuple[Seat, ...]:
    """Every seat of the room in order, spares last; a finished candidate gives way to an unfinished one."""
    here: dict[int, SeatRow] = {}
    for row in sorted(board.rows, key=lambda one: one.status not in FINAL):
        here[stands_at(row)] = row
    moved = {row.place: row.seat for row in board.rows if row.seat and row.seat != row.place}
    pcs = {pc.seat: pc for pc in board.pcs}
    wanted = {row.waiting_seat for row in board.rows} if not board.ended else set()
    found = []
    for number in sorted({*range(1, room.seats + room.spares + 1), *here, *pcs}):
        candidate, pc = here.get(number), pcs.get(number)
        asked = candidate is None and number in wanted
        mark = Mark.WAITING if asked else _mark(candidate, pc, board, now)
        away = moved.get(number, 0) if candidate is None else 0
        found.append(Seat(number, number > room.seats, mark, candidate, pc, away))
    return tuple(found)


def _mark(row: SeatRow | None, pc: PcRow | None, board: Board, now: int) -> Mark:
    if row is None:
        if pc is None:
            return Mark.EMPTY
        return Mark.FAULTY if pc.faults else Mark.PC_READY
    mark = mark_of(row, board, now)
    faulty = pc is not None and bool(pc.faults) and mark in (Mark.EXPECTED, Mark.MISSING)
    return Mark.FAULTY if faulty else mark


def chosen(all_seats: tuple[Seat, ...], which: Filter) -> tuple[Seat, ...]:
    """The seats a filter lets through, in order."""
    match which:
        case Filter.ALL:
            return all_seats
        case Filter.NOT_IN:
            return tuple(seat for seat in all_seats if seat.row is not None and seat.row.status == Status.EXPECTED)
        case Filter.ATTENTION:
            return tuple(seat for seat in all_seats if seat.mark in ATTENTION)


def counts(board: Board) -> Counts:
    """The numbers of the counts bar."""
    rows = board.rows

    def number(status: Status) -> int:
        return sum(row.status == status for row in rows)

    return Counts(
        expected=len(rows),
        logged_in=sum(row.seat > 0 for row in rows),
        online=sum(row.online for row in rows),
        submitted=number(Status.SUBMITTED),
        collected=number(Status.COLLECTED),
        absent=number(Status.ABSENT),
        violations=sum(row.warnings > 0 or row.status == Status.VOID for row in rows),
    )


def unfinished(board: Board) -> tuple[SeatRow, ...]:
    """Who keeps the sitting from being ended, by seat."""
    return tuple(sorted((row for row in board.rows if row.status not in FINAL), key=stands_at))


def not_logged_in(board: Board) -> tuple[SeatRow, ...]:
    """Who has never logged in and is not registered as absent, by seat."""
    return tuple(sorted((row for row in board.rows if row.status == Status.EXPECTED and not row.seat), key=stands_at))


def lost(board: Board) -> tuple[SeatRow, ...]:
    """Who lost time that nobody has decided about, by seat."""
    return tuple(sorted((row for row in board.rows if row.lost), key=stands_at))


def unheard(board: Board) -> tuple[SeatRow, ...]:
    """Who is logged in at a PC that is not heard from, by seat."""
    away = (row for row in board.rows if row.status == Status.LOGGED_IN and row.seat and not row.online)
    return tuple(sorted(away, key=stands_at))


def guests(board: Board) -> tuple[SeatRow, ...]:
    """Who comes from another room in the middle of the exam and is not logged in here yet, by seat."""
    coming = (row for row in board.rows if row.status == Status.LOGGED_IN and not row.seat)
    return tuple(sorted(coming, key=stands_at))


def gone(board: Board) -> tuple[SeatRow, ...]:
    """Who goes on in another room, by seat."""
    return tuple(sorted((row for row in board.rows if row.gone_room), key=stands_at))


def decidable(board: Board) -> tuple[SeatRow, ...]:
    """Finished candidates of whom something is held that two people may decide about, by seat."""
    finished = (Status.SUBMITTED, Status.COLLECTED)
    return tuple(sorted((row for row in board.rows if row.undecided and row.status in finished), key=stands_at))


def waiting(board: Board) -> tuple[SeatRow, ...]:
    """Who asks to go on at another PC, by the seat asked for."""
    return tuple(sorted((row for row in board.rows if row.waiting_seat), key=lambda row: row.waiting_seat))
