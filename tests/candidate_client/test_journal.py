"""The journal: sealed on disk, whole in order, and never at odds with the room unnoticed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from candidate_client.device import Device
from candidate_client.journal import Journal, last_point
from shared import crypto, ledger
from shared import records as r
from shared.errors import Damaged
from shared.io.store import Store
from shared.ledger import GENESIS, START, Parsed, Point

KEY = crypto.new_key()
DEVICE, OTHER = (crypto.Ed25519Signer(crypto.new_key()) for _ in range(2))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """This PC's store."""
    made = Store(tmp_path / "journal.db")
    yield made
    made.close()


def journal(store: Store, device: crypto.Ed25519Signer = DEVICE) -> Journal:
    """The candidate's journal in it."""
    return Journal(store, "m1", "1001", KEY, device)


def answers(one: Journal) -> dict[int, tuple[str, ...]]:
    """What counts."""
    return {number: letters for number, (letters, _) in one.answers(one.story()).items()}


async def test_begins_an_epoch_and_goes_on_after_a_restart(store: Store, tmp_path: Path) -> None:
    one = journal(store)
    await one.enter(1, START, START, 5)
    await one.write([(r.Answered(("A",)), 1), (r.Answered(("B", "C")), 2), (r.Answered(("D",)), 1)], 6)
    assert one.at.position == 4
    assert last_point(store, "1001") == one.at
    assert last_point(store, "1002") == START
    again = journal(store)
    await again.enter(1, START, Point(1, 2, one.after(1, 1)[0].digest), 7)
    assert again.at == one.at
    assert answers(again) == {1: ("D",), 2: ("B", "C")}
    assert b"Answered\xa6answer" not in (tmp_path / "journal.db").read_bytes()


async def test_a_later_epoch_continues_only_what_was_accepted(store: Store, tmp_path: Path) -> None:
    old = journal(store)
    await old.enter(1, START, START, 5)
    first, second = await old.write([(r.Answered(("A",)), 1), (r.Answered(("B",)), 1)], 6)
    elsewhere = Store(tmp_path / "other.db")
    new = journal(elsewhere, OTHER)
    await new.take_in([one.entry for one in old.after(1, 0)[:2]])
    await new.enter(2, Point(1, 2, first.digest), Point(2, 0, first.digest), 7)
    assert answers(new) == {1: ("A",)}
    assert new.unsent_elsewhere() == []

    await old.take_in([one.entry for one in (*old.after(1, 0)[:2], *new.after(2, 0))])
    await old.enter(3, new.at, Point(3, 0, new.at.digest), 8)
    assert answers(old) == {1: ("A",)}
    assert [(epoch, [one.digest for one in rest]) for epoch, rest in old.unsent_elsewhere()] == [(1, [second.digest])]
    elsewhere.close()


async def test_a_room_that_holds_something_else_is_noticed(store: Store) -> None:
    one = journal(store)
    await one.enter(1, START, START, 5)
    for head in (Point(1, 1, bytes(32)), Point(1, 2, bytes(32))):
        with pytest.raises(Damaged):
            await journal(store).enter(1, START, head, 6)
    with pytest.raises(Damaged):
        await journal(store).enter(2, one.at, Point(2, 1, bytes(32)), 6)


async def test_history_that_does_not_fit_is_not_taken(store: Store) -> None:
    one = journal(store)
    await one.enter(1, START, START, 5)
    foreign = ledger.Chain(one.stream, KEY, Point(1, 0, GENESIS))
    with pytest.raises(Damaged):
        await one.take_in([r.append(foreign, r.AttemptOpened(OTHER.public, START), 5)])
    elsewhere = ledger.Chain("attempt/m1/1002", KEY, Point(2, 0, GENESIS))
    with pytest.raises(Damaged):
        await one.take_in([r.append(elsewhere, r.AttemptOpened(OTHER.public, START), 5)])


async def test_a_head_is_signed_over_what_is_durable(store: Store) -> None:
    one = journal(store)
    await one.enter(1, START, START, 5)
    head = one.sign_head(9)
    ledger.verify_head(head, DEVICE.public)
    assert (head.point, head.time) == (one.at, 9)


async def test_an_epoch_that_is_granted_anew_from_another_point_is_not_gone_on_with(store: Store) -> None:
    """A spare room machine whose copy lacks the first grant gives the same number from where its copy ends."""
    old = journal(store)
    await old.enter(1, START, START, 5)
    first, second = await old.write([(r.Answered(("A",)), 1), (r.Answered(("B",)), 1)], 6)
    await old.enter(2, second.point, Point(2, 0, second.digest), 7)
    again = journal(store)
    await again.enter(2, second.point, Point(2, 0, second.digest), 8)
    with pytest.raises(Damaged, match="another point"):
        await journal(store).enter(2, first.point, Point(2, 0, first.digest), 9)


async def test_a_spare_machine_that_knows_of_no_later_epoch_gets_what_was_answered_in_it(store: Store) -> None:
    one = journal(store)
    await one.enter(1, START, START, 5)
    first, _ = await one.write([(r.Answered(("A",)), 1), (r.Answered(("A",)), 2)], 6)
    await one.enter(2, first.point, Point(2, 0, first.digest), 7)
    await one.write([(r.Answered(("B",)), 2), (r.Answered(("C",)), 3)], 8)
    await one.enter(1, START, first.point, 9)
    assert answers(one) == {1: ("A",), 2: ("B",), 3: ("C",)}
    kinds = [record.header.kind for record in one.after(1, 3)]
    assert kinds == ["PcEvent", "Answered", "Answered"]
    end = one.at
    await one.write([(r.Answered(("D",)), 3)], 10)
    again = journal(store)
    await again.enter(1, START, end, 11)
    assert answers(again) == {1: ("A",), 2: ("B",), 3: ("D",)}, "brought back once only"


@pytest.fixture
async def aside(store: Store) -> tuple[Parsed, Point]:
    """A journal with an epoch from a later point than the room's copy reaches, and that point."""
    old = journal(store)
    await old.enter(1, START, START, 5)
    first, second = await old.write([(r.Answered(("A",)), 1), (r.Answered(("B",)), 2)], 6)
    await old.enter(2, second.point, Point(2, 0, second.digest), 7)
    await old.write([(r.Answered(("C",)), 3)], 8)
    return first, old.at


async def test_an_epoch_granted_anew_begins_with_what_the_journal_set_aside_has_beyond_it(
    store: Store, tmp_path: Path, aside: tuple[Parsed, Point]
) -> None:
    first, end = aside
    fresh = Store(tmp_path / "fresh.db")
    new = journal(fresh)
    await new.take_in([one.entry for one in journal(store).after(1, 0)[:2]])
    await new.enter(2, first.point, Point(2, 0, first.digest), 9, [store])
    assert answers(new) == {1: ("A",), 2: ("B",), 3: ("C",)}
    note = new.after(2, 1)[0]
    told = r.read(note.header, note.entry, KEY)
    assert told == r.PcEvent("brought_back", f"2.2 {end.digest.hex()[:16]}")
    fresh.close()


@pytest.mark.parametrize("farther", [False, True])
async def test_what_the_candidate_answered_at_another_pc_since_stays(
    store: Store, tmp_path: Path, aside: tuple[Parsed, Point], farther: bool
) -> None:
    """The spare machine gave the other PC the epoch that this one has in its journal aside, and maybe a later one."""
    first, end = aside
    if farther:
        await journal(store).enter(3, end, Point(3, 0, end.digest), 9)
    elsewhere, fresh = Store(tmp_path / "other.db"), Store(tmp_path / "fresh.db")
    other, new = journal(elsewhere, OTHER), journal(fresh)
    history = [one.entry for one in journal(store).after(1, 0)[:2]]
    await other.take_in(history)
    await other.enter(2, first.point, Point(2, 0, first.digest), 10)
    (newer,) = await other.write([(r.Answered(("D",)), 3)], 11)
    await new.take_in([*history, *(one.entry for one in other.after(2, 0))])
    await new.enter(3, newer.point, Point(3, 0, newer.digest), 12, [store])
    assert answers(new) == {1: ("A",), 3: ("D",)} | ({2: ("B",)} if farther else {})
    elsewhere.close()
    fresh.close()


async def test_a_later_epoch_in_the_same_journal_is_brought_back_into_one_that_begins(store: Store) -> None:
    """The spare machine gives out a number that another PC had before."""
    one = journal(store)
    await one.enter(1, START, START, 5)
    first, second = await one.write([(r.Answered(("A",)), 1), (r.Answered(("B",)), 2)], 6)
    await one.enter(3, second.point, Point(3, 0, second.digest), 7)
    await one.write([(r.Answered(("C",)), 1)], 8)
    await one.enter(2, first.point, Point(2, 0, first.digest), 9)
    assert answers(one) == {1: ("C",), 2: ("B",)}
    (newer,) = await one.write([(r.Answered(("D",)), 1)], 10)
    again = journal(store)
    await again.enter(2, first.point, newer.point, 11)
    assert answers(again) == {1: ("D",), 2: ("B",)}
    assert again.at == newer.point, "nothing is brought back twice"


async def test_what_the_former_pc_sent_late_keeps_no_newer_answer_out(
    store: Store, tmp_path: Path, aside: tuple[Parsed, Point]
) -> None:
    first, _ = aside
    elsewhere, fresh = Store(tmp_path / "former.db"), Store(tmp_path / "fresh.db")
    former, new = journal(elsewhere, OTHER), journal(fresh)
    history = [one.entry for one in journal(store).after(1, 0)[:2]]
    await former.take_in(history)
    former._chain.at = first.point
    late = await former.write([(r.PcEvent("page_blur"), 0), (r.Answered(("X",)), 3)], 7)
    await new.take_in([*history, *(one.entry for one in late)])
    await new.enter(2, late[-1].point, Point(2, 0, late[-1].digest), 9, [store])
    assert answers(new) == {1: ("A",), 2: ("B",), 3: ("C",)}, "the one typed last, by the trusted time of both"
    elsewhere.close()
    fresh.close()


async def test_a_journal_aside_that_cannot_be_read_keeps_nobody_out(tmp_path: Path) -> None:
    (tmp_path / "journal-7.db").write_bytes(b"no database" * 1000)
    (tmp_path / "journal-3.db").touch()
    device = Device(tmp_path)
    one = Journal(device.store, "m1", "1001", KEY, DEVICE)
    await one.enter(1, START, START, 5, device.aside())
    assert one.at.position == 1
    await device.set_aside()
    assert (tmp_path / "journal-8.db").exists(), "the newest has the highest number"
    device.close()
