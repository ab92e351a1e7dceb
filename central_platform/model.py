"""The nouns that only the platform knows: items with their keys, candidates with their ID numbers, plans, draws.

Plain frozen data beside `shared.model`; marks are integer hundredths, durations integer milliseconds. What is here
never leaves the platform as it stands.
"""

import hashlib

import msgspec

from shared import limits
from shared.model import ItemKind, Noun, Option, Paper, Room, Session, mask_id
from shared.roles import RoleRules

SPARE = "spare"
"""The form of the spare paper (备用卷)."""


class BankItem(Noun, frozen=True, kw_only=True):
    """One item of a bank, with its key.

    `stem` and the options' texts are sanitised HTML fragments; `answer` holds sorted letters; `marks` are hundredths
    or None where the file states none; `pictures` are (name in the file, SHA-256 in hex).
    """

    id: str
    kind: ItemKind
    stem: str
    options: tuple[Option, ...]
    answer: tuple[str, ...]
    marks: int | None = None
    pictures: tuple[tuple[str, str], ...] = ()


class RosterRow(Noun, frozen=True, kw_only=True):
    """One candidate as registered. The ID number is masked wherever the row is shown as a whole."""

    ticket: str
    name: str
    id_number: str
    pinyin: str = ""
    sex: str = ""
    major: str = ""
    school: str = ""

    def __repr__(self) -> str:
        return f"RosterRow(ticket={self.ticket!r}, id_number={mask_id(self.id_number)!r})"


class BlueprintPart(Noun, frozen=True, kw_only=True):
    """One part of a paper: so many items of one kind, each with the same marks (hundredths)."""

    kind: ItemKind
    count: int
    marks: int


THEORY_BLUEPRINT = (
    BlueprintPart(kind=ItemKind.SINGLE, count=30, marks=200),
    BlueprintPart(kind=ItemKind.MULTIPLE, count=15, marks=200),
    BlueprintPart(kind=ItemKind.TRUE_FALSE, count=5, marks=200),
)
"""The handbooks' theory paper: 50 items, 100 marks."""


class PlannedRoom(Noun, frozen=True, kw_only=True):
    """A room of one site that takes part in a session; `seats` are those in use, spares come after them.

    Nobody is placed in an `emergency` room: it takes part only once candidates are moved there.
    """

    site: str
    room: Room
    emergency: bool = False


class Plan(Noun, frozen=True, kw_only=True):
    """考试计划 for one session: what is drawn from which bank, who of which roster sits, and where.

    Room ids are unique within the plan. `accommodations` maps a ticket to extra milliseconds granted by the body,
    `roles` is what the body changes of who may do what.
    """

    session: Session
    bank: str
    roster: str
    rooms: tuple[PlannedRoom, ...]
    blueprint: tuple[BlueprintPart, ...] = THEORY_BLUEPRINT
    accommodations: dict[str, int] = msgspec.field(default_factory=dict)
    roles: RoleRules = RoleRules()

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites in the order in which the plan first names them."""
        return tuple(dict.fromkeys(planned.site for planned in self.rooms))


class KeyRow(Noun, frozen=True, kw_only=True):
    """The key of one item of one form: the letters that are right and the marks they give (hundredths)."""

    form: str
    number: int
    item: str
    answer: tuple[str, ...]
    marks: int


class Shared(Noun, frozen=True, kw_only=True):
    """How many items two forms of one draw have in common."""

    form: str
    other: str
    items: int


class Assembly(Noun, frozen=True, kw_only=True):
    """The papers of a session, drawn together, and the keys to them, which the papers do not carry."""

    seed: str
    papers: tuple[Paper, ...]
    keys: tuple[KeyRow, ...]
    shared: tuple[Shared, ...]


def question_hash(item: BankItem) -> str:
    """SHA-256 (hex) of what a candidate sees: two items with equal hashes are the same question."""
    seen = (item.kind, item.stem, [option.text for option in item.options], [sha for _, sha in item.pictures])
    return hashlib.sha256(msgspec.json.encode(seen)).hexdigest()


def content_hash(noun: BankItem | RosterRow) -> str:
    """SHA-256 (hex) of a whole row: an import changes a stored row only if this differs."""
    return hashlib.sha256(msgspec.json.encode(noun)).hexdigest()


def valid_name(text: str) -> bool:
    """Whether a text may name a bank, roster, site, room, session, form or item.

    Short, visible, without blanks, and safe as a file name and as a part of a ledger stream's name.
    """
    visible = text.isprintable() and not any(mark.isspace() or mark in "/\\" for mark in text)
    return 0 < len(text) <= limits.NAME_CHARS and visible and not text.startswith(".")
