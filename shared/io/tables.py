"""How a ledger's file is laid out: its three tables, and the check that a file which somebody brought is just that.

Reads no records and knows no transaction: `shared.io.store` does.
"""

from functools import cache

import sqlalchemy as sa

from shared import limits
from shared.errors import Damaged

META = sa.MetaData()
RECORDS = sa.Table(
    "records",
    META,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("item", sa.Integer, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("header", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("stream", "epoch", "position"),
)
HEADS = sa.Table(
    "heads",
    META,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("time", sa.Integer, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)
FACTS = sa.Table(
    "facts",
    META,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

_KINDS: dict[type[object], tuple[str, int]] = {
    sa.Text: ("text", limits.KIB),
    sa.Integer: ("integer", 20),
    sa.LargeBinary: ("blob", limits.OFFER_BYTES),
}
"""Of each type of column what SQLite calls its values, and their largest length."""


def check(db: sa.Connection) -> None:
    """Raises `Damaged` unless there is nothing in it but what a store writes, each value of its kind and size."""
    if _layout(db) != _own_layout() or db.exec_driver_sql("PRAGMA quick_check").scalar() != "ok":
        raise Damaged("the file is no whole ledger as a store lays it out")
    for table in META.sorted_tables:
        for column in table.columns:
            kind, most = _KINDS[type(column.type)]
            wrong = sa.or_(sa.func.typeof(column) != kind, sa.func.length(column) > most)
            if db.execute(sa.select(sa.literal(1)).select_from(table).where(wrong).limit(1)).scalar():
                raise Damaged(f"a value in {table.name}.{column.name} is none that a store writes")


@cache
def _own_layout() -> set[tuple[str, str, str]]:
    with sa.create_engine("sqlite://").connect() as db:
        META.create_all(db)
        return _layout(db)


def _layout(db: sa.Connection) -> set[tuple[str, str, str]]:
    """Every object of a database but SQLite's own."""
    rows = db.exec_driver_sql("SELECT type, name, coalesce(sql, '') FROM sqlite_master")
    return {(row[0], row[1], row[2]) for row in rows}
