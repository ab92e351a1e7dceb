"""What an admitted PC is told: who, which epoch, where the room's copy ends, the accepted records, and the instants.

Builds messages from a desk's state; reading accepted records from the store is the only outside touch. Does not decide
who is admitted and never unseals an attempt record.
"""

from collections.abc import Iterator

from proctor_console.room.desk import Desk
from proctor_console.room.register import ACCEPTED
from shared import changes, ledger, outbox
from shared import messages as m
from shared.io.store import Store
from shared.ledger import Entry, Point


def clockwork(desk: Desk, ticket: str = "") -> m.Clockwork:
    """The instants of one candidate, or of the sitting as a whole."""
    at = desk.state.times(ticket)
    return m.Clockwork(
        opening=at.opening,
        start=at.start,
        hand_in_opens=at.hand_in_opens,
        leave_closes=at.leave_closes,
        end=at.end,
        closes=at.closes,
        opened=desk.state.opened_at or 0,
        paused=desk.state.paused or 0,
    )


def finished(desk: Desk, ticket: str) -> m.Finished:
    """How a closed attempt ended, and where it goes on if in another room."""
    one = desk.state.candidates[ticket]
    return m.Finished(one.status.value, *one.gone)


def head(desk: Desk, ticket: str) -> Point:
    """Where the room's copy of the candidate's present epoch ends; position 0 if nothing of it is stored."""
    one = desk.state.candidates[ticket]
    return desk.state.attempts[ticket].head(one.epoch, one.continues)


def behind(desk: Desk, ticket: str, at: Point) -> bool:
    """Whether a PC whose own ledger ends `at` lacks what the room holds of the present epoch, or forked from it.

    One that a machine which is gone granted a later epoch looks that up itself.
    """
    stored = head(desk, ticket)
    if stored.position == 0 or at.epoch > stored.epoch:
        return False
    if at.epoch < stored.epoch or at.position < stored.position:
        return True
    return at.position == stored.position and at.digest != stored.digest


def admitted(desk: Desk, ticket: str, history: int) -> m.Admitted:
    """The admission of a candidate who has an epoch."""
    one, person = desk.state.candidates[ticket], desk.briefing.people[ticket]
    end = head(desk, ticket)
    judged = desk.register.verdicts(ticket, one.epoch, 1, end.position)
    return m.Admitted(
        session=desk.state.session,
        name=person.name,
        id_masked=person.id_masked,
        ticket=ticket,
        seat=one.seat,
        key=ledger.stream_key(desk.briefing.session_key, ledger.attempt_stream(desk.state.session.id, ticket)),
        epoch=one.epoch,
        continues=one.continues,
        head=end,
        history=history,
        paper=desk.briefing.papers[one.place.form],
        clock=clockwork(desk, ticket),
        read=one.read,
        status=one.status.value,
        held=tuple((part.first, part.upto) for part in judged if part.verdict != ACCEPTED),
    )


def history(desk: Desk, store: Store, ticket: str) -> list[Entry]:
    """The accepted records of all epochs, verbatim and in order."""
    stream = ledger.attempt_stream(desk.state.session.id, ticket)
    found: list[Entry] = []
    for epoch, first, upto in desk.register.accepted(ticket):
        found += store.entries(stream, epoch, first - 1, upto - first + 1)
    return found


def frames(entries: list[Entry]) -> Iterator[m.History]:
    """History in frames that every receiver takes."""
    at = 0
    for part in outbox.batches(entries):
        at += len(part)
        yield m.History(0, part, len(entries) - at)


def corrections(desk: Desk, ticket: str) -> list[m.Corrected]:
    """The corrections of the open paper that concern a candidate who still answers; none before the opening."""
    one, state = desk.state.candidates[ticket], desk.state
    if state.opened_at is None or one.done:
        return []
    found = changes.corrections(state, ticket).items()
    return [m.Corrected(n, item, text, ticket in state.seen.get(n, ())) for n, (item, text) in found]


def opened(desk: Desk, ticket: str) -> m.Opened | None:
    """The opening for one candidate, if the paper is open and the attempt is not closed."""
    one = desk.state.candidates[ticket]
    key = desk.keys.get(one.place.form)
    if desk.state.opened_at is None or key is None or one.done:
        return None
    return m.Opened(key, clockwork(desk, ticket))
