"""The outbox: in order, nothing twice by itself, and away only by an acknowledgement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto, ledger, limits
from shared import records as r
from shared.errors import Damaged, Misuse
from shared.ledger import Chain, Parsed, Point
from shared.outbox import Outbox


def made(count: int, epoch: int = 1, letters: int = 1) -> list[Parsed]:
    """That many records of an epoch."""
    chain = Chain("attempt/m1/1001", crypto.new_key(), Point(epoch, 0, ledger.GENESIS))
    return [ledger.parse(r.append(chain, r.Answered(("A" * letters,)), 1, 1)) for _ in range(count)]


def at(record: Parsed) -> Point:
    """The point of a record."""
    return Point(record.header.epoch, record.header.position, record.digest)


def test_everything_goes_out_once_and_waits_for_its_acknowledgement() -> None:
    records = made(3)
    box = Outbox(1, records)
    assert box.batch() == tuple(one.entry for one in records)
    assert box.batch() == ()
    assert len(box) == 3
    assert box.acknowledge(at(records[1])) == (records[0], records[1])
    assert box.acknowledge(at(records[1])) == ()
    assert len(box) == 1


def test_what_is_added_later_goes_alone() -> None:
    records = made(3)
    box = Outbox(1, records[:2])
    box.batch()
    box.add(records[2])
    assert box.batch() == (records[2].entry,)


def test_what_is_added_after_an_acknowledgement_goes_too() -> None:
    records = made(4)
    box = Outbox(1, records[:3])
    box.batch()
    box.acknowledge(at(records[1]))
    box.add(records[3])
    assert box.batch() == (records[3].entry,)


def test_a_new_connection_sends_all_that_is_unacknowledged() -> None:
    records = made(3)
    box = Outbox(1, records)
    box.batch()
    box.acknowledge(at(records[0]))
    box.rewind()
    assert box.batch() == (records[1].entry, records[2].entry)


def test_a_gap_is_filled_from_where_the_receiver_is() -> None:
    records = made(4)
    box = Outbox(1, records)
    box.batch()
    assert box.resend(2)
    assert box.batch() == (records[2].entry, records[3].entry)


def test_a_receiver_that_went_back_needs_more_than_is_here() -> None:
    records = made(3)
    box = Outbox(1, records)
    box.acknowledge(at(records[1]))
    assert not box.resend(0)
    assert box.resend(2)
    box.acknowledge(at(records[2]))
    assert not box.resend(0)


def test_another_record_at_the_receiver_is_noticed() -> None:
    box = Outbox(1, made(2))
    with pytest.raises(Damaged):
        box.acknowledge(Point(1, 2, bytes(32)))
    assert len(box) == 2


def test_another_epoch_changes_nothing() -> None:
    box = Outbox(2, made(2, epoch=2))
    assert box.acknowledge(Point(1, 2, bytes(32))) == ()
    assert len(box) == 2


def test_records_come_in_order() -> None:
    records = made(3)
    box = Outbox(1, records[:1])
    with pytest.raises(Misuse):
        box.add(records[2])
    with pytest.raises(Misuse):
        box.add(made(1, epoch=2)[0])


def test_frames_keep_to_the_limits() -> None:
    many = Outbox(1, made(limits.RECORDS_PER_FRAME + 1))
    assert len(many.batch()) == limits.RECORDS_PER_FRAME
    assert len(many.batch()) == 1
    large = Outbox(1, made(10, letters=9_000))
    frame = large.batch()
    assert sum(entry.size() for entry in frame) <= limits.BATCH_BYTES
    assert 1 < len(frame) < 10


SAMPLE = made(12)
STEPS = st.tuples(st.sampled_from(["add", "batch", "acknowledge", "rewind", "resend"]), st.integers(0, len(SAMPLE)))


@given(st.lists(STEPS, max_size=30))
def test_it_behaves_like_a_list_with_two_marks(steps: list[tuple[str, int]]) -> None:
    box, added, gone, sent = Outbox(1), 0, 0, 0
    for do, drawn in steps:
        number = drawn
        if do == "add" and added < len(SAMPLE):
            box.add(SAMPLE[added])
            added += 1
        elif do == "batch":
            assert box.batch() == tuple(one.entry for one in SAMPLE[sent:added])
            sent = added
        elif do == "acknowledge" and sent > gone:
            number = gone + 1 + number % (sent - gone)
            assert box.acknowledge(at(SAMPLE[number - 1])) == tuple(SAMPLE[gone:number])
            gone = number
        elif do == "rewind":
            box.rewind()
            sent = gone
        elif do == "resend" and added > gone:
            assert box.resend(number) == (number >= gone)
            sent = min(number, added) if number >= gone else sent
        assert len(box) == added - gone
