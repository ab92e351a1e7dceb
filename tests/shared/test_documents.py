"""Payloads of signed documents: strict, and the two small functions about them."""

import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import codec, crypto, signed
from shared import documents as d
from shared.errors import Malformed
from shared.ledger import START, Point
from tests.support.drawn import drawn

KINDS = [kind for kind in vars(d).values() if inspect.isclass(kind) and issubclass(kind, d.Document)][1:]
TYPES = {name: value for name, value in vars(d).items() if name.isupper() and isinstance(value, str)}
SIGNER = crypto.Ed25519Signer(bytes(32))


@pytest.mark.parametrize("kind", KINDS)
def test_every_payload_survives_signing_and_refuses_unknown_fields(kind: type[d.Document]) -> None:
    @given(drawn(kind))
    def check(payload: d.Document) -> None:
        assert signed.verify(signed.sign(SIGNER, "test", payload), "test", SIGNER.public, kind) == payload
        more = codec.decode(dict, codec.encode(payload), 100_000) | {"more": 1}
        with pytest.raises(Malformed):
            codec.decode(kind, codec.encode(more), 100_000)

    check()


def test_no_two_documents_share_a_type() -> None:
    assert len(set(TYPES.values())) == len(TYPES)


@given(st.tuples(*[st.text(alphabet="abc-1", min_size=1, max_size=4)] * 3), st.integers(1, 99), st.integers(0, 3))
def test_the_binding_of_a_wrapped_key_names_each_part(names: tuple[str, str, str], version: int, changed: int) -> None:
    parts = [*names, str(version)]
    other = [part + "x" if at == changed else part for at, part in enumerate(parts)]
    assert d.wrap_info(*names, version) == "kaodian/" + "/".join(parts)
    assert "kaodian/" + "/".join(other) != d.wrap_info(*names, version)


def receipt(position: int, final: bool = False) -> d.AttemptReceipt:
    return d.AttemptReceipt("m1", "01", "1001", "submitted", Point(1, position, bytes(32)), START, 3, 9, final, b"")


@given(st.integers(0, 2**31))
def test_a_receipt_code_is_four_groups_of_plain_characters(position: int) -> None:
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{4}(-[A-HJ-NP-Z2-9]{4}){3}", d.receipt_code(receipt(position)))


def test_receipt_codes_tell_attempts_apart_and_stay_when_they_become_final() -> None:
    assert len({d.receipt_code(receipt(n)) for n in range(256)}) == 256
    assert d.receipt_code(receipt(7, final=True)) == d.receipt_code(receipt(7))
