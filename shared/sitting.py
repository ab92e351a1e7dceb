"""The state of one sitting (one session in one room) as a fold over its records.

`apply` and `note` never refuse and read no clock; folding the same records gives the same state on any machine.
The state holds no answer: of attempt records only positions, digests and item numbers are known here. One owner
mutates it (the room's desk, or a verifier). What may happen next is decided in `shared.exam`.
"""

from enum import StrEnum

import msgspec

from shared import limits, timing
from shared import records as r
from shared.commands import Actor
from shared.crypto import DIGEST_BYTES, PublicKey
from shared.ledger import START, Header, Point, open_epoch
from shared.model import AnyChange, Cancellation, Correction, Place, Postponement, Room, Session
from shared.roles import DEFAULT, Stage, Table


class Status(StrEnum):
    """A candidate's state in the sitting; the last five are final."""

    EXPECTED = "expected"
    LOGGED_IN = "logged_in"
    SUBMITTED = "submitted"
    COLLECTED = "collected"
    ABSENT = "absent"
    VOID = "void"
    CANCELLED = "cancelled"


FINAL = frozenset({Status.SUBMITTED, Status.COLLECTED, Status.ABSENT, Status.VOID, Status.CANCELLED})


class Offence(msgspec.Struct, frozen=True):
    """A violation that stands, and the status before it."""

    level: str
    voids: bool
    before: Status


class Candidate(msgspec.Struct, frozen=True):
    """What the room knows of one candidate's sitting."""

    place: Place
    status: Status = Status.EXPECTED
    seat: int = 0
    """Where the candidate sits now; 0 before log-in."""
    epoch: int = 0
    device: PublicKey | None = None
    continues: Point = START
    """The accepted point that the present epoch goes on from."""
    extra: int = 0
    beyond: int = 0
    """Time that two people gave beyond the rule."""
    offences: tuple[Offence, ...] = ()
    read: bool = False
    left: bool = False
    hand_up: bool = False
    waiting: r.ResumeRequested | None = None
    final: Point | None = None

    @property
    def warnings(self) -> int:
        """Warnings that stand."""
        return sum(one.level == "warning" for one in self.offences)

    @property
    def done(self) -> bool:
        """No answer counts any more."""
        return self.status in FINAL


class Attempt:
    """What the room holds of one attempt stream: heads and digests of each epoch, and how far it is accepted."""

    def __init__(self) -> None:
        self.heads: dict[int, Point] = {}
        self.digests: dict[int, bytearray] = {}
        self.accepted = START
        self.counted: dict[int, int] = {}
        """Last position of each epoch that counts, what two people decided included."""
        self.held: list[r.Held] = []
        """What nobody has decided about."""
        self.items: set[int] = set()
        self.size = 0
        """About how many bytes are stored, of all epochs."""

    def digest_at(self, epoch: int, position: int) -> bytes | None:
        """Digest of a stored record, or None."""
        held = self.digests.get(epoch, b"")
        found = bytes(held[(position - 1) * DIGEST_BYTES : position * DIGEST_BYTES]) if position > 0 else b""
        return found or None

    def head(self, epoch: int, continues: Point) -> Point:
        """Where the epoch stands; its beginning if nothing of it is stored."""
        return self.heads.get(epoch) or open_epoch(epoch, continues)


class Sitting:
    """The whole state. `extra` is time granted to everybody within the rule, `beyond` what two people added, ms.

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

    @property
    def forms(self) -> frozenset[str]:
        """The forms that candidates of this sitting are due."""
        return frozenset(one.place.form for one in self.candidates.values())

    def times(self, ticket: str = "") -> timing.Times:
        """The instants of one candidate (extra time of all and one within the rule), or of the sitting as a whole."""
        if not ticket:
            return timing.times(self.session, 0, self.extra + self.beyond, self.ended_early)
        one = self.candidates[ticket]
        extra = min(self.extra + one.extra, self.session.rules.makeup) + self.beyond + one.beyond
        return timing.times(self.session, one.place.accommodation, extra, self.ended_early)

    def stage(self, now: int, ticket: str = "") -> Stage:
        """Where the sitting stands, for one candidate or as a whole."""
        own = self.times(ticket if ticket in self.candidates else "")
        return Stage.ENDED if self.ended else Stage(timing.phase(now, own).value)

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
    if header.item:
        attempt.items.add(header.item)


def apply(state: Sitting, record: r.SittingRecord) -> None:  # noqa: C901  # one line a record
    """Takes in one record of the sitting stream."""
    match record:
        case r.LoginAllowed():
            state.login_allowed = True
        case r.StartAllowed():
            state.armed = True
        case r.PaperOpened(at=at):
            state.opened_at = at
        case r.Reminded(before=before):
            state.reminded.add(before)
        case r.EndedEarly(at=at):
            state.ended_early = at
        case r.SittingEnded():
            state.ended = True
        case r.TimeExtended(ticket="", extra=extra, beyond=beyond):
            state.extra += 0 if beyond else extra
            state.beyond += extra if beyond else 0
        case r.Accepted() | r.Held() | r.HeldDecided():
            _judge(state, record)
        case r.StaffSignedIn() | r.StaffSignedOut():
            _staff(state, record)
        case r.Proposed() | r.ProposalConfirmed() | r.ProposalDeclined() | r.ProposalLapsed():
            _propose(state, record)
        case r.SittingOpened() | r.HandInRefused():
            pass
        case r.ClockJumped() | r.TimeTaken() | r.TimeConfirmed():
            state.noted += 1
        case r.SittingChanged() | r.SpareTaken() | r.ChangeRefused():
            state.noted += 1
            _change(state, record)
        case r.CorrectionSeen(ticket=ticket, number=number):
            state.seen.setdefault(number, set()).add(ticket)
        case _:
            one = state.candidates[record.ticket]
            state.candidates[record.ticket] = msgspec.structs.replace(one, **_changes(one, record))


def _change(state: Sitting, record: r.SittingChanged | r.SpareTaken | r.ChangeRefused) -> None:
    """A change of the platform. A new T takes back that the start was allowed: keys do not wait in memory."""
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


def _judge(state: Sitting, record: r.Accepted | r.Held | r.HeldDecided) -> None:
    """What counts and what waits for a decision."""
    match record:
        case r.Accepted(ranges=ranges):
            for part in ranges:
                attempt = state.attempts[part.ticket]
                attempt.accepted = Point(part.epoch, part.upto, part.digest)
                attempt.counted[part.epoch] = part.upto
        case r.Held(range=part):
            state.attempts[part.ticket].held.append(record)
        case r.HeldDecided(range=part, accepted=accepted):
            attempt = state.attempts[part.ticket]
            attempt.held = [one for one in attempt.held if one.range != part]
            if accepted:
                attempt.counted[part.epoch] = part.upto


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


CandidateRecord = (
    r.LoggedIn
    | r.AttemptGranted
    | r.ReadConfirmed
    | r.ResumeRequested
    | r.ResumeDenied
    | r.HandedIn
    | r.Reopened
    | r.Collected
    | r.LeavePermitted
    | r.MarkedAbsent
    | r.AbsenceUndone
    | r.ViolationRecorded
    | r.ViolationUndone
    | r.TimeExtended
    | r.HandRaised
)


def _changes(one: Candidate, record: CandidateRecord) -> dict[str, object]:  # noqa: C901  # one line a record
    """The fields of the candidate that `record` changes."""
    match record:
        case r.LoggedIn(seat=seat):
            return {"status": Status.LOGGED_IN, "seat": seat}
        case r.AttemptGranted(epoch=epoch, device=device, continues=continues):
            return {"epoch": epoch, "device": device, "continues": continues, "waiting": None}
        case r.ReadConfirmed():
            return {"read": True}
        case r.ResumeRequested():
            return {"waiting": record}
        case r.ResumeDenied():
            return {"waiting": None}
        case r.HandedIn(point=point):
            return {"status": Status.SUBMITTED, "final": point, "hand_up": False}
        case r.Collected(point=point):
            return {"status": Status.COLLECTED, "final": point, "hand_up": False}
        case r.LeavePermitted():
            return {"left": True}
        case r.MarkedAbsent():
            return {"status": Status.ABSENT}
        case r.AbsenceUndone():
            return {"status": Status.EXPECTED}
        case r.Reopened():
            return {"status": Status.LOGGED_IN, "final": None}
        case r.ViolationRecorded(voids=voids, level=level):
            offences = (*one.offences, Offence(level, voids, one.status))
            return {"offences": offences, "status": Status.VOID if voids else one.status}
        case r.ViolationUndone():
            last = one.offences[-1]
            return {"offences": one.offences[:-1], "status": last.before if last.voids else one.status}
        case r.TimeExtended(extra=extra, beyond=beyond):
            return {"beyond": one.beyond + extra} if beyond else {"extra": one.extra + extra}
        case r.HandRaised(up=up):
            return {"hand_up": up}
