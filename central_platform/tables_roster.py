"""Table of rosters. ID numbers stand in it as they are: the platform is where they stay.

Knows rows, not candidates: `central_platform.roster` does.
"""

from typing import NamedTuple

import sqlalchemy as sa

from central_platform.tables import Connection, metadata

roster_rows = sa.Table(
    "roster_rows",
    metadata,
    sa.Column("roster", sa.String(64), primary_key=True),
    sa.Column("ticket", sa.String(64), primary_key=True),
    sa.Column("id_number", sa.String(18), nullable=False),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("roster", "id_number"),
)


class CandidateRow(NamedTuple):
    """One candidate as stored: `content` is the hash of `body`, which is the whole row."""

    ticket: str
    id_number: str
    content: str
    body: bytes


def known(connection: Connection, roster: str) -> dict[str, tuple[str, str]]:
    """(content hash, ID number) by ticket."""
    columns = (roster_rows.c.ticket, roster_rows.c.content, roster_rows.c.id_number)
    query = sa.select(*columns).where(roster_rows.c.roster == roster)
    return {row.ticket: (row.content, row.id_number) for row in connection.execute(query)}


def put_candidates(connection: Connection, roster: str, rows: list[CandidateRow], replaced: set[str]) -> None:
    """Insert rows, after taking out those whose tickets are in `replaced`."""
    for ticket in sorted(replaced):
        same = sa.and_(roster_rows.c.roster == roster, roster_rows.c.ticket == ticket)
        connection.execute(sa.delete(roster_rows).where(same))
    if rows:
        connection.execute(sa.insert(roster_rows), [{"roster": roster, **row._asdict()} for row in rows])


def candidates(connection: Connection, roster: str) -> list[bytes]:
    """The bodies of a roster's rows, ordered by ticket."""
    query = sa.select(roster_rows.c.body).where(roster_rows.c.roster == roster).order_by(roster_rows.c.ticket)
    return list(connection.execute(query).scalars())


def roster_sizes(connection: Connection) -> dict[str, int]:
    """Number of candidates by roster."""
    names = roster_rows.c.roster
    query = sa.select(names, sa.func.count()).group_by(names).order_by(names)
    return {roster: size for roster, size in connection.execute(query)}
