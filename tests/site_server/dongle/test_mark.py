"""A mark as bytes: only what the dongle's own key signed is one."""

import pytest

from shared import crypto, signed
from shared import documents as d
from shared.errors import Damaged
from shared.ledger import Point
from site_server.dongle import mark

SIGNER = crypto.Ed25519Signer(bytes([1]) * 32)
MARK = d.Mark("s1", 5, Point(2, 9, bytes([7]) * 32))


def test_a_mark_comes_back_as_it_was_written() -> None:
    assert mark.read(mark.seal(SIGNER, MARK), SIGNER.public) == MARK


def test_anything_else_is_a_damaged_mark() -> None:
    other = crypto.Ed25519Signer(bytes([2]) * 32)
    for data in (b"", mark.seal(other, MARK), signed.sign(SIGNER, d.GRANT, MARK), mark.seal(SIGNER, MARK)[:-1]):
        with pytest.raises(Damaged) as damaged:
            mark.read(data, SIGNER.public)
        assert damaged.value.wire_code == "mark_damaged"
