"""What the candidate's page shows and what it may ask: the contract between the agent and its page.

JSON on the loopback WebSocket: the agent sends a whole `View` whenever something changed, the page sends one `Intent`
a frame. The page holds no state of its own beyond what is being typed. Instants are ms UTC of trusted time. No
behaviour here.
"""

from enum import StrEnum

import msgspec


class Screen(StrEnum):
    """What the page shows, in the order of an exam day."""

    CONNECTING = "connecting"
    """No room yet: nothing can be done but wait; `error` may say why."""
    LOGIN = "login"
    APPROVAL = "approval"
    """Another PC holds the attempt: the proctor decides."""
    CONFIRM = "confirm"
    """Own details to check."""
    RULES = "rules"
    """Room rules; 我已阅读."""
    WAITING = "waiting"
    """Everything done, the paper opens by itself."""
    READING = "reading"
    """The paper is readable, not answerable."""
    EXAM = "exam"
    PAUSED = "paused"
    """The exam stands: the paper is covered, nothing can be answered, no time is lost."""
    LOCKED = "locked"
    """The end is reached; answers are being handed over."""
    FINISHED = "finished"
    """Handed in or collected; the receipt."""
    STOPPED = "stopped"
    """The paper was voided: a neutral page."""
    MOVED = "moved"
    """The attempt goes on at another PC."""
    CANCELLED = "cancelled"
    """The session does not take place."""


class Saved(StrEnum):
    """How far one answer has come."""

    HERE = "here"
    """Durable on this PC."""
    ROOM = "room"
    """Accepted by the room."""
    HELD = "held"
    """Kept, but not counted until staff decide."""


class OptionView(msgspec.Struct, frozen=True):
    """One option in shown order: the `mark` on screen (A, B, ... by position), the bank's own `letter` to send back."""

    mark: str
    letter: str
    text: str


class ItemView(msgspec.Struct, frozen=True):
    """One item in shown order; `number` is the paper's own, sent back with answers. Texts are sanitised HTML."""

    shown: int
    number: int
    kind: str
    stem: str
    options: tuple[OptionView, ...]
    marks: str
    pictures: tuple[str, ...]
    """Paths to fetch, below the page's own address."""


class PaperView(msgspec.Struct, frozen=True):
    """The opened paper, fetched once by the page."""

    title: str
    items: tuple[ItemView, ...]


class PersonView(msgspec.Struct, frozen=True):
    """The candidate's own details as shown for checking."""

    name: str
    id_masked: str
    ticket: str
    seat: int
    room: str


class SessionView(msgspec.Struct, frozen=True):
    """The session as shown."""

    title: str
    occupation: str
    level: str
    start: int
    duration: int
    late_entry: int
    earliest_hand_in: int
    last_leave: int


class NoticeView(msgspec.Struct, frozen=True):
    """Something to show once; `id` counts up, so the page knows a new one."""

    id: int
    kind: str
    value: int = 0
    text: str = ""


class CorrectionView(msgspec.Struct, frozen=True):
    """A correction beside an item (its number in the paper) or about the whole paper (0); `seen` once acknowledged."""

    number: int
    item: int
    text: str
    seen: bool


class View(msgspec.Struct, frozen=True):
    """The whole state of the page.

    `now` is trusted time when this was sent (0 if unknown); `opening` to `end` are this candidate's instants. `answers`
    and `saved` are keyed by the paper's item number as text. `link` is whether the room is reached. `error` and
    `error_at` are a refusal code and its fact (`seat`, instant...) to explain. `paper` tells that `/paper.json` can be
    fetched.
    """

    screen: Screen
    seat: int
    room: str
    link: bool
    now: int = 0
    person: PersonView | None = None
    session: SessionView | None = None
    opening: int = 0
    start: int = 0
    hand_in_opens: int = 0
    leave_closes: int = 0
    end: int = 0
    paused: int = 0
    """Since when the clock stands; 0: it runs."""
    paper: bool = False
    answers: dict[str, tuple[str, ...]] = {}
    saved: dict[str, Saved] = {}
    unsent: int = 0
    hand_up: bool = False
    may_leave: bool = False
    status: str = ""
    gone_room: str = ""
    """The other room where the attempt goes on, at `gone_seat`; empty: in this room, at a seat not told (0)."""
    gone_seat: int = 0
    may_free: bool = False
    """The attempt went on elsewhere, and the room has all of it that it takes from here: `FreePc` is taken."""
    held: int = 0
    """Answers of a closed attempt that reached the room too late: kept, staff decide whether they count."""
    unsaved: int = 0
    """Answers of a closed attempt that are not written on this PC yet; with the fault `disk_failed` they never are."""
    receipt: str = ""
    receipt_final: bool = False
    notice: NoticeView | None = None
    error: str = ""
    error_at: int = 0
    faults: tuple[str, ...] = ()
    corrections: tuple[CorrectionView, ...] = ()


class Intent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    """Base of what the page may ask."""


class LogIn(Intent, frozen=True, tag="log_in"):
    """What the candidate typed."""

    ticket: str
    id_number: str


class ConfirmDetails(Intent, frozen=True, tag="confirm"):
    """The details shown are mine (`ok`), or not: then back to log-in and a hand raised."""

    ok: bool


class ReadDone(Intent, frozen=True, tag="read"):
    """我已阅读."""


class Answer(Intent, frozen=True, tag="answer"):
    """The answer to item `number` as it now stands: bank letters, empty when cleared."""

    number: int
    letters: tuple[str, ...]


class HandIn(Intent, frozen=True, tag="hand_in"):
    """Hand in; the page has asked for confirmation."""


class RaiseHand(Intent, frozen=True, tag="raise_hand"):
    """Call a proctor."""


class FreePc(Intent, frozen=True, tag="free"):
    """Somebody wants to log in at this PC, from which the attempt went on elsewhere: it is forgotten here."""


class CorrectionSeen(Intent, frozen=True, tag="correction_seen"):
    """I have read the correction."""

    number: int


class PageEvent(Intent, frozen=True, tag="page"):
    """The page was left or came back (`hidden`, `shown`, `blur`, `focus`)."""

    event: str


AnyIntent = LogIn | ConfirmDetails | ReadDone | Answer | HandIn | RaiseHand | FreePc | CorrectionSeen | PageEvent
