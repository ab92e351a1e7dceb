"""Ledgers on disk as witnesses: what the owner hands out, and a copied room.db as far as its heads cover it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from shared import codec, crypto, ledger, signed
from shared import documents as d
from shared import messages as m
from shared.errors import Damaged, Malformed
from shared.io import witnesses
from shared.io.store import Batch, Store
from shared.ledger import Head, Point
from tests.support.receipts import grant, receipt
from tests.support.small_day import SmallDay, T, usual_day

SITTING = "sitting/m1/01"


@pytest.fixture(scope="module")
def day() -> SmallDay:
    return usual_day()


def head(day: SmallDay, position: int) -> Head:
    point = Point(1, position, day.sitting_entries[position - 1].digest)
    return Head(SITTING, point, T, day.room_key.sign(ledger.head_bytes(SITTING, point, T)))


async def filled(path: Path, day: SmallDay, position: int) -> None:
    """A room's store with everything of the day, and a sitting's head at a position."""
    store = Store(path)
    entries = [*(entry for pc in day.pcs.values() for entry in pc.entries), *day.sitting_entries]
    offer = m.SessionOffer(day.formal, b"", b"", grant(day), ())
    site = Head("site/s1", Point(1, 4, bytes(32)), T, b"")
    facts: dict[str, bytes | None] = {
        "offer/m1": codec.encode(offer), "site-head/1": codec.encode(d.HeldHead(site, T + 5)), "site-grant/1": b"g",
    }  # fmt: skip
    await store.commit(Batch([ledger.parse(entry) for entry in entries], [head(day, position)], facts))
    store.close()


@pytest.fixture
async def room(tmp_path: Path, day: SmallDay) -> AsyncIterator[Path]:
    await filled(tmp_path / "room.db", day, len(day.sitting_entries))
    yield tmp_path / "room.db"


def lengths(trails: tuple[d.Trail, ...]) -> dict[tuple[str, int], int]:
    return {(one.stream, one.epoch): len(one.digests) // 32 for one in trails}


async def test_the_owner_tells_all_digests_heads_and_grants(room: Path, day: SmallDay) -> None:
    store = Store(room)
    found = witnesses.parts(store)
    only = witnesses.parts(store, "m2")
    store.close()
    assert lengths(found.trails)[SITTING, 1] == len(day.sitting_entries)
    assert found.trails[-1].digests == b"".join(entry.digest for entry in day.sitting_entries)
    assert [one.head.stream for one in found.heads] == [SITTING, "site/s1"]
    assert found.documents == (grant(day), b"g") or len(found.documents) == 2
    assert only.trails == () and [one.head.stream for one in only.heads] == ["site/s1"]


async def test_a_copied_ledger_tells_what_its_heads_cover_and_is_not_touched(tmp_path: Path, day: SmallDay) -> None:
    position = next(n for n, e in enumerate(day.sitting_entries, 1) if ledger.header_of(e).kind == "Accepted") + 1
    await filled(tmp_path / "room.db", day, position)
    before = (tmp_path / "room.db").read_bytes()
    found = witnesses.load(tmp_path / "room.db")
    assert (tmp_path / "room.db").read_bytes() == before and found.data == b""
    ends = {(told.stream, told.epoch): told.end for told in found.told}
    assert ends.pop((SITTING, 1)) == position
    assert ends.pop(("site/s1", 1)) == 4
    assert ends and all(0 < end <= 2 for end in ends.values()), "attempts as far as the covered verdicts name them"


async def test_a_broken_chain_is_named(room: Path) -> None:
    store = Store(room)
    entry = ledger.Chain(SITTING, crypto.new_key(), Point(1, 40, bytes(32))).append("HandRaised", T, plain=b"x")
    await store.commit(Batch([ledger.parse(entry)]))
    with pytest.raises(Damaged, match=r"sitting/m1/01 1\.41"):
        witnesses.parts(store)
    store.close()


def test_receipts_and_witness_files_are_read_and_others_refused(tmp_path: Path, day: SmallDay) -> None:
    (tmp_path / "r.kdd").write_bytes(receipt(day))
    assert witnesses.load(tmp_path / "r.kdd").receipt is not None
    payload = d.Witness("s1", "01", T, (), (), ())
    (tmp_path / "w.kdw").write_bytes(signed.sign(day.room_key, d.WITNESS, payload))
    assert witnesses.load(tmp_path / "w.kdw").witness == payload
    for data in (b"", b"junk", bytes(9 << 20)):
        (tmp_path / "x").write_bytes(data)
        with pytest.raises(Malformed):
            witnesses.load(tmp_path / "x")


HOSTILE = {
    "number for bytes": "UPDATE records SET body = 1000000000",
    "text for bytes": "UPDATE records SET header = 'x'",
    "bytes for text": "UPDATE records SET stream = x'ff' WHERE seq = 5",
    "text that is none": "UPDATE records SET stream = CAST(x'ff' AS TEXT) WHERE seq = 5",
    "far position": "UPDATE records SET position = 9000000000000000000 WHERE position = 5",
    "endless view": (
        "DROP TABLE records; CREATE VIEW records AS WITH RECURSIVE n(seq) AS (SELECT 1 UNION ALL SELECT seq FROM n) "
        "SELECT seq, 'a' stream, 1 epoch, 1 position, 0 item, x'' digest, x'' header, x'' body FROM n"
    ),
    "one column more": "ALTER TABLE heads ADD COLUMN more AS (zeroblob(1000000000))",
    "large value": "UPDATE facts SET value = zeroblob(20000000)",
}


@pytest.mark.parametrize("how", HOSTILE)
async def test_a_ledger_made_to_mislead_a_reader_is_damaged(room: Path, how: str) -> None:
    with closing(sqlite3.connect(room)) as db:
        db.executescript(HOSTILE[how])
    with pytest.raises(Damaged):
        witnesses.load(room)


def test_a_ledger_with_any_flipped_byte_is_read_or_damaged(tmp_path: Path, day: SmallDay) -> None:
    room = tmp_path / "room.db"
    asyncio.run(filled(room, day, 9))
    data = room.read_bytes()
    for at in range(0, len(data), 1499):
        room.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        with suppress(Damaged, Malformed):
            witnesses.load(room)
    for size in (100, 4096, len(data) - 1):
        room.write_bytes(data[:size])
        with pytest.raises(Damaged):
            witnesses.load(room)
