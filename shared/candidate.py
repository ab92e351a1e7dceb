"""One candidate of a sitting as the room knows them, and what each record changes of it. Holds no answer.

Pure: `changes` reads no clock and refuses nothing. The sitting as a whole is folded in `shared.sitting`.
"""

from enum import StrEnum

import msgspec

from shared import records as r
from shared import timing
from shared.crypto import PublicKey
from shared.ledger import START, Point
from shared.model import Place


class Status(StrEnum):
    """A candidate's state in the sitting; the last six are final."""

    EXPECTED = "expected"
    LOGGED_IN = "logged_in"
    SUBMITTED = "submitted"
    COLLECTED = "collected"
    ABSENT = "absent"
    VOID = "void"
    CANCELLED = "cancelled"
    MOVED = "moved"
    """Goes on in another room."""


FINAL = frozenset({Status.SUBMITTED, Status.COLLECTED, Status.ABSENT, Status.VOID, Status.CANCELLED, Status.MOVED})


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
    first: int = 1
    """The first epoch that this room may grant."""
    epoch: int = 0
    device: PublicKey | None = None
    continues: Point = START
    """The accepted point that the present epoch goes on from."""
    extra: int = 0
    beyond: int = 0
    """Time that two people gave beyond the rule."""
    away: int = 0
    """Since when the PC has not come back after an outage of the room, ms UTC; 0: it is here, or never was."""
    losses: tuple[r.TimeLost, ...] = ()
    settled: int = 0
    """Lost time that staff have decided about, ms."""
    came: int = 0
    """When a guest who had begun elsewhere came, ms UTC: pauses of this room until then were not the guest's."""
    over: tuple[timing.Span, ...] = ()
    """When the time was over until more was given: neither worked nor lost."""
    offences: tuple[Offence, ...] = ()
    read: bool = False
    left: bool = False
    hand_up: bool = False
    waiting: r.ResumeRequested | None = None
    final: Point | None = None
    gone: tuple[str, int] = ("", 0)
    """Room and seat where the candidate goes on, once moved to another room."""

    @property
    def warnings(self) -> int:
        """Warnings that stand."""
        return sum(one.level == "warning" for one in self.offences)

    @property
    def done(self) -> bool:
        """No answer counts any more."""
        return self.status in FINAL


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
    | r.MovedAway
)


def changes(one: Candidate, record: CandidateRecord, end: int) -> dict[str, object]:  # noqa: C901  # one line a record
    """The fields of the candidate that `record` changes; `end` is the own end before it, ms UTC."""
    match record:
        case r.LoggedIn(seat=seat):
            return {"status": Status.LOGGED_IN, "seat": seat, "away": 0}
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
        case r.MovedAway(point=point, room=room, seat=seat):
            gone = (room, seat)
            return {"status": Status.MOVED, "final": point, "hand_up": False, "waiting": None, "gone": gone}
        case r.ViolationRecorded(voids=voids, level=level):
            offences = (*one.offences, Offence(level, voids, one.status))
            return {"offences": offences, "status": Status.VOID if voids else one.status}
        case r.ViolationUndone():
            last = one.offences[-1]
            return {"offences": one.offences[:-1], "status": last.before if last.voids else one.status}
        case r.TimeExtended(extra=extra, beyond=beyond):
            given = {"beyond": one.beyond + extra} if beyond else {"extra": one.extra + extra}
            return given | _made_up(one, record, end)
        case r.HandRaised(up=up):
            return {"hand_up": up}


def _made_up(one: Candidate, record: r.TimeExtended, end: int) -> dict[str, object]:
    """Lost time that was decided about."""
    over = (*one.over, (end, end + record.over)) if record.over else one.over
    return {"settled": one.settled + record.lost, "over": over}
