"""The ledger of attempts: one verdict for each record, from the right room, and nothing after the end."""

from collections.abc import Callable

import pytest

from shared import crypto
from shared import records as r
from shared.attempts import AttemptLedger
from shared.errors import Damaged
from shared.ledger import START, Point, attempt_stream
from shared.model import Place
from shared.stays import Stays

DEVICE = crypto.Ed25519Signer(bytes(32)).public
OTHER = crypto.Ed25519Signer(bytes([1]) * 32).public
STREAM = attempt_stream("m1", "1001")


def point(position: int, epoch: int = 1) -> Point:
    return Point(epoch, position, bytes([epoch, position]) * 16)


def part(first: int, upto: int, epoch: int = 1) -> r.Range:
    return r.Range("1001", epoch, first, upto, point(upto, epoch).digest)


def book(
    records: int = 4, epoch: int = 1, continues: Point = START, into: AttemptLedger | None = None
) -> AttemptLedger:
    """A ledger that has read `records` records of an epoch."""
    made = into or AttemptLedger(Stays([Place("1001", "01", 1, "A")]))
    made.expect(STREAM, "1001")
    made.open(STREAM, epoch, r.AttemptOpened(DEVICE, continues))
    for position in range(1, records + 1):
        made.record(STREAM, point(position, epoch))
    return made


def grant(epoch: int = 1, continues: Point = START, device: crypto.PublicKey = DEVICE) -> r.AttemptGranted:
    return r.AttemptGranted("1001", epoch, 1, device, continues)


def tell(made: AttemptLedger, *verdicts: r.Record, room: str = "01") -> AttemptLedger:
    """The room's word."""
    for verdict in verdicts:
        made.verdict(room, verdict)
    return made


def test_neighbouring_ranges_become_one_and_held_records_are_counted() -> None:
    made = tell(
        book(), grant(), r.Accepted((part(1, 1),)), r.Accepted((part(2, 3),)), r.Held(part(4, 4), "late"),
        r.Collected("1001", point(3)),
    )  # fmt: skip
    made.finish(0, 1)
    assert made.accepted == {"1001": [part(1, 3)]}
    assert (made.held, made.count) == (1, 1)
    assert made.device(STREAM, 1) == DEVICE


def test_a_moved_attempt_goes_on_in_the_next_epoch() -> None:
    made = book(2, 2, point(4), into=book())
    tell(made, grant(), r.Accepted((part(1, 4),)), grant(2, point(4)), r.Accepted((part(1, 2, 2),)))
    tell(made, r.HandedIn("1001", point(2, 2))).finish(1, 0)
    assert made.accepted["1001"] == [part(1, 4), part(1, 2, 2)]


@pytest.mark.parametrize(
    ("verdicts", "message"),
    [
        ([grant(), grant()], "granted twice"),
        ([grant(2)], "does not continue"),
        ([grant(continues=point(1))], "does not continue"),
        ([r.Accepted((part(1, 1),))], "never granted"),
        ([grant(), r.Accepted((part(2, 2),))], "judged twice or not at all"),
        ([grant(), r.Accepted((part(1, 2),)), r.Accepted((part(2, 3),))], "judged twice or not at all"),
        ([grant(), r.Held(part(1, 2), "early"), r.Accepted((part(1, 2),))], "judged twice or not at all"),
        ([grant(), r.Accepted((part(1, 0),))], "judged twice or not at all"),
        ([grant(), r.Accepted((part(1, 2),)), r.HandedIn("1001", point(1))], "another point"),
        ([grant(), r.HandedIn("1001", START), r.Collected("1001", START)], "closed twice"),
        ([grant(), r.HandedIn("1001", START), r.Accepted((part(1, 1),))], "accepted after it was closed"),
    ],
)
def test_a_verdict_that_cannot_be_is_damage(verdicts: list[r.Record], message: str) -> None:
    with pytest.raises(Damaged, match=message):
        tell(book(), *verdicts)


@pytest.mark.parametrize("verdict", [grant(), r.Accepted((part(1, 1),)), r.Held(part(1, 1), "late")])
def test_another_room_decides_nothing(verdict: r.Record) -> None:
    made = book() if isinstance(verdict, r.AttemptGranted) else tell(book(), grant())
    with pytest.raises(Damaged, match="room 02 has no such epoch"):
        tell(made, verdict, room="02")


ENDINGS: list[tuple[str, Callable[[], AttemptLedger], tuple[int, int]]] = [
    ("was not granted", book, (0, 0)),
    ("was not granted", lambda: tell(book(), grant(device=OTHER)), (0, 0)),
    ("does not cover", lambda: tell(book(), grant()), (0, 0)),
    ("does not cover", lambda: tell(book(), grant(), r.Accepted((part(1, 3),))), (0, 0)),
    ("does not cover", lambda: tell(book(), grant(), r.Accepted((part(1, 5),))), (0, 0)),
    ("more papers", lambda: tell(book(), grant(), r.Accepted((part(1, 4),))), (1, 0)),
    ("more papers", lambda: tell(book(), grant(), r.Accepted((part(1, 4),)), r.HandedIn("1001", point(4))), (1, 1)),
]


@pytest.mark.parametrize(("message", "made", "counts"), ENDINGS)
def test_what_is_missing_at_the_end_is_damage(
    message: str, made: Callable[[], AttemptLedger], counts: tuple[int, int]
) -> None:
    with pytest.raises(Damaged, match=message):
        made().finish(*counts)


def test_a_verdict_about_records_that_are_not_there_is_damage() -> None:
    made = AttemptLedger(Stays([Place("1001", "01", 1, "A")]))
    made.expect(STREAM, "1001")
    tell(made, grant(), r.Accepted((part(1, 4),)))
    with pytest.raises(Damaged, match="missing"):
        made.finish(0, 0)


def test_a_stranger_or_an_epoch_that_was_never_opened_is_damage() -> None:
    with pytest.raises(Damaged, match="no authorised candidate"):
        AttemptLedger(Stays([])).record(STREAM, point(1))
    with pytest.raises(Damaged, match="never opened"):
        book().device(STREAM, 2)


def test_a_paper_voided_after_handing_in_may_be_counted_as_void() -> None:
    tell(book(), grant(), r.Accepted((part(1, 4),)), r.HandedIn("1001", point(4))).finish(0, 0)
