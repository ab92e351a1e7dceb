"""The board: one sitting as staff may see it, states and counts, never an answer.

Reduces a desk's state and the connections to `Board` and `RoomStatus`. Does not send: `app.py` does, at most four
times a second and only when a console is attached.
"""

import msgspec

from proctor_console.room.admission import clockwork
from proctor_console.room.desk import Desk
from proctor_console.room.presence import Pc, Presence
from shared import confirming, ledger, limits, lost, orders, timing
from shared import messages as m
from shared import records as r
from shared.ledger import Head
from shared.sitting import Sitting, Status


class Health(msgspec.Struct, frozen=True):
    """What the board says of the room itself: link to the site, records it lacks, clock error (ms), disk and its free
    bytes, and the site's newest head that the room holds.
    """

    site_online: bool
    site_behind: int
    time_error: int
    disk_ok: bool
    disk_left: int
    site_head: Head | None


def board(desk: Desk, presence: Presence, health: Health, now: int) -> m.Board:
    """The whole state of one sitting at `now`."""
    state = desk.state
    here = presence.of_session(state.session.id)
    connected = {ticket: pc for ticket, pc in here if (state.session.id, ticket) not in presence.silent}
    heard = presence.heard
    rows = tuple(
        _row(desk, ticket, connected.get(ticket), heard.get((state.session.id, ticket), 0), now)
        for ticket in state.candidates
    )
    return m.Board(
        session=state.session,
        now=now,
        login_allowed=state.login_allowed,
        armed=state.armed,
        keys=bool(desk.keys),
        opened=state.opened_at or 0,
        ended=state.ended,
        clock=clockwork(desk),
        extra=state.extra + state.beyond,
        items=desk.briefing.items,
        rows=tuple(sorted(rows, key=lambda row: (row.place, row.ticket))),
        pcs=tuple(m.PcRow(pc.seat, pc.address, pc.faults, *_clock(pc)) for pc in presence.idle()),
        site_online=health.site_online,
        site_behind=health.site_behind,
        time_error=health.time_error,
        disk_ok=health.disk_ok,
        head=_head(desk),
        site_head=shown(health.site_head),
        planned=state.planned,
        cancelled=state.cancelled,
        spare=state.spare,
        corrections=_corrections(state),
        roles=state.table.rules,
        proposals=tuple(_proposal(desk, one) for one in state.proposals.values()),
        disk_left=health.disk_left,
    )


def _corrections(state: Sitting) -> tuple[m.CorrectionRow, ...]:
    rows = [
        m.CorrectionRow(number, one.text[: limits.CORRECTION_SHOWN_CHARS], len(state.seen.get(number, ())))
        for number, one in sorted(state.corrections.items())
    ]
    return tuple(rows[-limits.CORRECTIONS_SHOWN :])


def _head(desk: Desk) -> m.HeadShown | None:
    """The newest signed head; once the sitting has ended that of its end, whatever is recorded after it."""
    ended = desk.register.ended
    return shown(desk.head if ended is None else Head(desk.stream, ended[0], ended[1], b""))


def shown(head: Head | None) -> m.HeadShown | None:
    """A head as people compare it."""
    if head is None:
        return None
    place = f"{head.point.epoch}.{head.point.position}"
    return m.HeadShown(ledger.point_code(head.stream, head.point), place, head.time)


def _proposal(desk: Desk, one: r.Proposed) -> m.ProposalRow:
    texts = {name: getattr(one.command, name) for name in ("reason", "text") if hasattr(one.command, name)}
    short = {name: text[: limits.PROPOSAL_CHARS] for name, text in texts.items()}
    command = msgspec.structs.replace(one.command, **short)
    return m.ProposalRow(one.number, command, one.by, one.role, one.at, confirming.lapses_at(desk.state, one))


def _row(desk: Desk, ticket: str, pc: Pc | None, heard_at: int, now: int) -> m.SeatRow:
    state = desk.state
    one, person = state.candidates[ticket], desk.briefing.people[ticket]
    return m.SeatRow(
        ticket=ticket,
        name=person.name,
        id_masked=person.id_masked,
        seat=one.seat,
        place=one.place.seat,
        status=one.status.value,
        online=pc is not None,
        read=one.read,
        paper=pc is not None and pc.paper,
        answered=len(state.attempts[ticket].items),
        saved_at=desk.register.saved_at.get(ticket, 0),
        warnings=one.warnings,
        extra=one.extra + one.beyond,
        end=state.times(ticket).end,
        hand_up=one.hand_up,
        left=one.left,
        waiting_seat=one.waiting.seat if one.waiting else 0,
        held=desk.register.held(ticket),
        clock_off=_clock(pc)[0],
        clock_error=_clock(pc)[1],
        undecided=sum(part.upto - part.first + 1 for part in orders.decidable(state, ticket, False)),
        heard_at=heard_at,
        lost=lost.due(state, ticket, now),
        cause=lost.cause(state, ticket, now),
        gone_room=one.gone[0],
        gone_seat=one.gone[1],
    )


def _phase(state: Sitting, now: int) -> str:
    if state.ended:
        return "ended"
    return "paused" if state.paused is not None else timing.phase(now, state.times()).value


def _clock(pc: Pc | None) -> tuple[int, int]:
    """What a PC said of its clock: offset and error bound, ms; (0, -1) where it has not."""
    return (pc.clock.system, pc.clock.error) if pc is not None and pc.clock is not None else (0, -1)


def status(desk: Desk, presence: Presence, now: int) -> m.RoomStatus:
    """Counts of one sitting for the site's page."""
    state = desk.state
    return m.RoomStatus(
        session=state.session.id,
        phase=_phase(state, now),
        expected=state.count(Status.EXPECTED),
        logged_in=sum(1 for one in state.candidates.values() if one.epoch),
        online=sum(1 for _ in presence.of_session(state.session.id)),
        submitted=state.count(Status.SUBMITTED),
        collected=state.count(Status.COLLECTED),
        absent=state.count(Status.ABSENT),
        void=state.count(Status.VOID),
    )
