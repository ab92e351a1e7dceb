"""What a store keeps at hand of its last commits: a run without holes, of bounded size, and never a guess."""

from shared import ledger
from shared import records as r
from shared.io.recent import Recent, Stored
from shared.ledger import START, Chain, Parsed, open_epoch


def written(count: int, size: int = 100) -> list[Parsed]:
    chain = Chain("a", bytes(32), open_epoch(1, START))
    return [ledger.parse(r.append(chain, r.PcEvent("x" * size), n)) for n in range(count)]


def test_it_hands_on_what_was_put_from_the_very_next_row_on() -> None:
    rows, recent = written(5), Recent()
    recent.put(2, rows[:2])
    recent.put(5, rows[2:])
    assert recent.since(0, 10) == [Stored(n, "a", 1, n, rows[n - 1].entry) for n in range(1, 6)]
    assert [row.seq for row in recent.since(1, 2)] == [2, 3]
    assert recent.since(5, 10) == []


def test_rows_before_its_first_and_behind_a_hole_are_not_its_business() -> None:
    rows, recent = written(6), Recent()
    recent.put(11, rows[:2])
    assert recent.since(0, 10) == recent.since(8, 10) == []
    assert [row.seq for row in recent.since(9, 10)] == [10, 11]
    recent.put(15, rows[2:4])  # somebody else wrote 12 and 13
    assert recent.since(9, 10) == recent.since(12, 10) == []
    assert [row.entry for row in recent.since(13, 10)] == [one.entry for one in rows[2:4]]


def test_it_forgets_the_oldest_rather_than_grow() -> None:
    rows = written(100)
    most = 20 * rows[0].entry.size()
    recent = Recent(most)
    for n, one in enumerate(rows, 1):
        recent.put(n, [one])
        held = [len(recent.since(seq, 1000)) for seq in range(n)]
        assert max(held) * rows[0].entry.size() <= most
        assert held[-1] == 1
        assert sorted(filter(None, held), reverse=True) == list(range(max(held), 0, -1))
