"""Writes `docs/roles.md` from the table of `shared.roles`; a test holds the file to it."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shared import roles  # noqa: E402  # found only once the checkout is on the path
from shared.roles import DEFAULT, Door, Level, Role, Row, Stage  # noqa: E402

FILE: Final = ROOT / "docs" / "roles.md"

NAMES: Final = {
    Role.OPERATOR: "platform operator 平台操作员",
    Role.ADMINISTRATOR: "site administrator 考点系统管理员",
    Role.CHIEF: "chief invigilator 主考",
    Role.DEPUTY: "deputy 副主考",
    Role.TECHNICAL_HEAD: "technical head 考试技术主管",
    Role.PROCTOR: "proctor 监考员",
    Role.TECHNICIAN: "technician 技术人员",
    Role.INSPECTOR: "inspector 巡考",
    Role.ASSESSOR: "assessor 考评员",
    Role.SUPERVISOR: "quality supervisor 质量督导",
    Role.AUDITOR: "auditor 审计",
    Role.CANDIDATE: "candidate 考生",
    Role.ROOM: "an enrolled room machine",
    Role.SITE: "a registered site machine",
    Role.STRANGER: "whoever has proven nothing",
}
DOORS: Final = {
    Door.ORDER: "Orders of a sitting",
    Door.ROOM: "Orders to the room as a whole",
    Door.CONSOLE: "Messages of a console",
    Door.PC: "Messages of a candidate PC",
    Door.LINK: "Messages of a room to the site",
    Door.ROUTE: "HTTP routes",
    Door.VERB: "Commands at the site machine",
}
HEAD: Final = """# Roles

Written by `deploy/roles` from the table in `shared/roles.py`, which the programs ask; do not edit. Who is not named
in a row may not do it, and what has no row does not exist. A body may change the orders of a sitting for its
session in the formal authorisation ([formats.md](formats.md), `RoleRules`): never for those who only read, and a
pair stays a pair.

**decides** does it; **proposes** asks, and somebody else who decides confirms or declines; **two** (a pair) needs
two different people who both decide, one of them 主考 or 副主考. `Confirm` and `Decline` need the right to what was
proposed. A paper is voided by any violation but a first warning (`void_paper`); `extend_beyond` is extra time
beyond the rule of the session; `resume_here` is another PC at the same seat, `change_seat` at another one.

Stages are the phases of a sitting on trusted time, for an order about one candidate that candidate's own: `early`
before log-in may open, `login`, `reading`, `answering`, `grace`, `over` until *end exam*, `ended` after it;
`before` where no sitting is concerned.
"""


def rendered() -> str:
    """The whole document."""
    return "\n".join([HEAD, *_roles(), *(line for door in Door for line in _section(door))]) + "\n"


def _roles() -> Iterator[str]:
    yield "| role | who |\n|---|---|"
    yield from (f"| `{role.value}` | {NAMES[role]} |" for role in Role)


def _section(door: Door) -> Iterator[str]:
    rows = [row for row in roles.ROWS if row.door is door]
    if not rows:
        return
    yield f"\n## {DOORS[door]}\n\n| action | stages | decides | proposes |\n|---|---|---|---|"
    yield from (_row(row) for row in rows)


def _row(row: Row) -> str:
    two = "two: " if row.pair else ""
    able = {level: [role for role in Role if DEFAULT.ever(role, row.action) is level] for level in Level}
    stages = "all" if row.stages == frozenset(Stage) else _named(stage for stage in Stage if stage in row.stages)
    name = row.action.partition(":")[2]
    return f"| `{name}` | {stages} | {two}{_named(able[Level.DECIDE])} | {_named(able[Level.PROPOSE])} |"


def _named(found: Iterable[Role] | Iterable[Stage]) -> str:
    names = [f"`{one.value}`" for one in found]
    return "anybody" if len(names) == len(Role) else " ".join(names)


if __name__ == "__main__":
    FILE.write_text(rendered(), "utf-8")
