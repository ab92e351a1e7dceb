"""Witness files taken apart: trails and points by position."""

from shared import documents as d
from shared import testimony
from shared.ledger import Head, Point


def test_trails_and_heads_tell_of_single_places() -> None:
    trail = d.Trail("sitting/m1/01", 1, bytes([1]) * 32 + bytes([2]) * 32)
    far = Head("sitting/m1/01", Point(1, 5, bytes([5]) * 32), 0, b"")
    payload = d.Witness("s1", "01", 0, (), (d.HeldHead(far, 9),), (trail,))
    [told] = testimony.told_of(payload)
    assert [told.at(position) for position in (1, 2, 3, 5)] == [bytes([1]) * 32, bytes([2]) * 32, None, bytes([5]) * 32]
    assert told.end == 5 and told.heads[5].received == 9


def test_a_receipt_of_nothing_accepted_tells_of_the_sitting_only() -> None:
    from shared import crypto, signed
    from shared.ledger import START

    payload = d.AttemptReceipt("m1", "01", "1001", "void", START, Point(1, 7, bytes(32)), 0, 0, False, b"")
    data = signed.sign(crypto.Ed25519Signer(bytes(32)), d.ATTEMPT_RECEIPT, payload)
    assert [(told.stream, told.end) for told in testimony.read("r", data).told] == [("sitting/m1/01", 7)]
