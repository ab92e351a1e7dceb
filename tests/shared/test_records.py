"""A record's header says truly what stands in it."""

import msgspec
import pytest

from shared import crypto, ledger
from shared import records as r
from shared.errors import Malformed

KEY = bytes(range(32))


def forged(kind: str, clear: bytes) -> ledger.Header:
    return ledger.Header("sitting/m/01", 1, 1, ledger.GENESIS, 0, kind, 0, 0, clear)


def test_a_kind_that_is_not_the_record_is_refused() -> None:
    clear = msgspec.msgpack.encode(r.HandedIn("1", ledger.START))
    assert r.read_clear(forged("HandedIn", clear)) == r.HandedIn("1", ledger.START)
    with pytest.raises(Malformed):
        r.read_clear(forged("Collected", clear))


def test_a_sealed_kind_in_the_clear_is_refused() -> None:
    clear = msgspec.msgpack.encode(r.LeavePermitted("1", "王"))
    with pytest.raises(Malformed):
        r.read_clear(forged("LeavePermitted", clear))


def test_a_clear_kind_that_was_sealed_is_refused() -> None:
    chain = ledger.Chain("sitting/m/01", KEY, ledger.open_epoch(1, ledger.START))
    entry = chain.append("HandedIn", 0, plain=msgspec.msgpack.encode(r.HandedIn("1", ledger.START)))
    header = ledger.header_of(entry)
    with pytest.raises(Malformed):
        r.read(header, entry, KEY)
    with pytest.raises(Malformed):
        r.read_clear(header)


def test_unknown_fields_and_kinds_are_refused() -> None:
    for clear in (b"\x81\xa4kind\xa3New", msgspec.msgpack.encode({"kind": "HandedIn", "ticket": "1", "more": 1})):
        with pytest.raises(Malformed):
            r.read_clear(forged("HandedIn", clear))


def test_every_record_has_its_own_kind() -> None:
    kinds = [kind.__name__ for kind in r.AnyRecord.__args__]
    assert len(kinds) == len(set(kinds))
    assert all(kind.__struct_config__.tag == kind.__name__ for kind in r.AnyRecord.__args__)
    assert crypto.KEY_BYTES == 32
