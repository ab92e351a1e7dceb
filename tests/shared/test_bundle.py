"""The container: parts come out as they went in, and nothing but such a container is read."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import bundle, crypto, limits
from shared.errors import Malformed

PARTS = [(bundle.DOCUMENT, b"doc"), (bundle.RECORD, b""), (bundle.RECORD, b"rec"), (bundle.HEAD, b"head")]


def container(parts: list[tuple[int, bytes]] = PARTS, summary: bytes = b"summary") -> bytes:
    out = io.BytesIO()
    writer = bundle.Writer(out)
    for type_, data in parts:
        writer.part(type_, data)
    writer.part(bundle.SUMMARY, summary)
    return out.getvalue()


def parts_of(data: bytes) -> list[tuple[int, bytes]]:
    return [(part.type, part.data) for part in bundle.read(io.BytesIO(data))]


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.binary(max_size=50)), max_size=8), st.binary(max_size=9))
def test_parts_come_back_in_order(parts: list[tuple[int, bytes]], summary: bytes) -> None:
    assert parts_of(container(parts, summary)) == [*parts, (bundle.SUMMARY, summary)]


def test_writer_and_reader_agree_on_counts_and_digests() -> None:
    out = io.BytesIO()
    writer = bundle.Writer(out)
    for type_, data in PARTS:
        writer.part(type_, data)
    assert (writer.parts, writer.records, writer.size) == (4, 2, len(out.getvalue()))
    before = writer.sha256
    assert before == crypto.sha256(out.getvalue())
    writer.part(bundle.SUMMARY, b"s")
    last = list(bundle.read(io.BytesIO(out.getvalue())))[-1]
    assert (last.before, last.whole) == (before, crypto.sha256(out.getvalue()))
    assert (last.number, last.offset) == (4, len(out.getvalue()) - 6)


def test_every_early_end_and_every_addition_is_found() -> None:
    data = container()
    for size in range(len(data)):
        with pytest.raises(Malformed):
            parts_of(data[:size])
    with pytest.raises(Malformed, match="after the summary"):
        parts_of(data + b"\0")


@pytest.mark.parametrize("frame", [b"\0\0\0\0\0", b"\5\0\0\0\0", b"\2\xff\xff\xff\xff", b"\4\0\1\0\0"])
def test_an_unknown_or_too_large_part_is_refused_before_it_is_read(frame: bytes) -> None:
    class Counting(io.BytesIO):
        """Remembers the largest read."""

        most = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.most = max(self.most, -1 if size is None else size)
            return super().read(size)

    source = Counting(bundle.MAGIC + frame + bytes(100))
    with pytest.raises(Malformed, match=f"byte {len(bundle.MAGIC)}, part 0"):
        list(bundle.read(source))
    assert source.most <= len(bundle.MAGIC)


def test_a_part_too_large_for_its_type_is_not_written() -> None:
    out = io.BytesIO()
    writer = bundle.Writer(out)
    with pytest.raises(Malformed) as caught:
        writer.part(bundle.RECORD, bytes(limits.RECORD_BYTES + 65))
    assert caught.value.wire_code == "too_large"
    assert (writer.parts, out.getvalue()) == (0, bundle.MAGIC)


@given(st.binary(max_size=100))
def test_any_bytes_are_no_container(data: bytes) -> None:
    for source in (data, bundle.MAGIC + data):
        try:
            found = parts_of(source)
        except Malformed:
            continue
        assert found[-1][0] == bundle.SUMMARY


def test_the_digest_of_heads_runs_on_and_knows_their_order() -> None:
    assert bundle.heads_digest([]) == b""
    assert bundle.heads_digest([b"b"], bundle.heads_digest([b"a"])) == bundle.heads_digest([b"a", b"b"])
    assert bundle.heads_digest([b"a", b"b"]) != bundle.heads_digest([b"b", b"a"])
    assert bundle.heads_digest([b"a"]) == crypto.sha256(b"a")
