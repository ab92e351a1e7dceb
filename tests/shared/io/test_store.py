"""The store on real files: order, restart, group commit, and a disk that refuses."""

import asyncio
import random
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from shared import crypto, ledger
from shared import records as r
from shared.errors import Damaged, Unavailable
from shared.io.recent import Stored
from shared.io.store import Batch, Store
from shared.ledger import START, Chain, Entry, Parsed, Point, open_epoch

KEY = crypto.new_key()
SIGNER = crypto.Ed25519Signer(KEY)

FULL_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
from shared import ledger, records as r
from shared.errors import Unavailable
from shared.io.store import Batch, Store

async def main() -> None:
    store = Store(Path(sys.argv[1]))
    chain = ledger.Chain("a", bytes(32), ledger.open_epoch(1, ledger.START))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    acknowledged = 0
    try:
        while acknowledged < 1000:
            await store.commit(Batch([ledger.parse(r.append(chain, r.PcEvent("x" * 5000), 1))]))
            acknowledged += 1
    except Unavailable as error:
        code = error.wire_code
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for attempt in range(3):
        try:
            await store.commit(Batch(facts={"probe": b"1"}))
            print("acknowledged after a failure")
        except Unavailable:
            pass
    store.close()
    print(code, acknowledged)

asyncio.run(main())
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "deep" / "ledger.db")
    yield made
    made.close()


def written(
    stream: str, count: int, epoch: int = 1, after: Point = START, text: str = ""
) -> tuple[Chain, list[Parsed]]:
    chain = Chain(stream, KEY, open_epoch(epoch, after))
    return chain, [ledger.parse(r.append(chain, r.PcEvent(f"{n}{text}"), n)) for n in range(count)]


async def test_entries_come_back_verbatim_in_order_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "ledger.db")
    chain, records = written("attempt/m/1", 5)
    later, more = written("attempt/m/1", 2, 2, chain.at)
    await store.commit(Batch(records[:3]))
    await store.commit(Batch([*records[3:], *more], [later.sign_head(SIGNER, 9)], {"a": b"1"}))
    store.close()
    again = Store(tmp_path / "ledger.db")
    assert again.entries("attempt/m/1", 1) == [one.entry for one in records]
    assert again.entries("attempt/m/1", 1, 3) == [one.entry for one in records[3:]]
    assert again.entries("attempt/m/1", 1, 1, 2) == [one.entry for one in records[1:3]]
    assert again.points() == {"attempt/m/1": (chain.at, later.at)}
    assert again.heads() == [later.sign_head(SIGNER, 9)]
    assert again.fact("a") == b"1"
    again.close()


async def test_a_prefix_is_taken_literally(store: Store) -> None:
    for stream in ("attempt/m_1/1", "attempt/mx1/1", "sitting/m_1/01"):
        chain, records = written(stream, 1)
        await store.commit(Batch(records, [chain.sign_head(SIGNER, 1)], {stream: b"x"}))
    assert list(store.points("attempt/m_1/")) == ["attempt/m_1/1"]
    assert [head.stream for head in store.heads("attempt/m_1/")] == ["attempt/m_1/1"]
    assert list(store.facts("attempt/m_1/")) == ["attempt/m_1/1"]
    assert store.points("site/") == {}


async def test_everything_since_a_number_comes_in_the_order_of_storing(store: Store) -> None:
    one, two = written("b", 2)[1], written("a", 2)[1]
    await store.commit(Batch([one[0], two[0]]))
    await store.commit(Batch([two[1], one[1]]))
    found = store.since(0, 10)
    assert [one.entry for one in found] == [x.entry for x in (one[0], two[0], two[1], one[1])]
    assert [(one.stream, one.epoch, one.position) for one in found] == [
        ("b", 1, 1),
        *(("a", 1, 1), ("a", 1, 2)),
        ("b", 1, 2),
    ]
    assert [one.seq for one in found] == sorted({one.seq for one in found})
    assert store.since(found[1].seq, 1) == [found[2]]


async def test_what_was_just_committed_is_handed_on_without_reading_it_again(store: Store) -> None:
    records = written("a", 300)[1]
    await store.commit(Batch(records))
    found = store.since(0, 1000)
    assert [row.seq for row in found] == list(range(1, 301))
    assert all(row.entry is one.entry for row, one in zip(found, records, strict=True))


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_passes_records_on_gets_all_that_is_in_the_file_in_its_order(tmp_path: Path, seed: int) -> None:
    """However far behind, over restarts, and beside another writer; never a row before it is in the file."""
    draw = random.Random(seed)
    path = tmp_path / "ledger.db"
    store = Store(path)
    heavy = "x" * draw.choice((10, 9_000))  # the heavy ones are more than is kept at hand
    given: list[Stored] = []
    for turn in range(16):
        waiting = [
            store.submit(Batch(written(f"{turn}/{n}", draw.choice((1, 3, 90)), text=heavy)[1]))
            for n in range(draw.randrange(4))
        ]
        for _ in range(draw.choice((0, 2, 30))):
            given += store.since(given[-1].seq if given else 0, draw.choice((1, 7, 200)))
            assert given[-1:] == in_file(path, given[-1].seq if given else 0)
        for one in waiting:
            await asyncio.wrap_future(one)
        if draw.random() < 0.1:
            store.close()
            store = Store(path)
        if draw.random() < 0.1:
            other = Store(path)
            await other.commit(Batch(written(f"{turn}/other", 5)[1]))
            other.close()
    while more := store.since(given[-1].seq if given else 0, 200):
        given += more
    store.close()
    assert given == in_file(path)


def in_file(path: Path, only: int | None = None) -> list[Stored]:
    """Every row as another reader finds it, or the one of a number."""
    query = "SELECT seq, stream, epoch, position, header, body FROM records WHERE seq BETWEEN ? AND ? ORDER BY seq"
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute(query, (only or 0, only if only is not None else 2**62)).fetchall()
    return [Stored(seq, stream, epoch, position, Entry(*entry)) for seq, stream, epoch, position, *entry in rows]


async def test_a_refused_commit_is_not_handed_on(store: Store) -> None:
    records = written("a", 3)[1]
    await store.commit(Batch(records[:2]))
    with pytest.raises(Unavailable):
        await store.commit(Batch([records[2], records[1]]))
    assert [row.position for row in store.since(0, 10)] == [1, 2]
    assert store.since(2, 10) == []


async def test_the_newest_head_and_fact_stand_and_none_deletes(store: Store) -> None:
    chain, records = written("a", 2)
    first = Chain("a", KEY, open_epoch(1, START)).sign_head(SIGNER, 1)
    await store.commit(Batch(records, [first], {"x": b"1", "y": b"1"}))
    await store.commit(Batch(heads=[chain.sign_head(SIGNER, 2)], facts={"x": b"2", "y": None}))
    assert store.heads() == [chain.sign_head(SIGNER, 2)]
    assert (store.fact("x"), store.fact("y")) == (b"2", None)


def commits(wal: bytes) -> int:
    """Transactions in a write-ahead log: its frames that state the file's size after a commit."""
    page = int.from_bytes(wal[8:12])
    return sum(int.from_bytes(wal[at + 4 : at + 8]) > 0 for at in range(32, len(wal), 24 + page))


async def test_many_waiting_batches_share_a_transaction_and_keep_their_order(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    blocker = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    before = commits((folder / "ledger.db-wal").read_bytes())
    blocker.execute("BEGIN IMMEDIATE")  # the writer waits here, and behind it everything else
    done = [store.submit(Batch([one])) for one in written("a", 300)[1]]
    assert not any(future.done() for future in done)
    blocker.execute("ROLLBACK")
    blocker.close()
    await asyncio.gather(*(asyncio.wrap_future(future) for future in done))
    assert 1 <= commits((folder / "ledger.db-wal").read_bytes()) - before <= 3
    assert store_rows(folder) == [(n, n) for n in range(1, 301)]


def store_rows(folder: Path) -> list[tuple[int, int]]:
    """(sequence, position) of every stored record."""
    with sqlite3.connect(folder / "ledger.db") as db:
        found = db.execute("SELECT seq, position FROM records ORDER BY seq").fetchall()
    db.close()
    return found


async def test_what_was_acknowledged_is_in_the_file_for_another_reader(store: Store, tmp_path: Path) -> None:
    await store.commit(Batch(written("a", 3)[1]))
    assert store_rows(tmp_path / "deep") == [(1, 1), (2, 2), (3, 3)]
    assert (tmp_path / "deep" / "ledger.db").stat().st_mode & 0o777 == 0o600


async def test_a_waiter_that_gives_up_does_not_stop_the_writing(store: Store) -> None:
    records = written("a", 2)[1]
    waiting = asyncio.ensure_future(store.commit(Batch(records[:1])))  # noqa: TID251  # it is cancelled at once
    await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(5):
        await store.commit(Batch(records[1:]))
    assert len(store.entries("a", 1)) == 2


async def test_the_same_position_twice_is_refused_and_ends_acknowledging(store: Store) -> None:
    records = written("a", 2)[1]
    await store.commit(Batch(records[:1]))
    with pytest.raises(Unavailable) as caught:
        await store.commit(Batch([records[1], records[0]]))
    assert caught.value.wire_code == "disk_failed"
    with pytest.raises(Unavailable):
        await store.commit(Batch(facts={"x": b"1"}))
    with pytest.raises(Unavailable, match="IntegrityError"):
        await store.fails()
    assert store.entries("a", 1) == [records[0].entry]
    assert store.fact("x") is None


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(5000))
    with pytest.raises(Damaged):
        Store(path)


def test_a_disk_that_refuses_the_folder_or_the_file_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "ledger.db").mkdir()
    for path in (tmp_path / "file" / "ledger.db", tmp_path / "ledger.db"):
        with pytest.raises(Unavailable, match="disk_failed"):
            Store(path)


async def test_what_the_database_cannot_hold_fails_the_commit_instead_of_leaving_it_waiting(store: Store) -> None:
    header = msgspec.structs.replace(written("a", 1)[1][0].header, item=2**63)
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable) as caught:
            await store.commit(Batch([Parsed(header, written("a", 1)[1][0].entry, bytes(32))]))
        assert caught.value.wire_code == "disk_failed"
        with pytest.raises(Unavailable):
            await store.commit(Batch(facts={"x": b"1"}))


def test_a_full_disk_is_never_acknowledged_and_only_a_restart_tries_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    code, acknowledged = done.stdout.split()
    assert code == "disk_failed" and 0 < int(acknowledged) < 1000
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY, "the limit stayed in the child"
    store = Store(path)
    assert len(store.entries("a", 1)) >= int(acknowledged)
    asyncio.run(store.commit(Batch(facts={"probe": b"1"})))
    assert store.fact("probe") == b"1"
    store.close()


async def test_a_copy_is_consistent_while_commits_go_on_and_never_written_over(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    chain = Chain("a", KEY, open_epoch(1, START))
    made = [ledger.parse(r.append(chain, r.PcEvent("x" * 2000), 1)) for _ in range(200)]
    await store.commit(Batch(made[:50]))
    waiting = [store.submit(Batch([one], facts={"last": str(one.header.position).encode()})) for one in made[50:]]
    await asyncio.to_thread(store.copy_to, tmp_path / "b.db")
    for one in waiting:
        await asyncio.wrap_future(one)
    copy = Store(tmp_path / "b.db")
    copy.check_brought()
    entries, last = copy.entries("a", 1), copy.fact("last")
    assert entries == store.entries("a", 1)[: len(entries)] and len(entries) >= 50
    assert last == (str(len(entries)).encode() if len(entries) > 50 else None), "records and facts of the same moment"
    copy.close()
    with pytest.raises(Unavailable) as refused:
        store.copy_to(tmp_path / "b.db")
    assert refused.value.wire_code == "save_failed"
    store.close()
