"""Tables of what the platform exchanges with sites before an exam: sites, keys, sealed papers, documents, reports.

Knows rows and bytes; what they mean is the business of `central_platform.sites` and `central_platform.issue`.
"""

from typing import NamedTuple

import sqlalchemy as sa

from central_platform.tables import Connection, metadata
from shared import limits

site_rows = sa.Table(
    "sites",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("dongle", sa.LargeBinary, nullable=False),
    sa.Column("ca_certificate", sa.LargeBinary, nullable=False),
    sa.Column("token_sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("registered", sa.BigInteger, nullable=False),
)
data_keys = sa.Table(
    "data_keys",
    metadata,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("room", sa.String(64), primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
)
sealed_papers = sa.Table(
    "sealed_papers",
    metadata,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("form", sa.String(64), primary_key=True),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
issued_documents = sa.Table(
    "issued_documents",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("site", sa.String(64), nullable=False, index=True),
    sa.Column("session", sa.String(64), nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("site", "session", "type", "version"),
)
status_reports = sa.Table(
    "status_reports",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("site", sa.String(64), nullable=False, index=True),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)


class SiteRow(NamedTuple):
    """A registered site; `registered` is ms UTC."""

    site: str
    name: str
    dongle: bytes
    ca_certificate: bytes
    token_sha256: str
    registered: int


class SealedRow(NamedTuple):
    """A sealed paper form; `content` is the SHA-256 (hex) of the plain paper it was made from."""

    form: str
    content: str
    key: bytes
    sealed: bytes


class IssuedRow(NamedTuple):
    """An issued document; its bytes lie in the file named by `sha256` (hex). `not_before` is ms UTC, 0 for at once."""

    sha256: str
    site: str
    session: str
    type: str
    version: int
    size: int
    not_before: int


def put_site(connection: Connection, row: SiteRow) -> None:
    """Add a site, or replace the row of the same name."""
    connection.execute(sa.delete(site_rows).where(site_rows.c.site == row.site))
    connection.execute(sa.insert(site_rows).values(row._asdict()))


def site(connection: Connection, name: str) -> SiteRow | None:
    """The site of that name."""
    return _site(connection, site_rows.c.site == name)


def site_by_token(connection: Connection, token_sha256: str) -> SiteRow | None:
    """The site whose token has that digest (hex)."""
    return _site(connection, site_rows.c.token_sha256 == token_sha256)


def _site(connection: Connection, condition: sa.ColumnElement[bool]) -> SiteRow | None:
    query = sa.select(*(site_rows.c[name] for name in SiteRow._fields)).where(condition)
    found = connection.execute(query).first()
    return SiteRow(*found) if found else None


def keys_of(connection: Connection, session: str) -> dict[str, bytes]:
    """The data keys of a session by room; the session's own stands under the empty name."""
    query = sa.select(data_keys.c.room, data_keys.c.key).where(data_keys.c.session == session)
    return {room: key for room, key in connection.execute(query)}


def add_keys(connection: Connection, session: str, new: dict[str, bytes]) -> None:
    """Store data keys of rooms that have none yet."""
    if new:
        connection.execute(sa.insert(data_keys), [{"session": session, "room": r, "key": k} for r, k in new.items()])


def sessions_with_keys(connection: Connection) -> list[str]:
    """The sessions that were issued at least once, by name."""
    query = sa.select(data_keys.c.session).distinct().order_by(data_keys.c.session)
    return [session for (session,) in connection.execute(query)]


def sealed_of(connection: Connection, session: str) -> dict[str, SealedRow]:
    """The sealed forms of a session by form."""
    query = sa.select(*(sealed_papers.c[name] for name in SealedRow._fields)).where(sealed_papers.c.session == session)
    return {row.form: SealedRow(*row) for row in connection.execute(query)}


def put_sealed(connection: Connection, session: str, row: SealedRow) -> None:
    """Store a sealed form in place of an older one."""
    same = sa.and_(sealed_papers.c.session == session, sealed_papers.c.form == row.form)
    connection.execute(sa.delete(sealed_papers).where(same))
    connection.execute(sa.insert(sealed_papers).values(session=session, **row._asdict()))


def newest_version(connection: Connection, session: str, types: tuple[str, ...]) -> int:
    """The highest version issued of these types for a session at any site, 0 for none."""
    chosen = sa.and_(issued_documents.c.session == session, issued_documents.c.type.in_(types))
    return connection.execute(sa.select(sa.func.max(issued_documents.c.version)).where(chosen)).scalar() or 0


def set_not_before(connection: Connection, sha256: str, not_before: int) -> None:
    """Give a document out only from that instant (ms UTC) on."""
    chosen = issued_documents.c.sha256 == sha256
    connection.execute(sa.update(issued_documents).where(chosen).values(not_before=not_before))


def add_issued(connection: Connection, rows: list[IssuedRow]) -> None:
    """Store the rows of new documents."""
    connection.execute(sa.insert(issued_documents), [row._asdict() for row in rows])


def issued_for(connection: Connection, site_name: str) -> list[IssuedRow]:
    """All documents of a site, by session, type and ascending version."""
    columns = [issued_documents.c[name] for name in IssuedRow._fields]
    order = [issued_documents.c[name] for name in ("session", "type", "version")]
    query = sa.select(*columns).where(issued_documents.c.site == site_name).order_by(*order)
    return [IssuedRow(*row) for row in connection.execute(query)]


def add_report(
    connection: Connection, site_name: str, received: int, body: bytes, most: int = limits.REPORTS_KEPT
) -> None:
    """Keep a site's report as it came, and of its older ones the newest, `most` in all."""
    connection.execute(sa.insert(status_reports).values(site=site_name, received=received, body=body))
    mine = status_reports.c.site == site_name
    newest_first = sa.select(status_reports.c.number).where(mine).order_by(status_reports.c.number.desc())
    too_old = connection.execute(newest_first.offset(most).limit(1)).scalar()
    if too_old is not None:
        connection.execute(sa.delete(status_reports).where(mine, status_reports.c.number <= too_old))


def last_report(connection: Connection, site_name: str) -> bytes | None:
    """The newest report of a site."""
    query = sa.select(status_reports.c.body).where(status_reports.c.site == site_name)
    return connection.execute(query.order_by(status_reports.c.number.desc()).limit(1)).scalar()
