"""A ledger's file that somebody brought is one, or is refused."""

import sqlite3
from pathlib import Path

import pytest

from shared.errors import Damaged
from shared.io.store import Batch, Store


async def written(folder: Path) -> Path:
    """A ledger's file with one fact."""
    path = folder / "ledger.db"
    store = Store(path)
    await store.commit(Batch(facts={"here": b"1"}))
    store.close()
    return path


def checked(path: Path) -> None:
    store = Store(path, reading=True)
    try:
        store.check_brought()
    finally:
        store.close()


async def test_a_file_as_a_store_wrote_it_passes(tmp_path: Path) -> None:
    checked(await written(tmp_path))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE facts SET value = 'text'", "facts.value"),
        ("UPDATE facts SET name = printf('%5000d', 1)", "facts.name"),
        ("CREATE TABLE other (x)", "no whole ledger"),
        ("DROP TABLE heads", "no whole ledger"),
        ("CREATE TRIGGER t AFTER INSERT ON facts BEGIN DELETE FROM records; END", "no whole ledger"),
    ],
)
async def test_a_file_made_by_somebody_else_is_refused(tmp_path: Path, change: str, told: str) -> None:
    path = await written(tmp_path)
    db = sqlite3.connect(path)
    db.execute(change)
    db.commit()
    db.close()
    with pytest.raises(Damaged, match=told):
        checked(path)
