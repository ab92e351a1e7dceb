"""The state of one sitting (one session in one room) as a fold over its records.

`apply` and `note` never refuse and read no clock; folding the same records gives the same state on any machine.
The state holds no answer: of attempt records only positions, digests and item numbers are known here. One owner
mutates it (the room's desk, or a verifier). What may happen next is decided in `shared.exam`.
"""

import msgspec

from shared import limits, timing
from shared import records as r
from shared.attempt import Attempt, request_of
from shared.candidate import FINAL as FINAL
from shared.candidate import Candidate as Candidate
from shared.candidate import CandidateRecord, changes
from shared.candidate import Offence as Offence
from shared.candidate import Status as Status
from shared.commands import Actor
from shared.ledger import Header, Point
from shared.model import AnyChange, Cancellation, Correction, Place, Postponement, Room, Session
from shared.roles import DEFAULT, Stage, Table

HAND_IN = r.HandInRequested.__name__


class Sitting:
    """The whole state. `extra` is time granted to everybody within the rule, `beyond` what two people added, ms;
    `outages` are when the room did not serve, `paused` since when every clock stands (None: they run).

    `session` is as it stands, with the last T; `changed` the number of the last change known, `noted` counts records
    about changes and clocks, `seen` the tickets that acknowledged a correction; `staff` who has acted and is still
    signed in.
    """

    def __init__(self, session: Session, room: Room, places: tuple[Place, ...], table: Table = DEFAULT) -> None:
        self.session = session
        self.room = room
        self.table = table
        self.candidates = {place.ticket: Candidate(place) for place in places if place.room == room.id}
        self.attempts = {ticket: Attempt() for ticket in self.candidates}
        self.extra = self.beyond = 0
        self.login_allowed = False
        self.armed = False
        self.opened_at: int | None = None
        self.reminded: set[int] = set()
        self.ended_early: int | None = None
        self.outages: list[timing.Span] = []
        self.pauses: list[timing.Span] = []
        self.paused: int | None = None
        self.ended = False
        self.planned = session.start
        self.changed = 0
        self.noted = 0
        self.cancelled = False
        self.corrections: dict[int, Correction] = {}
        self.seen: dict[int, set[str]] = {}
        self.spare = ""
        self.spare_refused = b""
        self.staff: dict[str, Actor] = {}
        self.proposals: dict[int, r.Proposed] = {}
        self.proposed = 0
        """Number of the newest proposal."""
        self._times: dict[tuple[int, int], timing.Times] = {}
        """What `times` found for an accommodation and extra time: good until a record other than a verdict."""

    @property
    def forms(self) -> frozenset[str]:
        """The forms that candidates of this sitting are due."""
        return frozenset(one.place.form for one in self.candidates.values())

    def times(self, ticket: str = "") -> timing.Times:
        """The instants of one candidate (extra time of all and one within the rule), or of the sitting as a whole."""
        accommodation, extra = 0, self.extra + self.beyond
        if ticket:
            one = self.candidates[ticket]
            accommodation = one.place.accommodation
            extra = min(self.extra + one.extra, self.session.rules.makeup) + self.beyond + one.beyond
        found = self._times.get((accommodation, extra))
        if found is None:
            found = timing.times(self.session, accommodation, extra, self.ended_early, self.outages)
            self._times[accommodation, extra] = found
        return found

    def other_times(self) -> None:
        """The instants may be others from now on."""
        self._times.clear()

    def clock(self, now: int) -> int:
        """What the sitting's clock shows at `now`: it stands while the sitting is paused."""
        return now if self.paused is None else min(now, self.paused)

    def stood(self, ticket: str, now: int) -> list[timing.Span]:
        """When the clock stood for a candidate in this room until `now`: for a guest only since coming."""
        came = self.candidates[ticket].came
        spans = (*self.pauses, (self.clock(now), now))
        return [(max(since, came), until) for since, until in spans if until > max(since, came)]

    def stage(self, now: int, ticket: str = "") -> Stage:
        """Where the sitting stands, for one candidate or as a whole."""
        own = self.times(ticket if ticket in self.candidates else "")
        return Stage.ENDED if self.ended else Stage(timing.phase(self.clock(now), own).value)

    def count(self, status: Status) -> int:
        """How many candidates have that status."""
        return sum(1 for one in self.candidates.values() if one.status is status)

    def at_seat(self, seat: int) -> str | None:
        """Ticket of the unfinished candidate who sits there, if any."""
        return next((t for t, one in self.candidates.items() if one.seat == seat and not one.done), None)


def weight(header: Header) -> int:
    """About how many bytes a record of an attempt takes."""
    return limits.HEADER_ABOUT + header.size + len(header.clear)


def note(state: Sitting, ticket: str, header: Header, digest: bytes) -> None:
    """Takes in one stored attempt record (before the `Accepted` or `Held` that covers it)."""
    attempt = state.attempts[ticket]
    attempt.heads[header.epoch] = Point(header.epoch, header.position, digest)
    attempt.digests.setdefault(header.epoch, bytearray()).extend(digest)
    attempt.size += weight(header)
    attempt.wrote(header.time)
    if header.item:
        attempt.items.add(header.item)
        attempt.begun = min(attempt.begun or header.time, header.time)
    if header.kind == HAND_IN:
        attempt.asked = request_of(header, digest)


def apply(state: Sitting, record: r.SittingRecord) -> None:  # noqa: C901  # one line a record
    """Takes in one record of the sitting stream."""
    match record:
        case r.Accepted():
            # First, and nothing else to do: they come thousands to one of any other kind, and move no instant.
            _accept(state, record)
            return
        case r.LoginAllowed():
            state.login_allowed = True
        case r.StartAllowed():
            state.armed = True
        case r.PaperOpened(at=at):
            state.opened_at = at
        case r.Reminded(before=before):
            state.reminded.add(before)
        case r.EndedEarly(at=at):
            state.ended_early, state.paused = at, None
        case r.SittingEnded():
            state.ended = True
        case r.TimeExtended(ticket="", extra=extra, beyond=beyond):
            state.extra += 0 if beyond else extra
            state.beyond += extra if beyond else 0
        case r.Held() | r.HeldDecided():
            _hold(state, record)
        case r.Outage() | r.TimeLost() | r.Paused() | r.WentOn():
            _stand(state, record)
        case r.StaffSignedIn() | r.StaffSignedOut():
            _staff(state, record)
        case r.Proposed() | r.ProposalConfirmed() | r.ProposalDeclined() | r.ProposalLapsed():
            _propose(state, record)
        case r.SittingOpened():
            pass
        case r.ClockJumped() | r.TimeTaken() | r.TimeConfirmed():
            state.noted += 1
        case r.SittingChanged() | r.SpareTaken() | r.ChangeRefused():
            _change(state, record)
        case r.GuestArrived() | r.GuestBrought():
            _come(state, record)
        case r.CorrectionSeen(ticket=ticket, number=number):
            state.seen.setdefault(number, set()).add(ticket)
        case _:
            _about(state, record)
    state.other_times()


def _about(state: Sitting, record: CandidateRecord | r.HandInRefused) -> None:
    """What happened to one candidate."""
    if isinstance(record, r.HandInRefused | r.Reopened):
        state.attempts[record.ticket].asked = None
    if not isinstance(record, r.HandInRefused):
        one, end = state.candidates[record.ticket], state.times(record.ticket).end
        state.candidates[record.ticket] = msgspec.structs.replace(one, **changes(one, record, end))


def _change(state: Sitting, record: r.SittingChanged | r.SpareTaken | r.ChangeRefused) -> None:
    """A change of the platform. A new T takes back that the start was allowed: keys do not wait in memory."""
    state.noted += 1
    match record:
        case r.SpareTaken(form=form):
            state.spare = form
            for ticket, one in state.candidates.items():
                place = msgspec.structs.replace(one.place, form=form)
                state.candidates[ticket] = msgspec.structs.replace(one, place=place)
        case r.ChangeRefused(number=0, document=document):
            state.spare_refused = document
        case r.ChangeRefused(number=number):
            state.changed = number
        case r.SittingChanged(number=number, what=what):
            state.changed = number
            _take_effect(state, number, what)


def _take_effect(state: Sitting, number: int, what: AnyChange) -> None:
    match what:
        case Correction():
            state.corrections[number] = what
        case Postponement(start=start):
            state.session = msgspec.structs.replace(state.session, start=start)
            state.armed = False
        case Cancellation():
            state.cancelled = True
            state.armed = False
            for ticket, one in state.candidates.items():
                if not one.done:
                    state.candidates[ticket] = msgspec.structs.replace(one, status=Status.CANCELLED, hand_up=False)


def _stand(state: Sitting, record: r.Outage | r.TimeLost | r.Paused | r.WentOn) -> None:
    """The sitting's clock stood, or somebody could not answer while it ran."""
    match record:
        case r.Outage(since=since, until=until):
            state.outages.append((since, until))
            for ticket, one in state.candidates.items():
                if one.status is Status.LOGGED_IN and state.opened_at is not None and not one.away:
                    state.candidates[ticket] = msgspec.structs.replace(one, away=since)
        case r.TimeLost(tickets=tickets):
            for ticket in tickets:
                one = state.candidates[ticket]
                state.candidates[ticket] = msgspec.structs.replace(one, losses=(*one.losses, record))
        case r.Paused(at=at):
            state.paused = at
        case r.WentOn(at=at, beyond=beyond):
            since, state.paused = state.clock(at), None
            state.pauses.append((since, at))
            state.extra += 0 if beyond else at - since
            state.beyond += at - since if beyond else 0


def _come(state: Sitting, record: r.GuestArrived | r.GuestBrought) -> None:
    """A candidate goes on here from the point the site names, with what was there before."""
    if isinstance(record, r.GuestBrought):
        _bring(state, record)
        return
    place = Place(record.ticket, state.room.id, record.seat, "")
    state.candidates[record.ticket] = Candidate(place, first=record.epoch, continues=record.continues)
    state.attempts.setdefault(record.ticket, Attempt()).accepted = record.continues


def _bring(state: Sitting, record: r.GuestBrought) -> None:
    """Time given before counts from here on, whatever this room has given everybody until now. The last of the losses
    is what was lost until coming.
    """
    one, attempt = state.candidates[record.ticket], state.attempts[record.ticket]
    for part in record.accepted:
        attempt.counted[part.epoch] = part.upto
    for number in record.seen:
        state.seen.setdefault(number, set()).add(record.ticket)
    status = Status.LOGGED_IN if record.epoch else Status.EXPECTED
    state.candidates[record.ticket] = msgspec.structs.replace(
        one,
        place=msgspec.structs.replace(one.place, form=record.form, accommodation=record.accommodation),
        status=status,
        epoch=record.epoch,
        extra=record.extra - state.extra,
        beyond=record.beyond - state.beyond,
        losses=record.losses,
        settled=record.settled,
        came=max((lost.until for lost in record.losses), default=0),
        over=record.over,
        offences=(Offence("warning", False, status),) * record.warnings,
        read=record.read,
    )


def _accept(state: Sitting, record: r.Accepted) -> None:
    """What counts."""
    for part in record.ranges:
        attempt = state.attempts[part.ticket]
        attempt.accepted = Point(part.epoch, part.upto, part.digest)
        attempt.counted[part.epoch] = part.upto


def _hold(state: Sitting, record: r.Held | r.HeldDecided) -> None:
    """What waits for a decision, and what was decided."""
    match record:
        case r.Held(range=part):
            state.attempts[part.ticket].held.append(record)
        case r.HeldDecided(range=part, accepted=accepted):
            attempt = state.attempts[part.ticket]
            attempt.held = [one for one in attempt.held if one.range != part]
            if accepted:
                attempt.counted[part.epoch] = max(attempt.counted.get(part.epoch, 0), part.upto)


def _staff(state: Sitting, record: r.StaffSignedIn | r.StaffSignedOut) -> None:
    if isinstance(record, r.StaffSignedIn):
        state.staff[record.name] = Actor(record.name, record.role, record.machine, record.address)
    else:
        state.staff.pop(record.name, None)


def _propose(state: Sitting, record: r.Proposed | r.ProposalConfirmed | r.ProposalDeclined | r.ProposalLapsed) -> None:
    if isinstance(record, r.Proposed):
        state.proposals[record.number] = record
        state.proposed = record.number
    else:
        state.proposals.pop(record.number, None)
