"""Who may do what, when: one table of role x action x stage, the default that a body may change for its session.

`Table.level` answers for one cell; `cells` enumerates all of them; `deploy/roles` writes `docs/roles.md` from it. An
action is an order, a message, a route or a verb that needs a right. Knows neither people nor sittings: what an order
means in a sitting (`action_of`) and who confirms what is decided in `shared.confirming`, and the rules of the exam
say no after the table said yes.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from shared.errors import Malformed


class Role(StrEnum):
    """Everybody, and the machines that act for themselves; `STRANGER` has proven nothing."""

    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    CHIEF = "chief"
    DEPUTY = "deputy"
    TECHNICAL_HEAD = "technical_head"
    PROCTOR = "proctor"
    TECHNICIAN = "technician"
    INSPECTOR = "inspector"
    ASSESSOR = "assessor"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    CANDIDATE = "candidate"
    ROOM = "room"
    SITE = "site"
    STRANGER = "stranger"


HEADS: Final = frozenset({Role.CHIEF, Role.DEPUTY})
READERS: Final = frozenset({Role.INSPECTOR, Role.ASSESSOR, Role.SUPERVISOR, Role.AUDITOR})
"""See boards and give no orders; no authorisation can give them any."""
MACHINES: Final = frozenset({Role.ROOM, Role.SITE, Role.STRANGER})
ACTING: Final = frozenset({*HEADS, Role.ADMINISTRATOR, Role.TECHNICAL_HEAD, Role.PROCTOR, Role.TECHNICIAN})
"""Who can be given rights over a sitting."""
STAFF: Final = ACTING | READERS
"""Who can be registered at a site and sign in at a console."""
SITE_STAFF: Final = STAFF - {Role.PROCTOR, Role.TECHNICIAN}
"""Who belongs to the site as a whole and may sign in at every room of it."""


class Level(StrEnum):
    """What a role may do about an action: nothing, ask for it, or do it."""

    NO = "no"
    PROPOSE = "propose"
    DECIDE = "decide"


class Stage(StrEnum):
    """Where a sitting stands: the phases of `shared.timing`, before them (no sitting concerned), and after its end."""

    BEFORE = "before"
    EARLY = "early"
    LOGIN = "login"
    READING = "reading"
    ANSWERING = "answering"
    GRACE = "grace"
    OVER = "over"
    ENDED = "ended"


class Door(StrEnum):
    """Where an action is asked for; the part of an action's name before the colon."""

    ORDER = "order"
    """A staff command of one sitting, in an `Order`."""
    ROOM = "room"
    """A console's order to the room as a whole."""
    CONSOLE = "console"
    """A message of a console."""
    PC = "pc"
    """A message of a candidate PC."""
    LINK = "link"
    """A message of a room to the site."""
    ROUTE = "route"
    """An HTTP route, named by machine, method and path."""
    VERB = "verb"
    """A command at the site machine, by its control socket."""


class Action(StrEnum):
    """The orders of staff. What machines say, routes and verbs are rows of the table by their own names."""

    ALLOW_LOGIN = "order:allow_login"
    ALLOW_START = "order:allow_start"
    MARK_ABSENT = "order:mark_absent"
    UNDO_ABSENCE = "order:undo_absence"
    WARN = "order:warn"
    VOID_PAPER = "order:void_paper"
    UNDO_VIOLATION = "order:undo_violation"
    EXTEND_TIME = "order:extend_time"
    EXTEND_BEYOND = "order:extend_beyond"
    RESUME_HERE = "order:resume_here"
    CHANGE_SEAT = "order:change_seat"
    DENY_RESUME = "order:deny_resume"
    PERMIT_LEAVE = "order:permit_leave"
    LOWER_HAND = "order:lower_hand"
    REOPEN = "order:reopen"
    DECIDE_HELD = "order:decide_held"
    PAUSE = "order:pause"
    GO_ON = "order:go_on"
    END_EARLY = "order:end_early"
    END_SITTING = "order:end_sitting"
    RESET_PIN = "room:reset_pin"
    CONFIRM_TIME = "room:confirm_time"
    OPEN_WINDOW = "room:open_window"
    CONFIRM_MACHINES = "room:confirm_machines"
    DECLINE_MACHINES = "room:decline_machines"
    REVOKE_MACHINE = "room:revoke_machine"
    MOVE_TO_ROOM = "room:move_to_room"


class Row(NamedTuple):
    """One action of the table. `pair` needs two people who may decide, one of them a leading one."""

    action: str
    stages: frozenset[Stage]
    decide: frozenset[Role]
    propose: frozenset[Role] = frozenset()
    pair: bool = False

    @property
    def door(self) -> Door:
        """Where the action is asked for."""
        return Door(self.action.partition(":")[0])


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body gives a role another level for one order of a sitting."""

    role: Role
    action: Action
    level: Level


class RoleRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a body changes for its session, in the formal authorisation; `leads` are the leading people of pairs."""

    changes: tuple[Change, ...] = ()
    leads: tuple[Role, ...] = (Role.CHIEF, Role.DEPUTY)


_ALL = frozenset(Stage)
_SITTING = _ALL - {Stage.BEFORE, Stage.ENDED}
_FROM_LOGIN = _SITTING - {Stage.EARLY}
_OPEN = frozenset({Stage.READING, Stage.ANSWERING, Stage.GRACE, Stage.OVER})
_LATE = _OPEN - {Stage.READING}
_PROCTORS = HEADS | {Role.PROCTOR}
_HANDS = _PROCTORS | {Role.TECHNICIAN}
_MACHINISTS = HEADS | {Role.TECHNICIAN, Role.TECHNICAL_HEAD, Role.ADMINISTRATOR}
_P, _T = frozenset({Role.PROCTOR}), frozenset({Role.PROCTOR, Role.TECHNICIAN})
_CANDIDATE = frozenset({Role.CANDIDATE})
_ROOM, _SITE = frozenset({Role.ROOM}), frozenset({Role.SITE})
_ADMINS = frozenset({Role.ADMINISTRATOR})
_ANYBODY = frozenset(Role)

ORDERS: Final = (
    Row(Action.ALLOW_LOGIN, _FROM_LOGIN - {Stage.OVER}, _PROCTORS),
    Row(Action.ALLOW_START, _FROM_LOGIN - {Stage.OVER}, _PROCTORS),
    Row(Action.MARK_ABSENT, _LATE, _PROCTORS),
    Row(Action.UNDO_ABSENCE, _LATE, _PROCTORS),
    Row(Action.WARN, _FROM_LOGIN, _PROCTORS),
    Row(Action.VOID_PAPER, _FROM_LOGIN, HEADS, _P),
    Row(Action.UNDO_VIOLATION, _FROM_LOGIN, _PROCTORS, pair=True),
    Row(Action.EXTEND_TIME, _OPEN, _PROCTORS),
    Row(Action.EXTEND_BEYOND, _OPEN, _PROCTORS, pair=True),
    Row(Action.RESUME_HERE, _FROM_LOGIN, _HANDS),
    Row(Action.CHANGE_SEAT, _FROM_LOGIN, HEADS, _T),
    Row(Action.DENY_RESUME, _FROM_LOGIN, _HANDS),
    Row(Action.PERMIT_LEAVE, _LATE, _PROCTORS),
    Row(Action.LOWER_HAND, _FROM_LOGIN, _HANDS),
    Row(Action.REOPEN, frozenset({Stage.ANSWERING}), _PROCTORS, pair=True),
    Row(Action.DECIDE_HELD, _LATE | {Stage.ENDED}, _PROCTORS, pair=True),
    Row(Action.PAUSE, frozenset({Stage.ANSWERING}), HEADS, _P),
    Row(Action.GO_ON, frozenset({Stage.ANSWERING}), HEADS, _P),
    Row(Action.END_EARLY, frozenset({Stage.ANSWERING}), _PROCTORS, pair=True),
    Row(Action.END_SITTING, _SITTING, _PROCTORS),
)
"""What staff may do in a sitting; `confirm` and `decline` need the right to what was proposed."""

ROOM_ORDERS: Final = (
    Row(Action.RESET_PIN, _ALL, HEADS),
    Row(Action.CONFIRM_TIME, _ALL, _HANDS | _MACHINISTS, pair=True),
    Row(Action.OPEN_WINDOW, _ALL, _MACHINISTS),
    Row(Action.CONFIRM_MACHINES, _ALL, _MACHINISTS),
    Row(Action.DECLINE_MACHINES, _ALL, _MACHINISTS),
    Row(Action.REVOKE_MACHINE, _ALL, _MACHINISTS),
    Row(Action.MOVE_TO_ROOM, _ALL, HEADS),
)
"""What staff may order about a room as a whole; no sitting is concerned, so the stage is always `BEFORE`."""

MESSAGES: Final = (
    *(Row(f"console:{tag}", _ALL, STAFF) for tag in ("console_hello", "order", "room_order", "beacon")),
    *(Row(f"pc:{tag}", _ALL, _CANDIDATE) for tag in ("pc_hello", "beacon", "beacon_reply", "clock_report")),
    *(Row(f"pc:{tag}", _ALL, _CANDIDATE) for tag in ("paper_fetched", "pc_head")),
    *(Row(f"pc:{tag}", _FROM_LOGIN | {Stage.ENDED}, _CANDIDATE) for tag in ("resume", "records")),
    *(Row(f"pc:{tag}", _FROM_LOGIN, _CANDIDATE) for tag in ("read_done", "hand_up", "correction_read")),
    Row("pc:log_in", _FROM_LOGIN - {Stage.OVER}, _CANDIDATE),
    *(Row(f"link:{tag}", _ALL, _ROOM) for tag in ("link", "kept", "push", "push_head", "room_status", "beacon")),
    *(Row(f"link:{tag}", _ALL, _ROOM) for tag in ("enrol_ask", "site_order", "moved_out", "alarm", "beacon_reply")),
    Row("link:history_wanted", _ALL, _ROOM),
    Row("link:keys_wanted", _FROM_LOGIN | {Stage.ENDED}, _ROOM),
)

ROUTES: Final = (
    Row("route:room GET /ws", _ALL, STAFF | _CANDIDATE),
    Row("route:room GET /paper/{name}", _ALL, _CANDIDATE),
    Row("route:room POST /enrol", _ALL, _ANYBODY),
    Row("route:site POST /enrol", _ALL, _ANYBODY),
    Row("route:site GET /link", _ALL, _ROOM),
    Row("route:site GET /paper/{sha256}", _ALL, _ROOM),
)

VERBS: Final = tuple(
    Row(f"verb:{name}", _ALL, _ADMINS)
    for name in (
        "join", "site-file", "staff", "staff-remove", "staff-list", "window", "machines", "confirm", "decline",
        "revoke", "sync-time", "load", "status", "bundle", "backup", "save", "upload", "receipt",
        "unlock",
    )
)  # fmt: skip
HEAD_AT_SITE: Final = (Row("verb:move", _ALL, HEADS),)
TWO_AT_SITE: Final = tuple(
    Row(f"verb:{name}", _ALL, HEADS | _ADMINS | {Role.TECHNICAL_HEAD}, pair=True)
    for name in ("restore", "confirm-time")
)
ROWS: Final = (*ORDERS, *ROOM_ORDERS, *MESSAGES, *ROUTES, *VERBS, *HEAD_AT_SITE, *TWO_AT_SITE)
_BY_ACTION: Final = {row.action: row for row in ROWS}


def _check(rules: RoleRules) -> None:
    """A pair stays a pair, readers stay readers, machines are not people, and somebody decides every order."""
    orders = {row.action: row for row in ORDERS}
    seen = set()
    for one in rules.changes:
        row = orders.get(one.action)
        if row is None or one.role not in ACTING or (one.role, one.action) in seen:
            raise Malformed(f"{one.role.value} cannot be given {one.action!r}", "bad_roles")
        if row.pair and one.level is Level.PROPOSE:
            raise Malformed(f"{one.action!r} is agreed on by two who decide", "bad_roles")
        seen.add((one.role, one.action))
    if not rules.leads or not set(rules.leads) <= ACTING:
        raise Malformed("a pair needs a leading person who may act", "bad_roles")
    levels: dict[tuple[Role, str], Level] = {(one.role, one.action): one.level for one in rules.changes}
    for row in orders.values():
        given = {role for role in ACTING if levels.get((role, row.action)) is Level.DECIDE}
        deciding = given | {role for role in row.decide if (role, row.action) not in levels}
        if not deciding or (row.pair and not deciding & set(rules.leads)):
            raise Malformed(f"nobody could decide {row.action!r}", "bad_roles")


class Table:
    """The table as one session has it."""

    def __init__(self, rules: RoleRules = RoleRules()) -> None:  # noqa: B008  # frozen
        """Raises `Malformed` (`bad_roles`) when `rules` give what no body may give."""
        _check(rules)
        self.rules = rules
        self.leads = frozenset(rules.leads)
        self._changed: dict[tuple[Role, str], Level] = {(one.role, one.action): one.level for one in rules.changes}

    def level(self, role: Role, action: str, stage: Stage) -> Level:
        """What `role` may do about `action` at `stage`; nothing for what is not listed."""
        row = _BY_ACTION.get(action)
        return Level.NO if row is None or stage not in row.stages else self.ever(role, action)

    def ever(self, role: Role, action: str) -> Level:
        """The same at the best of stages."""
        row = _BY_ACTION.get(action)
        if row is None:
            return Level.NO
        usual = Level.DECIDE if role in row.decide else Level.PROPOSE if role in row.propose else Level.NO
        return self._changed.get((role, action), usual)

    def pair(self, action: str) -> bool:
        """Whether two people must agree."""
        return _BY_ACTION[action].pair

    def pair_fits(self, action: str, first: Role, second: Role) -> bool:
        """Whether these two may agree on a pair's action: both decide, and one of them leads."""
        both = all(self.ever(one, action) is Level.DECIDE for one in (first, second))
        return both and bool(self.leads & {first, second})


DEFAULT: Final = Table()


def cells(table: Table = DEFAULT) -> Iterator[tuple[Role, Row, Stage, Level]]:
    """Every cell of the table."""
    for row in ROWS:
        for role in Role:
            for stage in Stage:
                yield role, row, stage, table.level(role, row.action, stage)
