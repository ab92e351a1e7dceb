"""All timing of a sitting in one place: pure functions of trusted time and the plan.

Instants are milliseconds UTC, durations milliseconds. A candidate's end is the session's end plus that candidate's
accommodation and granted extra time; late arrival changes nothing. `grace` runs only while the room serves. A paused
sitting is asked about the instant its clock shows (`shared.sitting.Sitting.clock`). Does not know who is logged in or
what is allowed by staff: `shared.exam` does.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from shared.model import Session


class Phase(StrEnum):
    """Where a sitting stands for one candidate, by time alone."""

    EARLY = "early"
    """Log-in has not opened."""
    LOGIN = "login"
    """Log-in may be allowed; the paper is closed."""
    READING = "reading"
    """The paper may be read, not answered."""
    ANSWERING = "answering"
    GRACE = "grace"
    """Over for the candidate; what arrives is still accepted."""
    OVER = "over"


class Times(msgspec.Struct, frozen=True):
    """The instants that matter to one candidate."""

    login_opens: int
    arm_opens: int
    opening: int
    start: int
    late_entry_ends: int
    hand_in_opens: int
    leave_closes: int
    end: int
    closes: int
    """`end` plus grace, and as much of it as the room was away: from here on received records are held."""


Span = tuple[int, int]
"""From an instant until before another."""


def times(
    session: Session,
    accommodation: int = 0,
    extra: int = 0,
    stopped: int | None = None,
    away: Iterable[Span] = (),
) -> Times:
    """The instants of one candidate of the session; `stopped` is when two people ended it early, `away` when the room
    did not serve, in order.
    """
    rules = session.rules
    end = session.start + rules.duration + accommodation + extra
    late_entry_ends = session.start + rules.late_entry
    if stopped is not None:
        end, late_entry_ends = min(end, stopped), min(late_entry_ends, stopped)
    return Times(
        login_opens=session.start - rules.login_opens_before,
        arm_opens=session.start - rules.arm_opens_before,
        opening=session.start - rules.reading,
        start=session.start,
        late_entry_ends=late_entry_ends,
        hand_in_opens=session.start + rules.earliest_hand_in,
        leave_closes=end - rules.last_leave,
        end=end,
        closes=_closes(end, end + rules.grace, away),
    )


def _closes(end: int, closes: int, away: Iterable[Span]) -> int:
    """Grace that fell into a time without a room is given after it."""
    for since, until in away:
        if since < closes and until > end:
            closes += until - max(since, end)
    return closes


def phase(now: int, at: Times) -> Phase:
    """The phase at `now`; each instant belongs to the phase it begins."""
    if now < at.login_opens:
        return Phase.EARLY
    if now < at.opening:
        return Phase.LOGIN
    if now < at.start:
        return Phase.READING
    if now < at.end:
        return Phase.ANSWERING
    if now < at.closes:
        return Phase.GRACE
    return Phase.OVER


def next_phase(now: int, at: Times) -> int | None:
    """When the phase after that at `now` begins; None in the last."""
    return next((begins for begins in (at.login_opens, at.opening, at.start, at.end, at.closes) if begins > now), None)
