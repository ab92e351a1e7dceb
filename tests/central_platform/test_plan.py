"""Plans, places and papers in a real database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from central_platform.arrange import Fill
from central_platform.bank import store_bank
from central_platform.importers.reading import Reading
from central_platform.model import BlueprintPart, Plan, PlannedRoom, RosterRow
from central_platform.plan import (
    arrange_session,
    assemble_session,
    decode_blueprint,
    decode_plan,
    load_assembly,
    load_places,
    load_plan,
    planned_sessions,
    store_plan,
)
from central_platform.roster import store_roster
from central_platform.tables import Database, open_database
from shared.errors import Malformed, Refused
from shared.model import ItemKind, Room, Rules, Session
from shared.roles import Action, Change, Level, Role, RoleRules
from tests.support.imports import bank_items, id_number

SESSION = Session(id="s1", title="电工理论", occupation="电工", level="四级", subject="theory", start=1_800_000_000_000)
ROOMS = (
    PlannedRoom(site="east", room=Room(id="101", name="一考场", seats=3, spares=1)),
    PlannedRoom(site="west", room=Room(id="201", name="二考场", seats=3, spares=0)),
)
PLAN = Plan(
    session=SESSION,
    bank="电工",
    roster="六月",
    rooms=ROOMS,
    blueprint=(BlueprintPart(kind=ItemKind.SINGLE, count=3, marks=200),),
    accommodations={"260001": 600_000},
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    rows = [RosterRow(ticket=f"26{n:04d}", name="考生", id_number=id_number(n)) for n in range(5)]
    with open_database(f"sqlite:///{tmp_path / 'p.db'}") as opened:
        store_bank(opened, "电工", Reading(rows=tuple(bank_items(7))))
        store_roster(opened, "六月", Reading(rows=tuple(rows)))
        yield opened


def changed(**fields: Any) -> Plan:
    return msgspec.structs.replace(PLAN, **fields)


def refusal(action: Any) -> str:
    with pytest.raises(Refused) as caught:
        action()
    return caught.value.wire_code


def test_a_plan_is_data(database: Database) -> None:
    assert decode_plan(msgspec.json.encode(PLAN)) == PLAN
    with pytest.raises(Malformed):
        decode_plan(b'{"session": 1}')
    assert store_plan(database, PLAN) is True
    assert store_plan(database, PLAN) is False
    assert load_plan(database, "s1") == PLAN
    assert planned_sessions(database) == ["s1"]
    assert PLAN.sites == ("east", "west")


@pytest.mark.parametrize(
    "plan",
    [
        changed(rooms=()),
        changed(rooms=ROOMS[:1] * 2),
        changed(rooms=(PlannedRoom(site="east", room=Room(id="1", name="x", seats=41, spares=0)),)),
        changed(rooms=(PlannedRoom(site="east", room=Room(id="1", name="x", seats=1, spares=-1)),)),
        changed(bank="a b"),
        changed(accommodations={"260001": 0}),
        changed(session=msgspec.structs.replace(SESSION, forms=("A", "A"))),
        changed(session=msgspec.structs.replace(SESSION, forms=("A", "spare"))),
        changed(session=msgspec.structs.replace(SESSION, start=0)),
        changed(session=msgspec.structs.replace(SESSION, rules=Rules(duration=0))),
        changed(session=msgspec.structs.replace(SESSION, rules=Rules(late_entry=-1))),
        changed(session=msgspec.structs.replace(SESSION, rules=Rules(duration=60_000))),
    ],
)
def test_plans_that_cannot_be_are_refused(database: Database, plan: Plan) -> None:
    assert refusal(lambda: store_plan(database, plan)) == "bad_plan"
    assert planned_sessions(database) == []


def test_a_body_changes_who_may_do_what_within_bounds(database: Database) -> None:
    clicking = Change(Role.TECHNICIAN, Action.ALLOW_LOGIN, Level.DECIDE)
    assert store_plan(database, changed(roles=RoleRules((clicking,)))) is True
    assert load_plan(database, "s1").roles.changes == (clicking,)
    reading = Change(Role.INSPECTOR, Action.ALLOW_LOGIN, Level.DECIDE)
    with pytest.raises(Malformed) as caught:
        store_plan(database, changed(roles=RoleRules((reading,))))
    assert caught.value.wire_code == "bad_roles"
    assert load_plan(database, "s1").roles.changes == (clicking,)


def test_an_arrangement_is_stored_and_not_changed_by_accident(database: Database) -> None:
    store_plan(database, PLAN)
    assert refusal(lambda: load_places(database, "s1")) == "not_arranged"
    places = arrange_session(database, "s1", "7")
    assert arrange_session(database, "s1", "7") == places == load_places(database, "s1")
    assert [place.room for place in load_places(database, "s1", "west")] == ["201", "201"]
    assert {p.ticket: p.accommodation for p in places if p.accommodation} == {"260001": 600_000}
    assert refusal(lambda: arrange_session(database, "s1", "8")) == "already_arranged"
    assert load_places(database, "s1") == places
    again = arrange_session(database, "s1", "8", Fill.IN_ORDER, replace=True)
    assert load_places(database, "s1") == again != places


def test_arranging_needs_seats_and_known_tickets(database: Database) -> None:
    store_plan(database, changed(rooms=ROOMS[:1]))
    assert refusal(lambda: arrange_session(database, "s1", "7")) == "too_few_seats"
    store_plan(database, changed(accommodations={"999999": 1}))
    assert refusal(lambda: arrange_session(database, "s1", "7")) == "bad_plan"
    assert refusal(lambda: arrange_session(database, "s1", "")) == "bad_seed"
    assert refusal(lambda: arrange_session(database, "s2", "7")) == "unknown_session"


def test_papers_are_stored_with_their_overlap_and_not_changed_by_accident(database: Database) -> None:
    store_plan(database, PLAN)
    assert refusal(lambda: load_assembly(database, "s1")) == "not_assembled"
    made = assemble_session(database, "s1", "7")
    assert [paper.form for paper in made.papers] == ["A", "B", "spare"]
    assert [pair.items for pair in made.shared] == [0, 2, 0]
    assert load_assembly(database, "s1") == made == assemble_session(database, "s1", "7")
    assert refusal(lambda: assemble_session(database, "s1", "8")) == "already_assembled"
    again = assemble_session(database, "s1", "8", replace=True)
    assert load_assembly(database, "s1") == again != made


def test_papers_do_not_follow_the_bank_silently(database: Database) -> None:
    store_plan(database, PLAN)
    made = assemble_session(database, "s1", "7")
    mended = tuple(msgspec.structs.replace(item, answer=("D",)) for item in bank_items(7))
    store_bank(database, "电工", Reading(rows=mended))
    assert refusal(lambda: assemble_session(database, "s1", "7")) == "already_assembled"
    assert load_assembly(database, "s1") == made


def test_a_plan_in_use_is_replaced_on_purpose_only(database: Database) -> None:
    store_plan(database, PLAN)
    arrange_session(database, "s1", "7")
    other = changed(accommodations={})
    assert refusal(lambda: store_plan(database, other)) == "plan_in_use"
    assert load_plan(database, "s1") == PLAN
    assert store_plan(database, other, replace=True)
    assert refusal(lambda: load_places(database, "s1")) == "not_arranged"


def test_a_blueprint_is_data_too() -> None:
    data = b'[{"kind": "single", "count": 3, "marks": 200}]'
    assert decode_blueprint(data) == PLAN.blueprint
    assert refusal(lambda: decode_blueprint(b"[]")) == "bad_blueprint"
    with pytest.raises(Malformed):
        decode_blueprint(b'[{"kind": "essay", "count": 3, "marks": 200}]')


def test_nobody_is_placed_in_an_emergency_room(database: Database) -> None:
    spare = PlannedRoom(site="east", room=Room(id="102", name="备用", seats=3, spares=0), emergency=True)
    store_plan(database, changed(rooms=(spare, *ROOMS)))
    assert {place.room for place in arrange_session(database, "s1", "seed")} == {"101", "201"}
