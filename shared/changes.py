"""What the platform changes of an authorised session: postponement, cancellation, correction, spare paper.

Pure rules for one sitting. A change that can no longer take effect is recorded as refused, so that nobody waits for it
and a verifier knows what counted. Documents are checked in `shared.trust` before anything comes here.
"""

import msgspec

from shared import commands as c
from shared import documents as d
from shared import records as r
from shared.model import AnyChange, Cancellation, Correction, Postponement, Session
from shared.refusal import Refusal
from shared.sitting import Sitting


def for_room(document: d.SessionChanges, room: str) -> list[tuple[int, AnyChange]]:
    """The changes that name a room, with their numbers, in order."""
    return [(number, one.what) for number, one in enumerate(document.changes, 1) if room in one.rooms]


def in_force(session: Session, document: d.SessionChanges | None, room: str) -> Session | None:
    """The session as it stands for a room: with the last T, or None when it was cancelled there."""
    for _, what in for_room(document, room) if document is not None else []:
        if isinstance(what, Cancellation):
            return None
        if isinstance(what, Postponement):
            session = msgspec.structs.replace(session, start=what.start)
    return session


def decide(state: Sitting, command: c.PlatformCommand, now: int) -> list[r.SittingRecord]:
    """What a verified change leads to; nothing when it is known already."""
    if isinstance(command, c.TakeSpare):
        return _spare(state, command)
    if command.number <= state.changed:
        return []
    code = _barred(state, command.what, now)
    if code:
        return [r.ChangeRefused(command.number, code, command.document)]
    return [r.SittingChanged(command.number, command.what, command.document)]


def _spare(state: Sitting, command: c.TakeSpare) -> list[r.SittingRecord]:
    if command.form == state.spare or command.document == state.spare_refused:
        return []
    code = _shut(state)
    return [r.ChangeRefused(0, code, command.document)] if code else [r.SpareTaken(command.form, command.document)]


def _barred(state: Sitting, what: AnyChange, now: int) -> str:
    """Why a change cannot take effect now, or empty."""
    match what:
        case Correction():
            return "is_cancelled" if state.cancelled else ""
        case Postponement(start=start):
            return _shut(state) or ("too_late" if start - state.session.rules.reading <= now else "")
        case Cancellation():
            return _shut(state)


def _shut(state: Sitting) -> str:
    """Why nothing about T or the paper can change any more, or empty."""
    if state.cancelled:
        return "is_cancelled"
    return "already_open" if state.opened_at is not None else ""


def see(state: Sitting, command: c.SeeCorrection) -> list[r.SittingRecord] | Refusal:
    """A candidate acknowledges a correction; once is enough."""
    if command.number not in corrections(state, command.ticket):
        return Refusal("not_allowed")
    if command.ticket in state.seen.get(command.number, ()):
        return []
    return [r.CorrectionSeen(command.ticket, command.number)]


def corrections(state: Sitting, ticket: str) -> dict[int, tuple[int, str]]:
    """The corrections that concern a candidate's form: number to item (0: the whole paper) and text."""
    form = state.candidates[ticket].place.form
    return {
        number: (one.items.get(form, 0), one.text)
        for number, one in state.corrections.items()
        if not one.items or form in one.items
    }
