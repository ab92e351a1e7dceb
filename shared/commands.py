"""Every command that can be put to a sitting: what somebody wants, in the imperative.

Commands of staff travel on the wire and reach the core as `ByStaff`, with the person the room has proven. Commands of
candidates and of the clock are made by the room's desk. Does not decide: `shared.exam` does.
"""

from typing import TYPE_CHECKING

import msgspec

from shared.crypto import PublicKey
from shared.ledger import Parsed
from shared.machines import Kind
from shared.model import AnyChange
from shared.roles import Role

if TYPE_CHECKING:
    # Records carry staff commands; this one goes the other way, and only within a room.
    from shared.records import GuestArrived, GuestBrought, TimeNote


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    """Base of all commands."""


class AllowLogin(Command, frozen=True, tag="AllowLogin"):
    """允许登录."""


class AllowStart(Command, frozen=True, tag="AllowStart"):
    """允许开考: from here on the sitting opens by itself at the planned time."""


class MarkAbsent(Command, frozen=True, tag="MarkAbsent"):
    """缺考登记."""

    ticket: str


class UndoAbsence(Command, frozen=True, tag="UndoAbsence"):
    """Take an absence back."""

    ticket: str
    reason: str


class RecordViolation(Command, frozen=True, tag="RecordViolation"):
    """违纪处理. `level` is `warning`, `void` or `disqualified`."""

    ticket: str
    level: str
    category: str
    text: str


class UndoViolation(Command, frozen=True, tag="UndoViolation"):
    """Take the newest violation back, and what it led to."""

    ticket: str
    reason: str


class ExtendTime(Command, frozen=True, tag="ExtendTime"):
    """补时 by `extra` milliseconds, for one candidate or (`ticket` empty) for all."""

    ticket: str
    extra: int
    reason: str


class ApproveResume(Command, frozen=True, tag="ApproveResume"):
    """Let the waiting device go on with the attempt; the old device is closed."""

    ticket: str


class DenyResume(Command, frozen=True, tag="DenyResume"):
    """Turn the waiting device down."""

    ticket: str


class PermitLeave(Command, frozen=True, tag="PermitLeave"):
    """准予离场."""

    ticket: str


class LowerHand(Command, frozen=True, tag="LowerHand"):
    """The candidate's call was answered."""

    ticket: str


class Reopen(Command, frozen=True, tag="Reopen"):
    """Let a candidate who handed in go on until the own end."""

    ticket: str
    reason: str


class DecideHeld(Command, frozen=True, tag="DecideHeld"):
    """Count, or for good not count, what came too late of these candidates, all of whom are finished."""

    tickets: tuple[str, ...]
    accept: bool
    reason: str


class Compensate(Command, frozen=True, tag="Compensate"):
    """Give these candidates back, within the rule, the time the room found lost; or (not `grant`) settle it without."""

    tickets: tuple[str, ...]
    grant: bool
    reason: str


class Pause(Command, frozen=True, tag="Pause"):
    """暂停: stop every clock of the sitting; the papers are covered."""

    reason: str


class GoOn(Command, frozen=True, tag="GoOn"):
    """恢复: the pause is over; every end moves by its length."""

    reason: str


class EndEarly(Command, frozen=True, tag="EndEarly"):
    """终止本场考试: everybody's end is now; the papers are collected as at any end."""

    reason: str


class EndSitting(Command, frozen=True, tag="EndSitting"):
    """结束考试."""


class Confirm(Command, frozen=True, tag="Confirm"):
    """Yes to a proposal of somebody else."""

    number: int


class Decline(Command, frozen=True, tag="Decline"):
    """No to a proposal, or one's own taken back."""

    number: int


StaffCommand = (
    AllowLogin
    | AllowStart
    | MarkAbsent
    | UndoAbsence
    | RecordViolation
    | UndoViolation
    | ExtendTime
    | ApproveResume
    | DenyResume
    | PermitLeave
    | LowerHand
    | Reopen
    | DecideHeld
    | Compensate
    | Pause
    | GoOn
    | EndEarly
    | EndSitting
    | Confirm
    | Decline
)


class OpenWindow(Command, frozen=True, tag="OpenWindow"):
    """Let `count` machines of a kind enrol for `minutes`; takes the place of the window before."""

    kind: Kind
    minutes: int
    count: int


class ConfirmMachines(Command, frozen=True, tag="ConfirmMachines"):
    """Certify machines that wait, by id; all without a conflict when `ids` is empty. `number` gives a single one
    another seat than proposed (0: as proposed).
    """

    ids: tuple[str, ...] = ()
    number: int = 0


class DeclineMachines(Command, frozen=True, tag="DeclineMachines"):
    """Turn machines that wait away, by id."""

    ids: tuple[str, ...]


class RevokeMachine(Command, frozen=True, tag="RevokeMachine"):
    """A machine's certificate counts no more, from now on and for good."""

    id: str
    reason: str


MachineCommand = OpenWindow | ConfirmMachines | DeclineMachines | RevokeMachine


class ConfirmTime(Command, frozen=True, tag="ConfirmTime"):
    """Say that the wall clock is `system` now, ms UTC: two people give a room without trusted time its time."""

    system: int


class MoveToRoom(Command, frozen=True, tag="MoveToRoom"):
    """转考场: candidates of room `origin` go on in `room`: those named, or all unfinished ones when `tickets` is empty.

    `seat` is for a single one; 0: the first free ones, in order.
    """

    session: str
    origin: str
    tickets: tuple[str, ...]
    room: str
    seat: int = 0


class ResetPin(Command, frozen=True, tag="ResetPin"):
    """A person locked after wrong PINs may try again."""

    name: str


RoomCommand = MachineCommand | ConfirmTime | MoveToRoom | ResetPin
"""What staff may order about a room as a whole, outside its sittings."""


class NoteTime(Command, frozen=True, tag="NoteTime"):
    """Write down what happened to the room's time."""

    record: "TimeNote"


class Actor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Who acts, and from where: `machine` is the TLS name of the console, `address` where it connects from."""

    name: str
    role: Role
    machine: str
    address: str


class ByStaff(Command, frozen=True, tag="ByStaff"):
    """A staff command and the signed-in person who gives it."""

    command: StaffCommand
    actor: Actor


class StaffLeft(Command, frozen=True, tag="StaffLeft"):
    """A signed-in person's console is gone, or somebody else sits there now."""

    actor: Actor


class LogIn(Command, frozen=True, tag="LogIn"):
    """A candidate at a seat; the desk has compared the ID number. `live` tells that another PC answers right now."""

    ticket: str
    id_fits: bool
    seat: int
    device: PublicKey
    address: str
    live: bool
    behind: bool = False
    """The PC's own ledger lacks what the room holds, so it needs a new epoch."""
    by_itself: bool = False
    """The PC was answering and proved its device key: nobody had to log in."""


class ConfirmRead(Command, frozen=True, tag="ConfirmRead"):
    """我已阅读."""

    ticket: str


class RaiseHand(Command, frozen=True, tag="RaiseHand"):
    """The candidate calls a proctor."""

    ticket: str


class Receive(Command, frozen=True, tag="Receive"):
    """Attempt records that arrived from the PC holding `epoch`, in order of position."""

    ticket: str
    epoch: int
    records: tuple[Parsed, ...]


class Tick(Command, frozen=True, tag="Tick"):
    """Time has passed."""


class NoteOutage(Command, frozen=True, tag="NoteOutage"):
    """The room serves again at `until`; `since` is the last instant it surely served before, ms UTC."""

    since: int
    until: int


class SeeCorrection(Command, frozen=True, tag="SeeCorrection"):
    """The candidate has read a correction."""

    ticket: str
    number: int


class TakeChange(Command, frozen=True, tag="TakeChange"):
    """A verified change of the platform for this room; `document` is SHA-256 of the signed changes."""

    number: int
    what: AnyChange
    document: bytes


class TakeSpare(Command, frozen=True, tag="TakeSpare"):
    """A verified authorisation of the spare form for this room."""

    form: str
    document: bytes


class SendAway(Command, frozen=True, tag="SendAway"):
    """The site lets a candidate go on in another room; `granted` when that room has its grant already.

    `epoch` is the first one of the stay that ends.
    """

    ticket: str
    epoch: int
    room: str
    seat: int
    by: str
    granted: bool


class TakeGuest(Command, frozen=True, tag="TakeGuest"):
    """A candidate comes with a verified grant; `login_allowed` and `armed` as the sitting stood at `origin`.

    `told` is the site's message as it came, to be kept; `history` are the attempt's records so far, each epoch from
    position 1 up to the last accepted one.
    """

    told: bytes
    arrived: "GuestArrived"
    brought: "GuestBrought"
    history: tuple[Parsed, ...]
    login_allowed: bool
    armed: bool
    by: str


CandidateCommand = LogIn | ConfirmRead | RaiseHand | Receive | Tick | SeeCorrection
PlatformCommand = TakeChange | TakeSpare
SiteCommand = SendAway | TakeGuest
OpenCommand = LogIn | ConfirmRead | RaiseHand | SeeCorrection | PlatformCommand | NoteTime | NoteOutage
"""What a sitting that is ended refuses."""
AnyCommand = ByStaff | StaffLeft | SiteCommand | OpenCommand | Receive | Tick
