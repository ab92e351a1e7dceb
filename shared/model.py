"""The nouns of an exam: session, rules, room, place, person, paper, item.

Plain frozen data, shared by all programs and written into signed documents by `shared.codec`. Instants are integer
milliseconds since the Unix epoch (UTC); durations are integer milliseconds; marks are integer hundredths of a mark.
Holds no behaviour beyond look-ups. Terms follow the exam-affairs handbooks (Chinese originals in the docstrings).
"""

from enum import StrEnum

import msgspec

from shared import limits
from shared.roles import Role

HOUR = 60 * limits.MINUTE


class Noun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all nouns: immutable, strict when decoded."""


class ItemKind(StrEnum):
    """题型 of an objective item."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "truefalse"


class MultipleMarking(StrEnum):
    """How a multiple-choice answer that is right in part is marked."""

    EXACT = "exact"
    """All correct letters and no other: full marks, else 0."""
    PARTIAL = "partial"
    """No wrong letter: the proportion of the right ones; else 0."""


class Option(Noun, frozen=True):
    """One choice of an item; `letter` is the bank's own, whatever order a candidate is shown."""

    letter: str
    text: str


class Item(Noun, frozen=True):
    """One item of a paper as a candidate may see it: it carries no key.

    `number` counts from 1 within the paper; `id` is the bank's own; `pictures` name entries of `Paper.pictures`.
    """

    number: int
    id: str
    kind: ItemKind
    stem: str
    options: tuple[Option, ...]
    marks: int
    pictures: tuple[str, ...] = ()


class Paper(Noun, frozen=True):
    """试卷: one form (A, B or spare) of a session's paper. `pictures` maps a file name to its bytes."""

    session: str
    form: str
    title: str
    items: tuple[Item, ...]
    pictures: dict[str, bytes] = {}


class Rules(Noun, frozen=True):
    """The rules a session carries; the defaults are those of a theory session (`docs/formats.md` names each)."""

    duration: int = 120 * limits.MINUTE
    login_opens_before: int = 60 * limits.MINUTE
    arm_opens_before: int = 40 * limits.MINUTE
    reading: int = 0
    """The paper is readable, not answerable, this long before the start."""
    late_entry: int = 30 * limits.MINUTE
    earliest_hand_in: int = 30 * limits.MINUTE
    last_leave: int = 5 * limits.MINUTE
    """Leaving the room is refused in this last part; handing in stays open."""
    reminders: tuple[int, ...] = (15 * limits.MINUTE, 5 * limits.MINUTE)
    """Before the end, each."""
    grace: int = 2 * limits.MINUTE
    """Records received this long after the end are still accepted."""
    makeup: int = 45 * limits.MINUTE
    """Most time an outage may add to one candidate's end."""
    multiple: MultipleMarking = MultipleMarking.EXACT
    shuffle_items: bool = True
    shuffle_options: bool = True


class Session(Noun, frozen=True):
    """场次: one subject, one start, all rooms together. `start` is T."""

    id: str
    title: str
    occupation: str
    level: str
    subject: str
    start: int
    rules: Rules = Rules()
    forms: tuple[str, ...] = ("A", "B")


class Change(Noun, frozen=True, tag_field="change"):
    """Base of what the platform may change of a session that is authorised already, for named rooms."""


class Postponement(Change, frozen=True, tag="postponement"):
    """延期: a new T; every instant of the session moves with it."""

    start: int
    reason: str


class Cancellation(Change, frozen=True, tag="cancellation"):
    """停考: the session does not take place there."""

    reason: str


class Correction(Change, frozen=True, tag="correction"):
    """勘误: a text beside an item (its number in each form concerned), or about the whole paper (no items)."""

    items: dict[str, int]
    text: str


AnyChange = Postponement | Cancellation | Correction


class Room(Noun, frozen=True):
    """考场: `seats` are numbered from 1; spare PCs (备用机) carry the numbers after them."""

    id: str
    name: str
    seats: int
    spares: int


class Place(Noun, frozen=True):
    """编排: where one candidate sits and which form of the paper is due; known to whoever holds the authorisation."""

    ticket: str
    room: str
    seat: int
    form: str
    accommodation: int = 0
    """Extra minutes granted by the body to this candidate, in milliseconds."""


class Person(Noun, frozen=True):
    """考生: what a room needs to know of a candidate; sealed in the authorisation.

    `id_mac` is the keyed HMAC of the ID number (`shared.crypto.id_mac`); the number itself never leaves the platform.
    """

    ticket: str
    name: str
    id_masked: str
    id_mac: bytes


class Staff(Noun, frozen=True):
    """One named member of a room's staff as the room knows them: the PIN only as a salted hash."""

    name: str
    role: Role
    salt: bytes
    pin_hash: bytes


def mask_id(number: str) -> str:
    """The one fixed mask of an ID number: first 3 and last 2 characters stay."""
    return number[:3] + "*" * max(0, len(number) - 5) + number[-2:]
