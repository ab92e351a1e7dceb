"""Every message on the wire of a site's LAN, in the order of an exam day; `docs/protocol.md` describes them byte
by byte.

Frames are binary WebSocket messages holding one MessagePack map with the tag `m`; unknown fields are refused.
Instants are milliseconds UTC of trusted time. Holds no behaviour: who may send what when is the business of the
two ends.
"""

from typing import ClassVar

import msgspec

from shared.commands import MachineCommand, MoveToRoom, RoomCommand, StaffCommand
from shared.crypto import PublicKey
from shared.ledger import Entry, Head, Point
from shared.machines import Certified, Enrolled, Kind, Pending, Window
from shared.model import Room, Session, Staff
from shared.records import GuestBrought
from shared.refusal import Refusal
from shared.roles import Role, RoleRules

PROTOCOL_VERSION = 1


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="m"):
    """Base of all messages."""

    protocol: ClassVar[int] = PROTOCOL_VERSION


# Time, on every link.


class Beacon(Message, frozen=True, tag="beacon"):
    """Asks for the time; `sent` is the asker's boot-time clock, ms."""

    sent: int


class BeaconReply(Message, frozen=True, tag="beacon_reply"):
    """The answerer's trusted time when the question came and when this left; `error` bounds both, ms."""

    sent: int
    received: int
    replied: int
    error: int


class ClockReport(Message, frozen=True, tag="clock_report"):
    """A PC's system clock minus trusted time, ms, and the bound of its trusted time's error, ms: to be shown."""

    system: int
    error: int


class Refused(Message, frozen=True, tag="refused"):
    """An answer to the request numbered `re` (0: to the last message): why nothing was done."""

    refusal: Refusal
    re: int = 0


# Enrolment: HTTP over pinned TLS, before there is a certificate.


class EnrolRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /enrol`: who asks, the window's code, the 65-byte TLS point, and the key it signs with.

    `number` is the seat a PC believes it has, 0 where it does not know; `device` a room's head key, a PC's device
    key, none for a console.
    """

    kind: Kind
    room: str
    number: int
    code: str
    point: bytes
    device: PublicKey | None


class EnrolReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The certificate (DER), and the number it was given for."""

    certificate: bytes
    number: int


# Candidate PC and room.


class PcHello(Message, frozen=True, tag="pc_hello"):
    """First frame of a candidate PC: its device key, its seat, and what its check found wrong (codes; empty: fit)."""

    version: int
    device: PublicKey
    seat: int
    faults: tuple[str, ...] = ()


class RoomHello(Message, frozen=True, tag="room_hello"):
    """The room's answer: a nonce to sign when resuming and the room's name."""

    version: int
    nonce: bytes
    room: str


class LogInRequest(Message, frozen=True, tag="log_in"):
    """What the candidate typed, and where this PC's own ledger of the attempt ends (if it has one)."""

    ticket: str
    id_number: str
    at: Point


class ResumeRequest(Message, frozen=True, tag="resume"):
    """The PC was cut off and goes on by itself: `signature` by the device key over `resume_bytes`."""

    ticket: str
    at: Point
    signature: bytes


class PaperRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed paper form: fetch it from `/paper/<sha256 hex>`, `size` bytes."""

    form: str
    sha256: bytes
    size: int


class Clockwork(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The instants one candidate's PC keeps to; 0 where `opened` has not happened. The clock stands since `paused`."""

    opening: int
    start: int
    hand_in_opens: int
    leave_closes: int
    end: int
    closes: int
    opened: int
    paused: int = 0


class Admitted(Message, frozen=True, tag="admitted"):
    """Logged in: who, what, the epoch this PC writes, where the room's copy of it ends, and the attempt's key.

    `history` counts accepted records that follow in `History` frames before answering goes on (0 if `head` suffices);
    `held` are the places of the epoch, first and last, that the room stores and does not count.
    """

    session: Session
    name: str
    id_masked: str
    ticket: str
    seat: int
    key: bytes
    epoch: int
    continues: Point
    head: Point
    history: int
    paper: PaperRef
    clock: Clockwork
    read: bool
    status: str
    held: tuple[tuple[int, int], ...] = ()


class Waiting(Message, frozen=True, tag="waiting"):
    """Another PC holds this attempt: a proctor must approve."""

    ticket: str


class History(Message, frozen=True, tag="history"):
    """Records verbatim and in order; `left` are still to come: to a PC (`id` 0) the accepted ones of its attempt, of
    all epochs; to a room those of the epoch it asked for by the `HistoryWanted` of this `id`.
    """

    id: int
    entries: tuple[Entry, ...]
    left: int


class PaperFetched(Message, frozen=True, tag="paper_fetched"):
    """The PC holds the sealed paper and its digest fits."""


class ReadDone(Message, frozen=True, tag="read_done"):
    """我已阅读."""


class Opened(Message, frozen=True, tag="opened"):
    """The paper opens: the key of this candidate's form."""

    key: bytes
    clock: Clockwork


class Records(Message, frozen=True, tag="records"):
    """Attempt records in order of position."""

    epoch: int
    entries: tuple[Entry, ...]


class Ack(Message, frozen=True, tag="ack"):
    """Everything up to `point` is durable in the room; `verdict` is `accepted` or `held` (with `reason`)."""

    point: Point
    verdict: str
    reason: str = ""


class Resend(Message, frozen=True, tag="resend"):
    """There is a gap: send again from the record after `position` of `epoch`."""

    epoch: int
    position: int


class PcHead(Message, frozen=True, tag="pc_head"):
    """The PC's signed head of its attempt stream."""

    head: Head


class HandUp(Message, frozen=True, tag="hand_up"):
    """The candidate calls a proctor."""


class ClockChanged(Message, frozen=True, tag="clock_changed"):
    """New instants (extra time); `reason` is shown to the candidate."""

    clock: Clockwork
    reason: str


class Notice(Message, frozen=True, tag="notice"):
    """Something to show: `reminder` (with `value` ms left), `may_leave`, `hand_seen`, `warning`, `resume_denied`."""

    kind: str
    value: int = 0
    text: str = ""


class Corrected(Message, frozen=True, tag="corrected"):
    """更正通知 `number`, to show beside the paper's `item` (0: about the whole paper) from the opening on; `seen`: this
    candidate acknowledged it.
    """

    number: int
    item: int
    text: str
    seen: bool


class CorrectionRead(Message, frozen=True, tag="correction_read"):
    """The candidate acknowledged correction `number`."""

    number: int


class Finished(Message, frozen=True, tag="finished"):
    """The attempt is closed: `submitted`, `collected`, `void`, `cancelled` or `moved`; nothing sent later counts.

    Of one `moved`: the `room` (empty: this one) and `seat` (0: not told) where it goes on.
    """

    status: str
    room: str = ""
    seat: int = 0


class HandInTooEarly(Message, frozen=True, tag="hand_in_too_early"):
    """Handing in was refused; answering goes on. `at` is the earliest instant."""

    at: int


class Receipt(Message, frozen=True, tag="receipt"):
    """The candidate's receipt, a signed document (`shared.documents.AttemptReceipt`)."""

    document: bytes


# Console and room.


class ConsoleHello(Message, frozen=True, tag="console_hello"):
    """First frame of a console: the person and PIN."""

    version: int
    name: str
    pin: str


class ConsoleWelcome(Message, frozen=True, tag="console_welcome"):
    """The PIN fits; boards follow."""

    room: Room
    name: str
    role: Role


class Order(Message, frozen=True, tag="order"):
    """A staff command for one sitting; `id` is the console's own count, answered by `OrderDone` or `Refused`."""

    id: int
    session: str
    command: StaffCommand


class OrderDone(Message, frozen=True, tag="order_done"):
    """The command is durable."""

    id: int


class RoomOrder(Message, frozen=True, tag="room_order"):
    """A staff command about the room as a whole; `id` as in `Order`."""

    id: int
    command: RoomCommand


class TimeState(Message, frozen=True, tag="time_state"):
    """Whether the room has trusted time; sent at attach and on change. Without it two people confirm the wall clock.

    `system` is the room machine's own wall clock; `by` has confirmed that it is `confirmed` now (empty: nobody has).
    """

    known: bool
    system: int
    by: str = ""
    confirmed: int = 0


class MachineRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An enrolled machine and the addresses it is connected from now."""

    machine: Enrolled
    here: tuple[str, ...]


class MachineBoard(Message, frozen=True, tag="machine_board"):
    """The room's machines for the console: enrolled ones, those that wait, and the open windows with their codes."""

    rows: tuple[MachineRow, ...]
    pending: tuple[Pending, ...]
    windows: tuple[Window, ...]


class ProposalRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What waits for another person: who wants what (the reason is in the command), since when and until when."""

    number: int
    command: StaffCommand
    by: str
    role: Role
    at: int
    lapses: int


class SeatRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One candidate as staff may see them: states and counts, never an answer.

    `clock_off` is the PC's system clock minus trusted time, within `clock_error` ms; -1: not told yet.
    """

    ticket: str
    name: str
    id_masked: str
    seat: int
    place: int
    status: str
    online: bool
    read: bool
    paper: bool
    answered: int
    saved_at: int
    warnings: int
    extra: int
    end: int
    hand_up: bool
    left: bool
    waiting_seat: int
    held: int
    """Attempt records that do not count; `undecided` of them may be decided about by two people."""
    clock_off: int = 0
    clock_error: int = -1
    undecided: int = 0
    heard_at: int = 0
    """When this candidate's PC was last heard (trusted ms), 0 if never since the room started."""
    lost: int = 0
    """Lost time, ms, that nobody has decided about; `cause` is that of most of it (`shared.lost`)."""
    cause: str = ""
    gone_room: str = ""
    """The other room where a moved candidate goes on, at `gone_seat`."""
    gone_seat: int = 0


class PcRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A connected PC at which nobody is logged in; its clock as in `SeatRow`."""

    seat: int
    address: str
    faults: tuple[str, ...]
    clock_off: int = 0
    clock_error: int = -1


class CorrectionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A correction of this sitting: the beginning of its text, and how many candidates acknowledged it."""

    number: int
    text: str
    seen: int


class HeadShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed head in the short form that people compare: code, `epoch.position`, and its time."""

    code: str
    place: str
    time: int


class Board(Message, frozen=True, tag="board"):
    """The whole state of one sitting for the console; sent at attach and at most four times a second on change.

    `head` is the sitting's newest signed head, `site_head` the site's newest that this room was told.
    """

    session: Session
    now: int
    login_allowed: bool
    armed: bool
    keys: bool
    opened: int
    ended: bool
    clock: Clockwork
    extra: int
    items: int
    rows: tuple[SeatRow, ...]
    pcs: tuple[PcRow, ...]
    site_online: bool
    site_behind: int
    time_error: int
    disk_ok: bool
    head: HeadShown | None
    site_head: HeadShown | None
    planned: int = 0
    """T as first authorised; another than `session.start` when the sitting was postponed."""
    cancelled: bool = False
    spare: str = ""
    """The form everybody here sits instead of the planned one, or empty."""
    corrections: tuple[CorrectionRow, ...] = ()
    """The last ones, `limits.CORRECTIONS_SHOWN` at most."""
    roles: RoleRules = RoleRules()
    proposals: tuple[ProposalRow, ...] = ()
    disk_left: int = -1
    """Free bytes where the room stores, -1 if not known."""


class Alarm(Message, frozen=True, tag="alarm"):
    """Something staff must know: a stable code and its facts."""

    code: str
    ticket: str = ""
    seat: int = 0
    value: int = 0
    text: str = ""


# Room and site. The room is proven by its TLS certificate.


class Link(Message, frozen=True, tag="link"):
    """First frame of a room at the site."""

    version: int
    room: str


class SessionKept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A session that a room holds: the version of its formal authorisation, whether its paper opened here, the number
    of its newest change known here (0: none), and the spare form that is sat (empty: none).
    """

    session: str
    formal: int
    opened: bool
    changes: int
    spare: str


class Guest(Message, frozen=True, tag="guest"):
    """A candidate of another room goes on in this one: the signed move grant, what the candidate brings along, and how
    far that sitting was opened, on whose order. The attempt's records are fetched by `HistoryWanted`.

    `earlier` are the signed grants of the candidate's moves before this one, in order.
    """

    grant: bytes
    brought: GuestBrought
    login_allowed: bool
    armed: bool
    by: str
    earlier: tuple[bytes, ...] = ()


class Kept(Message, frozen=True, tag="kept"):
    """What a room holds by the site's word, so that a site rebuilt from a save has it again; in one frame or several.

    `machines` are the room's own and this room machine itself, `gone` the ids of room machines that count no more,
    `grants` those of its sittings, `staff` SHA-256 of the staff list, encoded; `more` frames follow. `guests` are the
    candidates who came here from other rooms, as told.
    """

    machines: tuple[Certified, ...]
    gone: tuple[str, ...]
    grants: tuple[bytes, ...]
    sessions: tuple[SessionKept, ...]
    staff: bytes
    more: bool
    guests: tuple[Guest, ...] = ()


class Linked(Message, frozen=True, tag="linked"):
    """The site's answer: where its copies of this room's streams end (one point per epoch), the room's staff, and the
    sessions it can take records of; of others the room sends nothing before their `SessionOffer`.
    """

    points: dict[str, tuple[Point, ...]]
    staff: tuple[Staff, ...]
    sessions: tuple[str, ...]


class HistoryWanted(Message, frozen=True, tag="history_wanted"):
    """The room asks for its records of `epoch` of `stream` after the position `after`, as the site's copy has them.

    `id` is the room's own count.
    """

    id: int
    stream: str
    epoch: int
    after: int


class SessionOffer(Message, frozen=True, tag="session_offer"):
    """A session for the room: the signed formal authorisation and what the dongle opened for this room.

    `grant` is the signed grant of the room's sitting epoch, `papers` what to fetch from the site's `/paper/<sha256
    hex>`, `earlier` the grants of the sitting's former epochs.
    """

    formal: bytes
    session_key: bytes
    sitting_key: bytes
    grant: bytes
    papers: tuple[PaperRef, ...]
    earlier: tuple[bytes, ...] = ()


class SessionChanged(Message, frozen=True, tag="session_changed"):
    """The newest signed `session-changes` and `spare-authorisation` of a session that concern the room; else empty."""

    session: str
    changes: bytes
    spare: bytes


class KeysWanted(Message, frozen=True, tag="keys_wanted"):
    """The sitting is armed: the room asks for the paper keys."""

    session: str


class Keys(Message, frozen=True, tag="keys"):
    """The paper keys of the session, by form."""

    session: str
    keys: dict[str, bytes]


class Push(Message, frozen=True, tag="push"):
    """Records of the room's ledger, verbatim, in order of position within each stream."""

    entries: tuple[Entry, ...]


class PushAck(Message, frozen=True, tag="push_ack"):
    """A push is durable at the site: where the copy of each stream and epoch in it ends."""

    points: dict[str, tuple[Point, ...]]


class PushHead(Message, frozen=True, tag="push_head"):
    """A signed head of one of the streams the room holds."""

    head: Head


class SiteHead(Message, frozen=True, tag="site_head"):
    """The site's signed head of its own stream, for the room to keep; `grant` is the signed grant of its key."""

    head: Head
    grant: bytes


class RoomStatus(Message, frozen=True, tag="room_status"):
    """Counts for the site's own page, every few seconds."""

    session: str
    phase: str
    expected: int
    logged_in: int
    online: int
    submitted: int
    collected: int
    absent: int
    void: int


class Machines(Message, frozen=True, tag="machines"):
    """All machines of the room as the site has them now, those that wait and the open windows; after `Linked` and on
    change. `gone` are the ids of all room machines of the site that count no more.
    """

    enrolled: tuple[Certified, ...]
    pending: tuple[Pending, ...]
    windows: tuple[Window, ...]
    gone: tuple[str, ...] = ()


class EnrolAsk(Message, frozen=True, tag="enrol_ask"):
    """A machine asks the room for its certificate: the room hands it on; `id` is the room's own count."""

    id: int
    request: EnrolRequest
    address: str


class EnrolAnswer(Message, frozen=True, tag="enrol_answer"):
    """The site's answer to an ask: the certificate and its number, or why not."""

    id: int
    certificate: bytes
    number: int
    refusal: Refusal | None


class SiteOrder(Message, frozen=True, tag="site_order"):
    """A staff order about machines that the site must carry out, from the person `by` at trusted time `at`; answered by
    `OrderDone` or `Refused` with its id.
    """

    id: int
    command: MachineCommand | MoveToRoom
    by: str
    at: int


class MoveOut(Message, frozen=True, tag="move_out"):
    """A candidate of the room goes on in `room`: asked of it, or (`granted`) told, because the site let `room` go on
    already. `epoch` is the first one of the stay that ends; `id` is the site's own count.
    """

    id: int
    session: str
    ticket: str
    epoch: int
    room: str
    seat: int
    by: str
    granted: bool


class MovedOut(Message, frozen=True, tag="moved_out"):
    """The answer to `MoveOut` with this id: it is recorded (the record comes by `Push`), or why not."""

    id: int
    refusal: Refusal | None


# Site and platform, over HTTPS.


class HeadsTold(Message, frozen=True, tag="heads_told"):
    """Body of `POST /v1/heads`: the site's newest heads and those of its copies, and the grants of their keys."""

    grants: tuple[bytes, ...]
    heads: tuple[Head, ...]


PcMessage = (
    PcHello
    | LogInRequest
    | ResumeRequest
    | PaperFetched
    | ReadDone
    | Records
    | PcHead
    | HandUp
    | Beacon
    | BeaconReply
    | ClockReport
    | CorrectionRead
)
RoomToPc = (
    RoomHello
    | Refused
    | Admitted
    | Waiting
    | History
    | Opened
    | Ack
    | Resend
    | ClockChanged
    | Notice
    | Corrected
    | Finished
    | HandInTooEarly
    | Receipt
    | Beacon
    | BeaconReply
)
ConsoleMessage = ConsoleHello | Order | RoomOrder | Beacon
RoomToConsole = ConsoleWelcome | OrderDone | Refused | Board | MachineBoard | Alarm | TimeState | BeaconReply
RoomToSite = (
    Link
    | Kept
    | HistoryWanted
    | KeysWanted
    | Push
    | PushHead
    | RoomStatus
    | EnrolAsk
    | SiteOrder
    | MovedOut
    | Alarm
    | Beacon
    | BeaconReply
)
SiteToRoom = (
    Linked
    | History
    | Machines
    | SessionOffer
    | SessionChanged
    | MoveOut
    | Guest
    | Keys
    | PushAck
    | SiteHead
    | EnrolAnswer
    | OrderDone
    | Refused
    | Beacon
    | BeaconReply
)
FromBelow = PcMessage | ConsoleHello | Order | RoomOrder
"""What a room's port may receive; the first frame says whether a PC or a console speaks."""


def resume_bytes(nonce: bytes, ticket: str, at: Point) -> bytes:
    """The exact bytes a device signs to resume: tag, the room's nonce, ticket and point as one MessagePack array."""
    return b"kaodian-resume-1" + msgspec.msgpack.encode((nonce, ticket, at))
