"""Lost time: when a candidate could not answer although the clock ran, as far as the room can honestly know it.

A PC that goes on by itself after a cut could answer meanwhile and has lost nothing. Where somebody had to log in
again, what the PC wrote last tells until when it worked: records that arrive after the return count as well, so a PC
that was typing while the room was away is not given that time twice. Pauses, and time that was over before more was
given, are neither worked nor lost. `due` is a proposal: nothing here moves an end. Pure.
"""

from collections.abc import Iterable

from shared import limits
from shared import records as r
from shared.candidate import Candidate, Status
from shared.ledger import Parsed
from shared.sitting import Sitting
from shared.timing import Span

OPENING, OUTAGE, RESTARTED, MOVED = "opening", "outage", "restarted", "moved"
MOST_TICKETS = 100
"""Candidates in one `TimeLost`, so that the record stays below the record limit."""


def gap(state: Sitting, ticket: str, now: int, cause: str) -> list[r.TimeLost]:
    """What somebody who had begun lost until `now`, when a PC goes on with the attempt: since something was written."""
    since = max(state.attempts[ticket].worked(now), state.times(ticket).start)
    return _told((ticket,), since, now, cause) if state.opened_at is not None else []


def at_login(state: Sitting, ticket: str, seat: int, by_itself: bool, now: int) -> list[r.TimeLost]:
    """What a log-in at `now` shows to be lost, besides the late opening that everybody lost."""
    one, start = state.candidates[ticket], state.times(ticket).start
    if by_itself or state.opened_at is None:
        return []
    if one.epoch:
        return gap(state, ticket, now, MOVED if seat != one.seat else RESTARTED)
    return [
        lost
        for since, until in state.outages
        for lost in _told((ticket,), max(since, start), min(until, now), OUTAGE)
    ]  # fmt: skip


def on_coming(state: Sitting, brought: r.GuestBrought, history: Iterable[Parsed], now: int) -> tuple[r.TimeLost, ...]:
    """What a guest who had begun lost until coming at `now`, a moment too: the record tells when that was."""
    worked = max((one.header.time for one in history if one.header.time <= now), default=0)
    since = max(worked, state.times().start)
    return (r.TimeLost((brought.ticket,), since, now, MOVED),) if brought.epoch and since <= now else ()


def at_opening(state: Sitting, now: int) -> list[r.TimeLost]:
    """What everybody lost who waits for a paper that opens after the start: a guest only since coming."""
    since = state.times().start
    waiting: dict[int, list[str]] = {}
    for ticket, one in state.candidates.items():
        if one.epoch and not one.done:
            waiting.setdefault(max(since, one.came), []).append(ticket)
    parts = [
        (began, who[at : at + MOST_TICKETS])
        for began, who in waiting.items()
        for at in range(0, len(who), MOST_TICKETS)
    ]
    return [lost for began, part in parts for lost in _told(tuple(part), began, now, OPENING)]


def due(state: Sitting, ticket: str, now: int) -> int:
    """Milliseconds that a candidate lost and nobody has decided about; 0 where it is less than is worth a word."""
    left = sum(until - since for since, until, _ in spans(state, ticket, now)) - state.candidates[ticket].settled
    return left if left >= limits.LOST_LEAST else 0


def cause(state: Sitting, ticket: str, now: int) -> str:
    """Why most of it was lost; empty if nothing was."""
    return max(spans(state, ticket, now), key=lambda one: one[1] - one[0], default=(0, 0, ""))[2]


def spans(state: Sitting, ticket: str, now: int) -> list[tuple[int, int, str]]:
    """When a candidate could not answer, ascending and apart, each with its cause; none for who needs no time more."""
    one = state.candidates[ticket]
    if one.status not in (Status.LOGGED_IN, Status.COLLECTED) or not (one.losses or one.away):
        return []
    at, clock = state.times(ticket), state.clock(now)
    barred = [*state.stood(ticket, now), *one.over]
    found: list[tuple[int, int, str]] = []
    reached = at.start
    for since, until, cause in sorted(_raw(state, ticket, one, clock)):
        for free, upto in _without((max(since, reached), min(until, at.end)), barred):
            found.append((free, upto, cause))
        reached = max(reached, until)
    return found


def _raw(state: Sitting, ticket: str, one: Candidate, clock: int) -> list[tuple[int, int, str]]:
    """Losses as recorded, shortened by what the PC turned out to have written, and the time still out of work."""
    attempt = state.attempts[ticket]
    found = []
    for lost in one.losses:
        since = max(lost.since, attempt.worked(lost.until - limits.LOST_SLACK))
        if lost.cause == OPENING and lost.since <= attempt.begun < lost.until:
            # The machine whose place this one took had opened the paper.
            found.append((lost.since, attempt.begun, lost.cause))
        elif lost.cause not in (RESTARTED, MOVED):
            since = lost.since
        found.append((since, lost.until, lost.cause))
    if one.away and clock >= state.outages[-1][1] + limits.LOST_WAIT:
        found.append((attempt.worked(clock), clock, OUTAGE))
    return found


def _without(span: Span, barred: Iterable[Span]) -> list[Span]:
    """The parts of a span outside all others."""
    left = [span] if span[0] < span[1] else []
    for since, until in barred:
        cut = [part for a, b in left for part in ((a, min(b, since)), (max(a, until), b))]
        left = [(a, b) for a, b in cut if a < b]
    return left


def _told(tickets: tuple[str, ...], since: int, until: int, cause: str) -> list[r.TimeLost]:
    return [r.TimeLost(tickets, since, until, cause)] if until - since >= limits.LOST_LEAST else []
