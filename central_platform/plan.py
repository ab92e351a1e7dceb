"""Plans of sessions, and what is made from them once: the arrangement and the papers with their keys.

A plan is data (`central_platform.model.Plan`); this module checks it, stores it, runs the pure `arrange` and `assemble`
on it and stores what they give. What was made once is not changed by accident: making it again with another result
takes `replace`. Issues and seals nothing (`central_platform.issue` does).
"""

import msgspec

from central_platform import tables_plan
from central_platform.arrange import Fill, arrange
from central_platform.assemble import assemble, check_blueprint, draw
from central_platform.bank import load_bank, load_pictures
from central_platform.model import SPARE, Assembly, BlueprintPart, KeyRow, Plan, Shared, valid_name
from central_platform.roster import load_roster
from central_platform.tables import Connection, Database
from shared import codec, limits
from shared.errors import Refused
from shared.model import Paper, Place, Rules
from shared.roles import Table


def decode_plan(data: bytes) -> Plan:
    """A plan from JSON text, strictly; Malformed otherwise. `check_plan` is not called."""
    return codec.decode_json(Plan, data, limits.DOCUMENT_BYTES)


def decode_blueprint(data: bytes) -> tuple[BlueprintPart, ...]:
    """A blueprint from a JSON list of {kind, count, marks (hundredths)}; Malformed, or Refused `bad_blueprint`."""
    parts = tuple(codec.decode_json(list[BlueprintPart], data, limits.DOCUMENT_BYTES))
    check_blueprint(parts)
    return parts


def check_plan(plan: Plan) -> None:
    """Refused `bad_plan` naming the first thing that cannot be; Refused `bad_blueprint`; Malformed `bad_roles`."""
    check_blueprint(plan.blueprint)
    session, rooms, most = plan.session, [planned.room for planned in plan.rooms], limits.SEATS_PER_ROOM
    names = [session.id, plan.bank, plan.roster, *plan.sites, *(room.id for room in rooms), *session.forms]
    wrong = next((name for name in names if not valid_name(name)), None)
    problems = (
        (wrong is not None, f"{wrong!r} cannot be a name"),
        (not rooms, "there is no room"),
        (len({room.id for room in rooms}) < len(rooms), "a room is named twice"),
        (any(not 0 < room.seats <= most for room in rooms), f"a room has 1 to {most} seats"),
        (any(not 0 <= room.spares <= most for room in rooms), f"a room has 0 to {most} spares"),
        (not session.forms or len(set(session.forms)) < len(session.forms), "forms must be distinct"),
        (SPARE in session.forms, f"the form {SPARE!r} is the spare paper's and is dealt to nobody"),
        (session.start <= 0, "the start is missing"),
        (any(extra <= 0 for extra in plan.accommodations.values()), "an accommodation must be positive"),
    )
    for wrong_now, detail in problems:
        if wrong_now:
            raise Refused(f"plan {session.id}: {detail}", "bad_plan")
    _check_rules(session.id, session.rules)
    Table(plan.roles)


def store_plan(database: Database, plan: Plan, *, replace: bool = False) -> bool:
    """Store a checked plan; the same plan again changes nothing. Returns whether something changed.

    Refused `bad_plan`, `bad_blueprint`, Malformed `bad_roles`; Refused `plan_in_use` when another plan of this session
    already has places or papers and `replace` is not set; with it they are dropped.
    """
    check_plan(plan)
    body = msgspec.json.encode(plan)
    with database.write() as connection:
        old = tables_plan.plan(connection, plan.session.id)
        if old is not None and old.body == body:
            return False
        if old is not None and (old.place_seed or old.paper_seed) and not replace:
            raise Refused(f"session {plan.session.id} is already arranged or assembled", "plan_in_use")
        tables_plan.put_plan(connection, tables_plan.PlanRow(plan.session.id, body))
    return True


def set_blueprint(
    database: Database, session: str, blueprint: tuple[BlueprintPart, ...], *, replace: bool = False
) -> None:
    """Change what papers are drawn by; places stay.

    Refused `unknown_session`, `bad_blueprint`; `already_assembled` when papers were drawn by another blueprint and
    `replace` is not set.
    """
    check_blueprint(blueprint)
    with database.write() as connection:
        plan = _plan(connection, session)
        if plan.blueprint == blueprint:
            return
        if tables_plan.paper_bodies(connection, session) and not replace:
            raise Refused(f"session {session} has papers by another blueprint already", "already_assembled")
        changed = msgspec.structs.replace(plan, blueprint=blueprint)
        tables_plan.put_body(connection, session, msgspec.json.encode(changed))


def load_plan(database: Database, session: str) -> Plan:
    """The plan of a session; Refused `unknown_session`."""
    with database.read() as connection:
        return _plan(connection, session)


def planned_sessions(database: Database) -> list[str]:
    """The ids of all planned sessions, ordered."""
    with database.read() as connection:
        return tables_plan.sessions(connection)


def arrange_session(
    database: Database, session: str, seed: str, rule: Fill = Fill.EVEN, *, replace: bool = False
) -> tuple[Place, ...]:
    """Give everybody on the plan's roster a place, and store it; the same result again changes nothing.

    Refused `unknown_session`, `unknown_roster`, `too_few_seats`, `bad_plan`, `bad_seed`; `already_arranged` when other
    places are stored and `replace` is not set.
    """
    _check_seed(seed)
    plan = load_plan(database, session)
    tickets = [row.ticket for row in load_roster(database, plan.roster)]
    if unknown := plan.accommodations.keys() - set(tickets):
        raise Refused(f"an accommodation for ticket {min(unknown)}, who is not on the roster", "bad_plan")
    rooms = [planned.room for planned in plan.rooms if not planned.emergency]
    places = tuple(arrange(tickets, rooms, rule, seed, plan.session.forms, plan.accommodations))
    with database.write() as connection:
        _same_plan(connection, plan)
        old = _places(connection, session)
        if old and old != places and not replace:
            raise Refused(f"session {session} has another arrangement already", "already_arranged")
        if old != places:
            rows = [tables_plan.PlaceRow(p.ticket, p.room, p.seat, p.form, p.accommodation) for p in places]
            tables_plan.put_places(connection, session, rule.value, seed, rows)
    return places


def load_places(database: Database, session: str, site: str | None = None) -> tuple[Place, ...]:
    """The places of a session, of all sites or of one; Refused `not_arranged` if there are none at all."""
    with database.read() as connection:
        plan, places = _plan(connection, session), _places(connection, session)
    if not places:
        raise Refused(f"session {session} is not arranged", "not_arranged")
    rooms = {planned.room.id for planned in plan.rooms if site in (None, planned.site)}
    return tuple(place for place in places if place.room in rooms)


def assemble_session(database: Database, session: str, seed: str, *, replace: bool = False) -> Assembly:
    """Draw every form of the plan and the spare, and store papers and keys; the same result again changes nothing.

    Refused `unknown_session`, `unknown_bank`, `bank_too_small`, `paper_too_large`, `bad_seed`; `already_assembled`
    when other papers are stored and `replace` is not set.
    """
    _check_seed(seed)
    plan = load_plan(database, session)
    drawn = draw(load_bank(database, plan.bank), plan.blueprint, (*plan.session.forms, SPARE), seed)
    pictures = load_pictures(database, drawn.pictures())
    made = assemble(drawn, plan.blueprint, seed, session=session, title=plan.session.title, pictures=pictures)
    bodies = {paper.form: codec.encode(paper) for paper in made.papers}
    keys = [tables_plan.PaperKeyRow(k.form, k.number, k.item, "".join(k.answer), k.marks) for k in made.keys]
    with database.write() as connection:
        _same_plan(connection, plan)
        old = tables_plan.paper_bodies(connection, session)
        same = old == bodies and set(tables_plan.key_rows(connection, session)) == set(keys)
        if old and not same and not replace:
            raise Refused(f"session {session} has other papers already", "already_assembled")
        if not same:
            tables_plan.put_papers(connection, session, seed, bodies, keys, msgspec.json.encode(made.shared))
    return made


def load_assembly(database: Database, session: str) -> Assembly:
    """The stored papers, keys and overlaps of a session; Refused `unknown_session`, `not_assembled`."""
    with database.read() as connection:
        row = tables_plan.plan(connection, session)
        bodies = tables_plan.paper_bodies(connection, session)
        keys = tables_plan.key_rows(connection, session)
    if row is None:
        raise Refused(f"there is no plan of session {session!r}", "unknown_session")
    if not bodies or row.paper_seed is None or row.shared is None:
        raise Refused(f"session {session} has no papers", "not_assembled")
    return Assembly(
        seed=row.paper_seed,
        papers=tuple(codec.decode(Paper, body, limits.PAPER_BYTES) for body in bodies.values()),
        keys=tuple(
            KeyRow(form=key.form, number=key.number, item=key.item, answer=tuple(key.answer), marks=key.marks)
            for key in sorted(keys, key=lambda key: (list(bodies).index(key.form), key.number))
        ),
        shared=msgspec.json.decode(row.shared, type=tuple[Shared, ...]),
    )


def _check_rules(session: str, rules: Rules) -> None:
    numbers = msgspec.to_builtins(rules)
    negative = [name for name, value in numbers.items() if isinstance(value, int) and value < 0]
    outside = any(not 0 <= reminder < rules.duration for reminder in rules.reminders)
    if negative or outside or rules.duration == 0:
        detail = f"rules must not be negative and reminders lie within the duration {', '.join(negative)}"
        raise Refused(f"plan {session}: {detail}", "bad_plan")


def _check_seed(seed: str) -> None:
    if not valid_name(seed):
        raise Refused("a seed is 1 to 64 visible characters without blanks", "bad_seed")


def _plan(connection: Connection, session: str) -> Plan:
    row = tables_plan.plan(connection, session)
    if row is None:
        raise Refused(f"there is no plan of session {session!r}", "unknown_session")
    return msgspec.json.decode(row.body, type=Plan)


def _same_plan(connection: Connection, plan: Plan) -> None:
    """What was computed from `plan` outside this transaction must still be from the stored one."""
    if _plan(connection, plan.session.id) != plan:
        raise Refused(f"the plan of session {plan.session.id} changed meanwhile", "plan_in_use")


def _places(connection: Connection, session: str) -> tuple[Place, ...]:
    return tuple(Place(*row) for row in tables_plan.places(connection, session))
