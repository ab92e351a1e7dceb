"""One room with a sitting at every stage at once, because its sessions are planned so on trusted time.

In each sitting the rogue has a ticket at its own seat; two honest candidates have logged in where that is possible.
"""

import asyncio

from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.ledger import Entry, header_of, sitting_stream
from shared.model import Place, Room, Rules, Session
from tests.support.fake_site import ROOM, Exam, site_now
from tests.support.pc import Console, Pc

MINUTE = 60_000
HOUR = 60 * MINUTE
ROGUE_SEAT = 40
VICTIMS = (31, 32)
ABSENT = 33
"""Seat of a candidate who never comes."""
STAGES = ("early", "login", "reading", "answering", "grace", "over", "ended")
CLOSING = 45_000
"""The sitting that is to be over closes so long after its planning, ms: time to log in."""


def session_of(stage: str) -> str:
    """The session that stands there."""
    return f"s-{stage}"


def ticket_of(stage: str, seat: int = ROGUE_SEAT) -> str:
    """The ticket of a seat in that session."""
    return f"{2 + STAGES.index(stage)}0{seat}"


def _rules(**changes: int) -> Rules:
    common = {"last_leave": 0, "late_entry": 5 * HOUR, "makeup": HOUR}
    return Rules(**common | changes, reminders=())  # type: ignore[arg-type]  # plain integers


def exams() -> tuple[Exam, ...]:
    """The sessions, planned around now."""
    now = site_now()
    plans = {
        "early": (now + 3 * HOUR, _rules()),
        "login": (now + 30 * MINUTE, _rules()),
        "reading": (now + 30 * MINUTE, _rules(reading=40 * MINUTE)),
        "answering": (now - MINUTE, _rules(earliest_hand_in=HOUR)),
        "grace": (now - 2 * HOUR - MINUTE, _rules(grace=5 * HOUR)),
        "over": (now - 2 * HOUR, _rules(grace=CLOSING)),
        "ended": (now - MINUTE, _rules(earliest_hand_in=0)),
    }
    return tuple(_exam(stage, start, rules) for stage, (start, rules) in plans.items())


def _exam(stage: str, start: int, rules: Rules) -> Exam:
    seats = (*VICTIMS, ROGUE_SEAT) if stage == "ended" else (*VICTIMS, ABSENT, ROGUE_SEAT)
    places = tuple(Place(ticket_of(stage, seat), ROOM, seat, "AB"[seat % 2]) for seat in seats)
    session = Session(session_of(stage), f"{stage} 场", "电工", "四级", "theory", start, rules)
    return Exam(session, places, Room(ROOM, "101 机房", ROGUE_SEAT, 4))


async def prepare(console: Console, pcs: dict[int, Pc]) -> None:
    """Brings the sittings to their stages; `pcs` are those of the victims and the rogue's own, by seat."""
    for stage in STAGES[1:]:
        assert await console.order(c.AllowLogin(), session_of(stage)) == ""
        assert await console.order(c.AllowStart(), session_of(stage)) == ""
    await console.board(lambda board: board.session.id == session_of("ended") and bool(board.opened))
    await asyncio.gather(*(_log_in_everywhere(pc, seat) for seat, pc in pcs.items()))
    assert await console.order(c.EndSitting(), session_of("ended")) == ""


async def _log_in_everywhere(pc: Pc, seat: int) -> None:
    """One PC after the other's session, the one that closes soon first; in the one that is to end it hands in."""
    for stage in ("over", "ended", "login", "reading", "answering", "grace"):
        await pc.log_in(ticket_of(stage, seat))
        if stage == "ended":
            await pc.put(r.HandInRequested(False))
            await pc.want(m.Finished)
        await pc.close()


def collected(board: m.Board) -> bool:
    """Whether a board shows a sitting after its closing."""
    return board.now >= board.clock.closes and all(row.status != "logged_in" for row in board.rows)


def collections_copied(copies: dict[tuple[str, int], list[Entry]]) -> bool:
    """Whether the site has the record of everybody's collection in the sitting that is to be over."""
    records = copies.get((sitting_stream(session_of("over"), ROOM), 1), [])
    return sum(header_of(entry).kind == r.Collected.__name__ for entry in records) == len(VICTIMS) + 1
