"""Tables of what comes back from sites: uploads under way, verified bundles, and what each candidate did.

Knows rows and bytes; the rules are in `central_platform.uploads` and `central_platform.ingest`.
"""

from typing import NamedTuple

import sqlalchemy as sa

from central_platform.tables import Connection, metadata

upload_rows = sa.Table(
    "uploads",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("session", sa.String(64), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("code", sa.String(64), nullable=False, default=""),
    sa.Column("detail", sa.Text, nullable=False, default=""),
)
bundle_rows = sa.Table(
    "bundles",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("session", sa.String(64), nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("records", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("receipt", sa.LargeBinary, nullable=False),
)
outcome_rows = sa.Table(
    "outcomes",
    metadata,
    sa.Column("bundle", sa.String(64), sa.ForeignKey("bundles.sha256"), primary_key=True),
    sa.Column("ticket", sa.String(64), primary_key=True),
    sa.Column("room", sa.String(64), nullable=False),
    sa.Column("form", sa.String(64), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("answers", sa.LargeBinary, nullable=False),
)


class UploadRow(NamedTuple):
    """One upload; `sha256` in hex; `code` and `detail` say why its bundle was refused, empty while it was not."""

    id: str
    site: str
    session: str
    sha256: str
    size: int
    created: int
    code: str = ""
    detail: str = ""


class BundleRow(NamedTuple):
    """One verified bundle and the signed receipt for it; `sha256` in hex, `received` ms UTC."""

    sha256: str
    site: str
    session: str
    size: int
    records: int
    received: int
    receipt: bytes


class OutcomeRow(NamedTuple):
    """One candidate as a bundle tells: `answers` is the MessagePack of item number -> letters."""

    ticket: str
    room: str
    form: str
    status: str
    answers: bytes


def upload(connection: Connection, id_: str) -> UploadRow | None:
    """The upload of that id."""
    query = sa.select(*(upload_rows.c[name] for name in UploadRow._fields)).where(upload_rows.c.id == id_)
    found = connection.execute(query).first()
    return UploadRow(*found) if found else None


def uploads(connection: Connection) -> list[UploadRow]:
    """All uploads, oldest first."""
    query = sa.select(*(upload_rows.c[name] for name in UploadRow._fields)).order_by(upload_rows.c.created)
    return [UploadRow(*row) for row in connection.execute(query)]


def add_upload(connection: Connection, row: UploadRow) -> None:
    """Store a new upload."""
    connection.execute(sa.insert(upload_rows).values(row._asdict()))


def set_verdict(connection: Connection, id_: str, code: str, detail: str) -> None:
    """Note why the bundle of an upload was refused; empty texts take that back."""
    connection.execute(sa.update(upload_rows).where(upload_rows.c.id == id_).values(code=code, detail=detail))


def bundle(connection: Connection, sha256: str) -> BundleRow | None:
    """The verified bundle of that digest (hex)."""
    query = sa.select(*(bundle_rows.c[name] for name in BundleRow._fields)).where(bundle_rows.c.sha256 == sha256)
    found = connection.execute(query).first()
    return BundleRow(*found) if found else None


def bundles(connection: Connection, session: str) -> list[BundleRow]:
    """The verified bundles of a session; those with most records first, then the earliest."""
    query = sa.select(*(bundle_rows.c[name] for name in BundleRow._fields)).where(bundle_rows.c.session == session)
    order = (bundle_rows.c.site, bundle_rows.c.records.desc(), bundle_rows.c.received, bundle_rows.c.sha256)
    return [BundleRow(*row) for row in connection.execute(query.order_by(*order))]


def add_bundle(connection: Connection, row: BundleRow, outcomes: list[OutcomeRow]) -> None:
    """Store a verified bundle with what its candidates did."""
    connection.execute(sa.insert(bundle_rows).values(row._asdict()))
    if outcomes:
        connection.execute(sa.insert(outcome_rows), [{"bundle": row.sha256, **one._asdict()} for one in outcomes])


def outcomes_of(connection: Connection, sha256: str) -> list[OutcomeRow]:
    """The candidates of a bundle, by ticket."""
    query = sa.select(*(outcome_rows.c[name] for name in OutcomeRow._fields)).where(outcome_rows.c.bundle == sha256)
    return [OutcomeRow(*row) for row in connection.execute(query.order_by(outcome_rows.c.ticket))]
