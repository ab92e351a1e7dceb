"""Chains, heads and records: what is written reads back, what is changed does not."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import codec, crypto, ledger
from shared import records as r
from shared.errors import BadSignature, Damaged, Malformed
from shared.ledger import Chain, Entry, Point

KEY = bytes(range(32))


def chain(epoch: int = 1) -> Chain:
    return Chain("attempt/m/1", KEY, ledger.open_epoch(epoch, ledger.START))


def test_entries_chain_and_read_back() -> None:
    writer = chain()
    first = r.append(writer, r.Answered(("A", "C")), 5, item=3)
    second = r.append(writer, r.PcEvent("blur"), 6)
    header = ledger.header_of(first)
    assert (header.position, header.item, header.kind, header.previous) == (1, 3, "Answered", ledger.GENESIS)
    assert ledger.header_of(second).previous == first.digest
    assert r.read(header, first, KEY) == r.Answered(("A", "C"))
    assert r.read_clear(header) is None


def test_clear_records_need_no_key() -> None:
    opened = r.AttemptOpened(crypto.Ed25519Signer(KEY).public, ledger.START)
    entry = r.append(chain(), opened, 5)
    assert entry.body == b"" and r.read_clear(ledger.header_of(entry)) == opened


def test_a_stream_key_differs_by_stream_only() -> None:
    assert ledger.stream_key(KEY, "attempt/m/1") != ledger.stream_key(KEY, "attempt/m/2")


def test_another_key_or_a_changed_header_opens_nothing() -> None:
    entry = r.append(chain(), r.Answered(("A",)), 5, item=3)
    header = ledger.header_of(entry)
    with pytest.raises(BadSignature):
        r.read(header, entry, bytes(32))
    moved = msgspec.msgpack.encode(msgspec.structs.replace(header, item=4))
    with pytest.raises(BadSignature):
        r.read(header, Entry(moved, entry.body), KEY)


def test_follow_demands_the_very_next_record() -> None:
    writer = chain()
    entries = [ledger.parse(r.append(writer, r.PcEvent(str(n)), n)) for n in range(3)]
    at = ledger.open_epoch(1, ledger.START)
    at = ledger.follow(at, entries[0].header, entries[0].digest)
    with pytest.raises(Damaged, match=r"1\.3: expected 1\.2"):
        ledger.follow(at, entries[2].header, entries[2].digest)
    with pytest.raises(Damaged):
        ledger.follow(at, entries[0].header, entries[0].digest)
    with pytest.raises(Damaged, match="does not continue"):
        ledger.follow(Point(1, 1, bytes(32)), entries[1].header, entries[1].digest)


def test_heads_are_bound_to_stream_point_and_time() -> None:
    signer = crypto.Ed25519Signer(KEY)
    writer = chain()
    r.append(writer, r.PcEvent("x"), 1)
    head = writer.sign_head(signer, 9)
    ledger.verify_head(head, signer.public)
    for changes in ({"stream": "attempt/m/2"}, {"time": 10}, {"point": Point(1, 2, head.point.digest)}):
        with pytest.raises(BadSignature):
            ledger.verify_head(msgspec.structs.replace(head, **changes), signer.public)


def test_too_large_a_record_is_never_made() -> None:
    writer = chain()
    with pytest.raises(Malformed):
        r.append(writer, r.PcEvent("x" * 20_000), 1)
    assert writer.at.position == 0


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_any_bytes_are_a_header_or_malformed(header: bytes, body: bytes) -> None:
    with pytest.raises(Malformed):
        ledger.header_of(Entry(header, body))


@given(st.data())
def test_any_flipped_byte_of_an_entry_changes_its_digest(data: st.DataObject) -> None:
    entry = r.append(chain(), r.Answered(("A",)), 5, item=1)
    size = len(entry.header)
    at = data.draw(st.integers(0, size + len(entry.body) - 1))
    flipped = bytearray(entry.header + entry.body)
    flipped[at] ^= data.draw(st.integers(1, 255))
    assert Entry(bytes(flipped[:size]), bytes(flipped[size:])).digest != entry.digest


def test_length_prefix_keeps_header_and_body_apart() -> None:
    assert Entry(b"ab", b"c").digest != Entry(b"a", b"bc").digest


@pytest.mark.parametrize("field", ["epoch", "position", "time", "item"])
@pytest.mark.parametrize("number", [-1, 2**63, 2**64 - 1])
def test_numbers_that_no_database_holds_are_malformed(field: str, number: int) -> None:
    entry = r.append(chain(), r.PcEvent("blur"), 5)
    wrong = msgspec.structs.replace(ledger.header_of(entry), **{field: number})
    with pytest.raises(Malformed):
        ledger.header_of(Entry(msgspec.msgpack.encode(wrong), entry.body))


@pytest.mark.parametrize("head", [(2**64 - 1, 1, 1), (1, 2**63, 1), (1, 1, 2**63), (1, 1, -1)])
def test_a_head_beyond_what_a_database_holds_is_malformed(head: tuple[int, int, int]) -> None:
    epoch, position, time = head
    data = msgspec.msgpack.encode(["attempt/m/1", [epoch, position, bytes(32)], time, bytes(64)])
    with pytest.raises(Malformed):
        codec.decode(ledger.Head, data, 1000)
