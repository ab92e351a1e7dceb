"""What every document for a site has in common: how long it counts, keys wrapped to the dongle, its row and its bytes.

Decides nothing about content: `issue`, `spare` and `changes` do.
"""

from typing import TypeVar

from central_platform import tables_exchange as t
from central_platform.home import Home
from central_platform.sites import dongle_of
from central_platform.tables import Connection
from shared import codec, crypto, limits, signed
from shared import documents as d
from shared.model import Session

VALID_AFTER = 30 * 24 * 60 * limits.MINUTE
"""Authorisations outlive the end of the session by this much, for a late or repeated evening at a site."""
T = TypeVar("T", bound=d.Document)


def expiry(session: Session) -> int:
    """When the documents of a session cease to count."""
    return session.start + session.rules.duration + VALID_AFTER


def wrapped(site: t.SiteRow, type_: str, session: str, version: int, keys: object) -> bytes:
    """Keys for the site's dongle, bound to what they stand in."""
    return crypto.wrap(dongle_of(site).wrap, codec.encode(keys), d.wrap_info(type_, site.site, session, version))


def kept(
    home: Home, data: bytes, site: str, session: str, type_: str, version: int, not_before: int = 0
) -> t.IssuedRow:
    """Keeps the bytes of a document and gives the row that offers it."""
    return t.IssuedRow(home.keep_document(data), site, session, type_, version, len(data), not_before)


def newest(rows: list[t.IssuedRow]) -> list[t.IssuedRow]:
    """Of each session and type the newest version."""
    return list({(row.session, row.type): row for row in sorted(rows, key=lambda row: row.version)}.values())


def newest_row(connection: Connection, site: str, session: str, type_: str) -> t.IssuedRow | None:
    """The newest document of a type that a site was issued for a session."""
    found = newest(t.issued_for(connection, site))
    return next((row for row in found if (row.session, row.type) == (session, type_)), None)


def read(home: Home, row: t.IssuedRow, kind: type[T]) -> T:
    """The payload of a document issued here."""
    data = home.document_path(row.sha256).read_bytes()
    return signed.verify(data, row.type, home.keys.issuing.public, kind)
