"""Tables of what sites told of their records while an exam ran: signed heads and the grants of their keys.

Append-only: no row is ever changed or deleted. Knows rows; what they mean is the business of
`central_platform.heads`.
"""

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from central_platform.tables import Connection, metadata

head_rows = sa.Table(
    "heads",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("stream", sa.String(255), nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("contradicts", sa.Integer, nullable=False),
    sa.Index("ix_heads_place", "site", "stream", "epoch", "position"),
)
grant_rows = sa.Table(
    "grants",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("stream", sa.String(255), nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
)


class HeadRow(NamedTuple):
    """A head as it came, ms UTC `received`; `contradicts` is the number of the kept head that it contradicts, or 0."""

    number: int
    site: str
    stream: str
    epoch: int
    position: int
    digest: bytes
    time: int
    signature: bytes
    received: int
    contradicts: int


class GrantRow(NamedTuple):
    """A grant as it came; `sha256` in hex."""

    site: str
    sha256: str
    stream: str
    epoch: int
    document: bytes
    received: int


def add_head(connection: Connection, row: HeadRow) -> None:
    """Store one more head; its number is made here."""
    values = row._asdict()
    del values["number"]
    connection.execute(sa.insert(head_rows).values(values))


def of_epoch(connection: Connection, site: str, stream: str, epoch: int) -> list[HeadRow]:
    """The heads of one epoch, as they came."""
    same = (head_rows.c.site == site, head_rows.c.stream == stream, head_rows.c.epoch == epoch)
    return _heads(connection, *same)


def of_streams(connection: Connection, site: str, prefixes: Iterable[str]) -> list[HeadRow]:
    """The heads of all streams of a site whose names begin so, as they came."""
    named = [head_rows.c.stream.startswith(prefix, autoescape=True) for prefix in prefixes]
    return _heads(connection, head_rows.c.site == site, sa.or_(*named))


def contradictions(connection: Connection) -> list[HeadRow]:
    """Every head that contradicted a kept one, of all sites."""
    return _heads(connection, head_rows.c.contradicts != 0)


def sites_of(connection: Connection, session: str) -> list[str]:
    """The sites that told heads of a session."""
    query = sa.select(head_rows.c.site).where(head_rows.c.stream.startswith(f"sitting/{session}/", autoescape=True))
    return [site for (site,) in connection.execute(query.distinct().order_by(head_rows.c.site))]


def add_grant(connection: Connection, row: GrantRow) -> None:
    """Store a grant unless it is there."""
    same = sa.and_(grant_rows.c.site == row.site, grant_rows.c.sha256 == row.sha256)
    if connection.execute(sa.select(grant_rows.c.sha256).where(same)).first() is None:
        connection.execute(sa.insert(grant_rows).values(row._asdict()))


def grants_of(connection: Connection, site: str) -> list[GrantRow]:
    """The grants of a site, by stream and epoch."""
    query = sa.select(*(grant_rows.c[name] for name in GrantRow._fields)).where(grant_rows.c.site == site)
    return [GrantRow(*row) for row in connection.execute(query.order_by(grant_rows.c.stream, grant_rows.c.epoch))]


def _heads(connection: Connection, *conditions: sa.ColumnElement[bool]) -> list[HeadRow]:
    query = sa.select(*(head_rows.c[name] for name in HeadRow._fields)).where(*conditions)
    return [HeadRow(*row) for row in connection.execute(query.order_by(head_rows.c.number))]
