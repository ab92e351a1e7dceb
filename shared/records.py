"""Every record that can stand in a ledger stream: what happened, in the past tense.

A record whose class is `Clear` travels in the clear header, so that chains, epochs, counts and accepted ranges
verify with public keys alone; any other is sealed by its writer. The class name is the header's `kind`. Does not
decide when a record may be made: `shared.exam` does.
"""

from typing import ClassVar

import msgspec

from shared import codec, ledger, limits
from shared.commands import StaffCommand
from shared.crypto import PublicKey
from shared.errors import Malformed
from shared.ledger import Point
from shared.machines import Kind
from shared.model import AnyChange
from shared.roles import Role


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base of all records."""

    clear: ClassVar[bool] = False


class Clear(Record, frozen=True):
    """Base of records whose fields stand in the clear header."""

    clear: ClassVar[bool] = True


# Time of a machine: in the sitting streams of a room, and in the site stream.


class ClockJumped(Record, frozen=True, tag="ClockJumped"):
    """The system clock was moved by `ms` against the boot-time clock; trusted time did not follow."""

    ms: int


class TimeTaken(Record, frozen=True, tag="TimeTaken"):
    """Trusted time now comes from another source: `pcs`, `rooms` (neighbours, after a reboot) or `site`.

    `answers` agreed, `error` is the bound, `moved` how far trusted time moved (0 if there was none before), ms.
    """

    source: str
    answers: int
    error: int
    moved: int


class TimeConfirmed(Record, frozen=True, tag="TimeConfirmed"):
    """Two people confirmed that the wall clock was `time`, ms UTC; it is trusted time until upstream answers."""

    first: str
    second: str
    time: int


TimeNote = ClockJumped | TimeTaken | TimeConfirmed

# Attempt stream: written by the candidate's agent.


class AttemptOpened(Clear, frozen=True, tag="AttemptOpened"):
    """First record of an attempt epoch: the device that writes it and the accepted point it continues."""

    device: PublicKey
    continues: Point


class Answered(Record, frozen=True, tag="Answered"):
    """An answer as it now stands; the item number is in the header. Letters are the bank's, sorted; empty means
    cleared."""

    answer: tuple[str, ...]


class PcEvent(Record, frozen=True, tag="PcEvent"):
    """Something the PC noticed (page left, page back, restarted); `detail` is a short code."""

    event: str
    detail: str = ""


class HandInRequested(Clear, frozen=True, tag="HandInRequested"):
    """The candidate, or the agent at the end (`automatic`), says that nothing more follows."""

    automatic: bool


AttemptRecord = AttemptOpened | Answered | PcEvent | HandInRequested

# Sitting stream: written by the room.


class SittingOpened(Clear, frozen=True, tag="SittingOpened"):
    """First record of a sitting epoch: the room key that signs its heads and the point it continues."""

    room_key: PublicKey
    continues: Point


class AttemptGranted(Clear, frozen=True, tag="AttemptGranted"):
    """A device may write an epoch of an attempt from here on; earlier epochs are closed."""

    ticket: str
    epoch: int
    seat: int
    device: PublicKey
    continues: Point


class Range(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Positions `first` to `upto` of one attempt epoch; `digest` is the record's at `upto`."""

    ticket: str
    epoch: int
    first: int
    upto: int
    digest: bytes


class Accepted(Clear, frozen=True, tag="Accepted"):
    """Attempt records that count; one record may cover all attempts of a commit."""

    ranges: tuple[Range, ...]


class Held(Clear, frozen=True, tag="Held"):
    """Attempt records kept but not counted: `old_epoch`, `early`, `closed` or `late`."""

    range: Range
    reason: str


class HandedIn(Clear, frozen=True, tag="HandedIn"):
    """The fact of handing in before the end, at an accepted point."""

    ticket: str
    point: Point


class Reopened(Clear, frozen=True, tag="Reopened"):
    """An attempt that was handed in, or collected before more time was given, is open again until the own end."""

    ticket: str


class HeldDecided(Clear, frozen=True, tag="HeldDecided"):
    """Two people decided about one held range, by the proposal `proposal`: it counts, or it never will."""

    range: Range
    accepted: bool
    proposal: int


class Collected(Clear, frozen=True, tag="Collected"):
    """The automatic collection at the end, at the last accepted point."""

    ticket: str
    point: Point


class SittingEnded(Clear, frozen=True, tag="SittingEnded"):
    """结束考试: every candidate of the sitting has a final state; nothing is accepted any more."""

    submitted: int
    collected: int
    absent: int
    void: int
    by: str


class MovedAway(Clear, frozen=True, tag="MovedAway"):
    """转考场: the candidate goes on in `room`, at `seat`; nothing is accepted here of the stay that began with `epoch`.

    `point` is the last accepted one.
    """

    ticket: str
    epoch: int
    room: str
    seat: int
    point: Point
    by: str


class GuestArrived(Clear, frozen=True, tag="GuestArrived"):
    """A candidate of room `origin` goes on here: this room grants epochs from `epoch` on, the first from `continues`.

    `document` is SHA-256 of the signed move grant.
    """

    ticket: str
    origin: str
    seat: int
    epoch: int
    continues: Point
    document: bytes


class LoginAllowed(Record, frozen=True, tag="LoginAllowed"):
    """允许登录."""

    by: str


class StartAllowed(Record, frozen=True, tag="StartAllowed"):
    """允许开考: the sitting is armed and opens by itself."""

    by: str


class LoggedIn(Record, frozen=True, tag="LoggedIn"):
    """A candidate proved ticket and ID number at a seat; or (`by_itself`) the PC that was answering is connected again
    and proved its device key: nobody had to log in, so it could go on answering meanwhile.
    """

    ticket: str
    seat: int
    address: str
    by_itself: bool = False


class ReadConfirmed(Record, frozen=True, tag="ReadConfirmed"):
    """我已阅读."""

    ticket: str


class PaperOpened(Record, frozen=True, tag="PaperOpened"):
    """The paper keys left for the PCs. `at` is trusted time."""

    at: int


class Reminded(Record, frozen=True, tag="Reminded"):
    """The reminder `before` milliseconds before the end went out."""

    before: int


class ResumeRequested(Record, frozen=True, tag="ResumeRequested"):
    """断点续考: another device asks to go on with an attempt."""

    ticket: str
    seat: int
    device: PublicKey
    address: str


class ResumeDenied(Record, frozen=True, tag="ResumeDenied"):
    """The request was turned down."""

    ticket: str
    by: str


class HandInRefused(Record, frozen=True, tag="HandInRefused"):
    """A request to hand in came too early; answering goes on."""

    ticket: str
    earliest: int


class LeavePermitted(Record, frozen=True, tag="LeavePermitted"):
    """准予离场."""

    ticket: str
    by: str


class MarkedAbsent(Record, frozen=True, tag="MarkedAbsent"):
    """缺考登记."""

    ticket: str
    by: str


class AbsenceUndone(Record, frozen=True, tag="AbsenceUndone"):
    """An absence taken back before the end of the sitting."""

    ticket: str
    reason: str
    by: str


class ViolationRecorded(Record, frozen=True, tag="ViolationRecorded"):
    """违纪处理; `voids` when this entry voids the paper (a second warning does)."""

    ticket: str
    level: str
    category: str
    text: str
    voids: bool
    by: str


class ViolationUndone(Record, frozen=True, tag="ViolationUndone"):
    """The newest violation of a candidate taken back; the state before it holds again."""

    ticket: str
    reason: str
    by: str


class TimeExtended(Record, frozen=True, tag="TimeExtended"):
    """补时 for one candidate, or for all when `ticket` is empty; `beyond` when two people gave more than the rule.

    Where it makes up lost time, `lost` is how much of it is settled (granted, or with `extra` 0 not), and `over` for
    how long the candidate's time had been over when it was granted, which `extra` gives on top.
    """

    ticket: str
    extra: int
    beyond: bool
    reason: str
    by: str
    lost: int = 0
    over: int = 0


class Outage(Record, frozen=True, tag="Outage"):
    """The room did not serve from `since` (the last instant it surely did) until `until`; written at its restart."""

    since: int
    until: int


class TimeLost(Record, frozen=True, tag="TimeLost"):
    """These candidates could not answer from `since` until `until` (trusted time), as far as the room can know.

    `cause` is `opening` (the paper opened late), `outage` (the room was away before they could log in), `restarted`
    (logged in anew at the own seat) or `moved` (at another one). It changes no end: staff decide about it.
    """

    tickets: tuple[str, ...]
    since: int
    until: int
    cause: str


class Paused(Record, frozen=True, tag="Paused"):
    """暂停: every clock of the sitting stands at `at` (trusted time); papers are covered, nobody answers."""

    at: int
    reason: str
    by: str


class WentOn(Record, frozen=True, tag="WentOn"):
    """恢复: the pause ended at `at`; every end moves by its length, `beyond` the rule where two people agreed."""

    at: int
    beyond: bool
    reason: str
    by: str


class GuestBrought(Record, frozen=True, tag="GuestBrought"):
    """What a guest brings along; stands right after `GuestArrived`.

    `epoch` is the last one granted so far (0: never logged in), `accepted` what counts of all epochs, `extra` and
    `beyond` the time given so far in all, `seen` the corrections acknowledged, `saved_at` when an answer was accepted
    last (0: none). `losses`, `settled` and `over` are what is known of lost time: as recorded, decided about (ms), and
    when the clock stood or the time was over (ms UTC, from and until). The last of the losses ends when the guest came.
    """

    ticket: str
    form: str
    accommodation: int
    epoch: int
    accepted: tuple[Range, ...]
    extra: int
    beyond: int
    warnings: int
    read: bool
    seen: tuple[int, ...]
    saved_at: int
    losses: tuple[TimeLost, ...]
    settled: int
    over: tuple[tuple[int, int], ...]


class EndedEarly(Record, frozen=True, tag="EndedEarly"):
    """终止本场考试: `at` is everybody's end."""

    at: int
    reason: str
    by: str


class StaffSignedIn(Record, frozen=True, tag="StaffSignedIn"):
    """Stands before the first act of a person at a console: `machine` is its TLS name, `address` where it is."""

    name: str
    role: Role
    machine: str
    address: str


class StaffSignedOut(Record, frozen=True, tag="StaffSignedOut"):
    """The person left, was replaced, or signed in elsewhere."""

    name: str


class Proposed(Record, frozen=True, tag="Proposed"):
    """A command that waits for another person. Numbers count from 1 within the sitting; `at` is trusted time."""

    number: int
    command: StaffCommand
    by: str
    role: Role
    at: int


class ProposalConfirmed(Record, frozen=True, tag="ProposalConfirmed"):
    """Another person agreed; what the command leads to follows, in the name of that person."""

    number: int
    by: str


class ProposalDeclined(Record, frozen=True, tag="ProposalDeclined"):
    """Turned down, or taken back by whoever made it."""

    number: int
    by: str


class ProposalLapsed(Record, frozen=True, tag="ProposalLapsed"):
    """Nobody decided in time."""

    number: int


class HandRaised(Record, frozen=True, tag="HandRaised"):
    """A candidate calls a proctor; answered when `up` is false."""

    ticket: str
    up: bool


class SittingChanged(Clear, frozen=True, tag="SittingChanged"):
    """The platform's change `number` of this session took effect here; `document` is SHA-256 of the signed changes."""

    number: int
    what: AnyChange
    document: bytes


class SpareTaken(Clear, frozen=True, tag="SpareTaken"):
    """启用备用卷: every candidate of the sitting is due the spare form from here on."""

    form: str
    document: bytes


class ChangeRefused(Clear, frozen=True, tag="ChangeRefused"):
    """A change (`number` 0: the spare paper) came when it could no longer take effect; `code` says why."""

    number: int
    code: str
    document: bytes


class CorrectionSeen(Record, frozen=True, tag="CorrectionSeen"):
    """A candidate's page showed the correction `number` and the candidate acknowledged it."""

    ticket: str
    number: int


SittingRecord = (
    SittingOpened
    | AttemptGranted
    | Accepted
    | Held
    | HandedIn
    | Reopened
    | HeldDecided
    | Collected
    | SittingEnded
    | MovedAway
    | GuestArrived
    | GuestBrought
    | LoginAllowed
    | StartAllowed
    | LoggedIn
    | ReadConfirmed
    | PaperOpened
    | Reminded
    | ResumeRequested
    | ResumeDenied
    | HandInRefused
    | LeavePermitted
    | MarkedAbsent
    | AbsenceUndone
    | ViolationRecorded
    | ViolationUndone
    | TimeExtended
    | Outage
    | TimeLost
    | Paused
    | WentOn
    | EndedEarly
    | HandRaised
    | TimeNote
    | SittingChanged
    | SpareTaken
    | ChangeRefused
    | CorrectionSeen
    | StaffSignedIn
    | StaffSignedOut
    | Proposed
    | ProposalConfirmed
    | ProposalDeclined
    | ProposalLapsed
)

AFTER_END = frozenset({
    "Held", "HeldDecided", "StaffSignedIn", "StaffSignedOut", "Proposed", "ProposalConfirmed", "ProposalDeclined",
    "ProposalLapsed", "MovedAway",
})  # fmt: skip
"""May stand in a sitting stream after `SittingEnded`: what came too late, and what two people decide about it."""


# Site stream: written by the site.


class SiteOpened(Clear, frozen=True, tag="SiteOpened"):
    """First record of a site epoch: the key that signs its heads and the point it continues."""

    site_key: PublicKey
    continues: Point


class TimeSynced(Record, frozen=True, tag="TimeSynced"):
    """校时: the platform's word on time was taken; `offset` is trusted minus system time, `error` its bound.

    `moved` is by how much trusted time moved where that is more than both bounds allow, else 0.
    """

    platform_time: int
    offset: int
    error: int
    moved: int = 0


class TimeFileTaken(Record, frozen=True, tag="TimeFileTaken"):
    """A time file of the platform was taken in: from here on it is `at` or later; `digest` is SHA-256 of the file."""

    at: int
    digest: bytes


class AuthorisationLoaded(Clear, frozen=True, tag="AuthorisationLoaded"):
    """A verified authorisation of `type` was taken in; `digest` is SHA-256 of the signed document."""

    type: str
    session: str
    version: int
    digest: bytes


class MoveGranted(Clear, frozen=True, tag="MoveGranted"):
    """A candidate goes on in another room from `epoch` on; `digest` is SHA-256 of the signed move grant."""

    session: str
    ticket: str
    origin: str
    room: str
    seat: int
    epoch: int
    digest: bytes
    by: str


class WindowOpened(Record, frozen=True, tag="WindowOpened"):
    """Machines of a kind may enrol for a room (empty: any), until trusted time `until`, so many."""

    machine: Kind
    room: str
    count: int
    until: int
    by: str


class MachineEnrolled(Clear, frozen=True, tag="MachineEnrolled"):
    """A machine's TLS key (its fingerprint is `key`) was certified under a name; `device` is what it signs with."""

    machine: Kind
    room: str
    number: int
    name: str
    key: str
    device: PublicKey | None
    address: str
    expires: int
    by: str


class MachineRevoked(Record, frozen=True, tag="MachineRevoked"):
    """A machine's certificate counts no more since trusted time `at`."""

    name: str
    key: str
    reason: str
    by: str
    at: int


class TakenBack(Record, frozen=True, tag="TakenBack"):
    """A site that went on from older data took from a room what its CA had signed since: so many machines, revocations,
    grants and moves. Machines, revocations and moves follow, each as a record of its own.
    """

    room: str
    machines: int
    revoked: int
    grants: int
    moves: int


class KeysReleased(Record, frozen=True, tag="KeysReleased"):
    """A room fetched the paper keys of a session."""

    session: str
    room: str


class BundleMade(Clear, frozen=True, tag="BundleMade"):
    """The results of a session go into a bundle whose last site record this is.

    `records` counts all records of the bundle, this one included; `heads` is SHA-256 over its attempt heads,
    encoded, in order.
    """

    session: str
    records: int
    heads: bytes


class BackedUp(Record, frozen=True, tag="BackedUp"):
    """A copy of a bundle was written, read back and verified."""

    session: str
    digest: bytes
    place: str


class Uploaded(Record, frozen=True, tag="Uploaded"):
    """The platform's receipt for a bundle was verified and kept."""

    session: str
    digest: bytes


class PhaseSeen(Record, frozen=True, tag="PhaseSeen"):
    """The copies of a sitting showed for the first time that it `opened` or `ended`."""

    session: str
    room: str
    phase: str


class DongleLost(Record, frozen=True, tag="DongleLost"):
    """The dongle was taken out or stopped answering; `reason` is the code of the refusal that showed it."""

    reason: str


class DongleBack(Record, frozen=True, tag="DongleBack"):
    """The same dongle was opened again."""


class Overridden(Record, frozen=True, tag="Overridden"):
    """Two named people let the site go on although the dongle's mark said no; `what` is the code of that refusal.

    Stands right after the opening of the site epoch that they began.
    """

    what: str
    first: str
    second: str
    reason: str


SiteRecord = (
    SiteOpened
    | TimeSynced
    | TimeFileTaken
    | AuthorisationLoaded
    | MoveGranted
    | WindowOpened
    | MachineEnrolled
    | MachineRevoked
    | TakenBack
    | KeysReleased
    | BundleMade
    | BackedUp
    | Uploaded
    | TimeNote
    | PhaseSeen
    | DongleLost
    | DongleBack
    | Overridden
)

AnyRecord = AttemptRecord | SittingRecord | SiteRecord
_SEALED = frozenset(kind.__name__ for kind in AnyRecord.__args__ if not kind.clear)


def append(chain: ledger.Chain, record: Record, time: int, item: int = 0) -> ledger.Entry:
    """Writes `record` to `chain`, in the clear header or sealed as its class says."""
    data = codec.encode(record)
    kind = type(record).__name__
    if record.clear:
        return chain.append(kind, time, clear=data, item=item)
    return chain.append(kind, time, plain=data, item=item)


def read_clear(header: ledger.Header) -> Record | None:
    """The record of a clear header, or None where the record is sealed.

    Raises:
        Malformed: the clear part is no record of the stated kind, or a kind that must be clear is not.
    """
    if header.clear:
        return _checked(header, header.clear)
    if header.kind not in _SEALED or not header.size:
        raise Malformed(f"record {header.stream} {header.epoch}.{header.position}: {header.kind} is not sealed")
    return None


def read(header: ledger.Header, entry: ledger.Entry, key: bytes) -> Record:
    """The record of an entry, unsealed with the stream's key if needed; raises `BadSignature` or `Malformed`."""
    return _checked(header, header.clear or ledger.open_body(key, entry))


def _checked(header: ledger.Header, data: bytes) -> Record:
    record: Record = codec.decode(AnyRecord, data, limits.RECORD_BYTES)  # type: ignore[arg-type]  # a union is no type
    if type(record).__name__ != header.kind or record.clear != bool(header.clear):
        raise Malformed(f"record {header.stream} {header.epoch}.{header.position}: not a {header.kind}")
    return record
