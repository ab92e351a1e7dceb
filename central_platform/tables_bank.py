"""Tables of item banks and of pictures, which are stored once by their SHA-256.

Knows rows and bytes, not items: `central_platform.bank` does.
"""

from typing import NamedTuple

import sqlalchemy as sa

from central_platform.tables import BATCH, Connection, metadata

bank_items = sa.Table(
    "bank_items",
    metadata,
    sa.Column("bank", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

picture_files = sa.Table(
    "pictures",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)


class ItemRow(NamedTuple):
    """One item as stored: `content` is the hash of `body`, which is the whole item."""

    id: str
    kind: str
    content: str
    body: bytes


def content_hashes(connection: Connection, bank: str) -> dict[str, str]:
    """Content hash by item id."""
    query = sa.select(bank_items.c.id, bank_items.c.content).where(bank_items.c.bank == bank)
    return {row.id: row.content for row in connection.execute(query)}


def add_items(connection: Connection, bank: str, rows: list[ItemRow]) -> None:
    """Insert items whose ids are new to the bank."""
    if rows:
        connection.execute(sa.insert(bank_items), [{"bank": bank, **row._asdict()} for row in rows])


def update_items(connection: Connection, bank: str, rows: list[ItemRow]) -> None:
    """Replace items that the bank has."""
    for row in rows:
        same = sa.and_(bank_items.c.bank == bank, bank_items.c.id == row.id)
        connection.execute(sa.update(bank_items).where(same).values(row._asdict()))


def items(connection: Connection, bank: str) -> list[ItemRow]:
    """All items of a bank, ordered by id."""
    columns = [bank_items.c[name] for name in ItemRow._fields]
    query = sa.select(*columns).where(bank_items.c.bank == bank).order_by(bank_items.c.id)
    return [ItemRow(*row) for row in connection.execute(query)]


def bank_sizes(connection: Connection) -> dict[str, int]:
    """Number of items by bank."""
    query = sa.select(bank_items.c.bank, sa.func.count()).group_by(bank_items.c.bank).order_by(bank_items.c.bank)
    return {bank: size for bank, size in connection.execute(query)}


def add_pictures(connection: Connection, new: dict[str, bytes]) -> None:
    """Store the pictures that are not there yet."""
    there = pictures(connection, set(new)).keys()
    for sha in sorted(new.keys() - there):
        connection.execute(sa.insert(picture_files).values(sha256=sha, data=new[sha]))


def pictures(connection: Connection, wanted: set[str]) -> dict[str, bytes]:
    """Picture bytes by SHA-256, of those that are stored."""
    found: dict[str, bytes] = {}
    order = sorted(wanted)
    for at in range(0, len(order), BATCH):
        query = sa.select(picture_files.c.sha256, picture_files.c.data)
        for sha, data in connection.execute(query.where(picture_files.c.sha256.in_(order[at : at + BATCH]))):
            found[sha] = data
    return found
