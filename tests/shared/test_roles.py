"""The table of roles: complete over everything that can be asked for, and what no body may change of it."""

import pytest

from deploy.roles import FILE, rendered
from shared import commands as c
from shared import messages as m
from shared.errors import Malformed
from shared.roles import (
    DEFAULT,
    HEADS,
    MACHINES,
    ORDERS,
    READERS,
    ROWS,
    Action,
    Change,
    Door,
    Level,
    Role,
    RoleRules,
    Stage,
    Table,
    cells,
)

RULES = RoleRules((Change(Role.TECHNICIAN, Action.ALLOW_LOGIN, Level.DECIDE),))


def tags(union: object) -> set[str]:
    """The wire tags of a union of messages."""
    return {str(kind.__struct_config__.tag) for kind in union.__args__}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("door", "union"),
    [(Door.PC, m.PcMessage), (Door.CONSOLE, m.ConsoleMessage), (Door.LINK, m.RoomToSite)],
    ids=["pc", "console", "link"],
)
def test_every_message_has_its_row_and_no_row_is_idle(door: Door, union: object) -> None:
    assert {row.action.partition(":")[2] for row in ROWS if row.door is door} == tags(union)


def test_every_order_to_the_room_has_its_row() -> None:
    words = {"".join(word.capitalize() for word in row.action[5:].split("_")) for row in ROWS if row.door is Door.ROOM}
    assert words == {kind.__name__ for kind in c.RoomCommand.__args__}


def test_every_cell_is_told_once_and_nothing_unlisted_is_allowed() -> None:
    found = list(cells())
    assert len({(role, row.action, stage) for role, row, stage, _ in found}) == len(found)
    assert len(found) == len(Role) * len(ROWS) * len(Stage)
    assert len({row.action for row in ROWS}) == len(ROWS)
    assert {row.action for row in ROWS if row.door in (Door.ORDER, Door.ROOM)} == set(Action)
    assert DEFAULT.level(Role.CHIEF, "order:nonsense", Stage.ANSWERING) is Level.NO


def test_who_only_reads_and_who_is_no_person_orders_nothing() -> None:
    orders = [cell for cell in cells() if cell[1].door in (Door.ORDER, Door.ROOM)]
    nobody = READERS | MACHINES | {Role.CANDIDATE, Role.OPERATOR}
    assert {level for role, _, _, level in orders if role in nobody} == {Level.NO}


def test_what_two_must_agree_on_needs_a_head_and_never_one_person() -> None:
    pairs = {Action(row.action) for row in ORDERS if row.pair}
    assert DEFAULT.pair(Action.CONFIRM_TIME) and not DEFAULT.pair(Action.RESET_PIN)
    due = "undo_violation extend_beyond reopen decide_held end_early"
    assert {action.value for action in pairs} == {f"order:{name}" for name in due.split()}
    for action in pairs:
        assert DEFAULT.pair_fits(action, Role.PROCTOR, Role.CHIEF) and DEFAULT.pair_fits(action, *HEADS)
        assert not DEFAULT.pair_fits(action, Role.PROCTOR, Role.PROCTOR)
        assert not DEFAULT.pair_fits(action, Role.CHIEF, Role.TECHNICIAN)


def test_seats_and_disqualification_are_the_heads_and_a_proctor_may_propose() -> None:
    for action in (Action.CHANGE_SEAT, Action.VOID_PAPER):
        assert DEFAULT.level(Role.PROCTOR, action, Stage.ANSWERING) is Level.PROPOSE
        assert all(DEFAULT.level(role, action, Stage.ANSWERING) is Level.DECIDE for role in HEADS)


def test_a_body_may_change_who_decides_for_its_session() -> None:
    table = Table(RULES)
    assert table.level(Role.TECHNICIAN, Action.ALLOW_LOGIN, Stage.LOGIN) is Level.DECIDE
    assert table.level(Role.TECHNICIAN, Action.ALLOW_LOGIN, Stage.ENDED) is Level.NO, "phases stay"
    assert DEFAULT.level(Role.TECHNICIAN, Action.ALLOW_LOGIN, Stage.LOGIN) is Level.NO
    led = Table(RoleRules(leads=(Role.PROCTOR,)))
    assert led.pair_fits(Action.REOPEN, Role.PROCTOR, Role.PROCTOR), "two proctors, where the body says so"


@pytest.mark.parametrize(
    "rules",
    [
        RoleRules((Change(Role.CANDIDATE, Action.ALLOW_LOGIN, Level.DECIDE),)),
        RoleRules((Change(Role.INSPECTOR, Action.ALLOW_LOGIN, Level.PROPOSE),)),
        RoleRules((Change(Role.ROOM, Action.ALLOW_LOGIN, Level.DECIDE),)),
        RoleRules((Change(Role.TECHNICIAN, Action.REOPEN, Level.PROPOSE),)),
        RoleRules((Change(Role.TECHNICIAN, Action.RESET_PIN, Level.DECIDE),)),
        RoleRules(tuple(Change(role, Action.VOID_PAPER, Level.NO) for role in HEADS)),
        RoleRules(tuple(Change(role, Action.REOPEN, Level.NO) for role in HEADS)),
        RoleRules((*RULES.changes, *RULES.changes)),
        RoleRules(leads=()),
        RoleRules(leads=(Role.AUDITOR,)),
    ],
    ids=["candidate", "reader", "machine", "pair", "room", "nobody", "no head", "twice", "no lead", "reader leads"],
)
def test_no_body_may_give_what_breaks_the_table(rules: RoleRules) -> None:
    with pytest.raises(Malformed) as caught:
        Table(rules)
    assert caught.value.wire_code == "bad_roles"


def test_the_document_is_the_table() -> None:
    assert FILE.read_text("utf-8") == rendered(), "run deploy/roles"
