"""Tables of plans and of what is made from them: places, papers and keys.

Knows rows and bytes; `central_platform.plan` knows what they mean.
"""

from typing import NamedTuple

import sqlalchemy as sa

from central_platform.tables import Connection, metadata

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("place_rule", sa.String(16)),
    sa.Column("place_seed", sa.String(255)),
    sa.Column("paper_seed", sa.String(255)),
    sa.Column("shared", sa.LargeBinary),
)


def _session() -> sa.Column[str]:
    return sa.Column("session", sa.String(64), sa.ForeignKey("plans.session"), primary_key=True)


place_rows = sa.Table(
    "places",
    metadata,
    _session(),
    sa.Column("ticket", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("room", sa.String(64), nullable=False),
    sa.Column("seat", sa.Integer, nullable=False),
    sa.Column("form", sa.String(64), nullable=False),
    sa.Column("accommodation", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("session", "room", "seat"),
)
papers = sa.Table(
    "papers",
    metadata,
    _session(),
    sa.Column("form", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
paper_keys = sa.Table(
    "paper_keys",
    metadata,
    _session(),
    sa.Column("form", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("item", sa.String(64), nullable=False),
    sa.Column("answer", sa.String(26), nullable=False),
    sa.Column("marks", sa.Integer, nullable=False),
)


class PlanRow(NamedTuple):
    """One plan as stored; the seeds and the rule are None until places or papers were made."""

    session: str
    body: bytes
    place_rule: str | None = None
    place_seed: str | None = None
    paper_seed: str | None = None
    shared: bytes | None = None


class PlaceRow(NamedTuple):
    """One place; `accommodation` in ms."""

    ticket: str
    room: str
    seat: int
    form: str
    accommodation: int


class PaperKeyRow(NamedTuple):
    """The key of one item of one form; `answer` is the letters without separators, `marks` hundredths."""

    form: str
    number: int
    item: str
    answer: str
    marks: int


def plan(connection: Connection, session: str) -> PlanRow | None:
    """The plan of a session."""
    query = sa.select(*(plans.c[name] for name in PlanRow._fields)).where(plans.c.session == session)
    found = connection.execute(query).first()
    return PlanRow(*found) if found else None


def sessions(connection: Connection) -> list[str]:
    """The ids of all planned sessions, ordered."""
    return list(connection.execute(sa.select(plans.c.session).order_by(plans.c.session)).scalars())


def put_plan(connection: Connection, row: PlanRow) -> None:
    """Store a plan in place of an older one, together with everything that was made from that one being dropped."""
    for table in (place_rows, papers, paper_keys, plans):
        connection.execute(sa.delete(table).where(table.c.session == row.session))
    connection.execute(sa.insert(plans).values(row._asdict()))


def put_body(connection: Connection, session: str, body: bytes) -> None:
    """Change a plan's body; what was made from the plan stays."""
    connection.execute(sa.update(plans).where(plans.c.session == session).values(body=body))


def put_places(connection: Connection, session: str, rule: str, seed: str, rows: list[PlaceRow]) -> None:
    """Store all places of a session in place of the older ones, in this order."""
    connection.execute(sa.delete(place_rows).where(place_rows.c.session == session))
    values = [{"session": session, "position": at, **row._asdict()} for at, row in enumerate(rows)]
    connection.execute(sa.insert(place_rows), values)
    connection.execute(sa.update(plans).where(plans.c.session == session).values(place_rule=rule, place_seed=seed))


def places(connection: Connection, session: str) -> list[PlaceRow]:
    """All places of a session, by room and seat in the order of the arrangement."""
    columns = [place_rows.c[name] for name in PlaceRow._fields]
    query = sa.select(*columns).where(place_rows.c.session == session).order_by(place_rows.c.position)
    return [PlaceRow(*row) for row in connection.execute(query)]


def put_papers(
    connection: Connection, session: str, seed: str, bodies: dict[str, bytes], keys: list[PaperKeyRow], shared: bytes
) -> None:
    """Store all forms of a session and their keys in place of the older ones."""
    for table in (papers, paper_keys):
        connection.execute(sa.delete(table).where(table.c.session == session))
    forms = enumerate(bodies.items())
    values = [{"session": session, "form": form, "position": at, "body": body} for at, (form, body) in forms]
    connection.execute(sa.insert(papers), values)
    connection.execute(sa.insert(paper_keys), [{"session": session, **key._asdict()} for key in keys])
    connection.execute(sa.update(plans).where(plans.c.session == session).values(paper_seed=seed, shared=shared))


def paper_bodies(connection: Connection, session: str) -> dict[str, bytes]:
    """The papers of a session by form, in the order of assembly."""
    query = sa.select(papers.c.form, papers.c.body).where(papers.c.session == session).order_by(papers.c.position)
    return {form: body for form, body in connection.execute(query)}


def key_rows(connection: Connection, session: str) -> list[PaperKeyRow]:
    """The keys of a session, by form and number."""
    columns = [paper_keys.c[name] for name in PaperKeyRow._fields]
    query = sa.select(*columns).where(paper_keys.c.session == session)
    return [PaperKeyRow(*row) for row in connection.execute(query.order_by(paper_keys.c.form, paper_keys.c.number))]
