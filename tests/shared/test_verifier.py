"""The verifier finds any changed, missing, added or reordered byte or record."""

import io

import pytest

from shared import codec, documents, ledger
from shared import records as r
from shared.errors import Damaged, KaodianError
from shared.verifier import Report, verify
from tests.support.small_day import ROOM, SmallDay, build, usual_day

KEYLESS = bytes(32)
"""Where a record is known to be clear."""


@pytest.fixture(scope="module")
def day() -> SmallDay:
    return usual_day()


def check(data: bytes, day: SmallDay, keys: bool = False) -> Report:
    return verify(io.BytesIO(data), day.root.public, day.keys if keys else None)


def rebuilt(day: SmallDay, parts: list[list[bytes]]) -> bytes:
    return build(parts[0], parts[1], parts[2], day.site_key, day.session.id)


def test_a_whole_day_verifies_with_public_keys_alone(day: SmallDay) -> None:
    report = check(day.bundle(), day)
    assert (report.candidates, report.attempts, report.submitted, report.collected, report.absent) == (3, 2, 1, 1, 1)
    assert report.statuses == {} and not report.unsealed
    assert [(part.epoch, part.first) for part in report.accepted["1002"]] == [(1, 1), (2, 1)]


def test_data_keys_open_every_record_and_tell_states(day: SmallDay) -> None:
    seen: list[r.Record | None] = []
    report = verify(io.BytesIO(day.bundle()), day.root.public, day.keys, lambda _parsed, record: seen.append(record))
    assert report.statuses == {"1001": "submitted", "1002": "collected", "1003": "absent"}
    assert r.Answered(("A", "B")) in seen
    assert len(seen) == report.records


def test_every_single_byte_counts(day: SmallDay) -> None:
    data = bytearray(day.bundle())
    for at in range(len(data)):
        data[at] ^= 0x01
        with pytest.raises(Damaged):
            check(bytes(data), day)
        data[at] ^= 0x01


def test_every_truncation_and_addition_is_found(day: SmallDay) -> None:
    data = day.bundle()
    for size in range(0, len(data), 97):
        with pytest.raises(KaodianError):
            check(data[:size], day)
    with pytest.raises(KaodianError):
        check(data + b"\0", day)


@pytest.mark.parametrize("section", [0, 1, 2], ids=["documents", "records", "heads"])
def test_dropping_doubling_or_swapping_any_part_is_found_though_the_container_is_signed_anew(
    day: SmallDay, section: int
) -> None:
    original = [list(part) for part in day.parts()]
    assert check(rebuilt(day, original), day).records == len(original[1])
    for at in range(len(original[section])):
        parts = original[section]
        variants = [parts[:at] + parts[at + 1 :], parts[: at + 1] + parts[at:]]
        if at + 1 < len(parts):
            variants.append([*parts[:at], parts[at + 1], parts[at], *parts[at + 2 :]])
        for variant in variants:
            changed = [*original[:section], variant, *original[section + 1 :]]
            with pytest.raises(Damaged):
                check(rebuilt(day, changed), day)


def test_changing_any_record_is_found_though_the_container_is_signed_anew(day: SmallDay) -> None:
    documents, records, heads = day.parts()
    for at, data in enumerate(records):
        entry = codec.decode(ledger.Entry, data, len(data))
        header = ledger.header_of(entry)
        body = entry.body[:-1] + bytes([entry.body[-1] ^ 1]) if entry.body else b""
        later = codec.encode(
            ledger.Header(
                header.stream,
                header.epoch,
                header.position,
                header.previous,
                header.time + 1,
                header.kind,
                header.item,
                header.size,
                header.clear,
            )
        )
        for changed in (ledger.Entry(entry.header, body), ledger.Entry(later, entry.body)):
            if changed == entry:
                continue
            variant = [*records[:at], codec.encode(changed), *records[at + 1 :]]
            with pytest.raises(Damaged):
                check(build(documents, variant, heads, day.site_key, day.session.id), day)


def test_the_place_of_the_damage_is_named(day: SmallDay) -> None:
    documents, records, heads = day.parts()
    position = len(records) // 2
    variant = records[:position] + records[position + 1 :]
    with pytest.raises(Damaged, match=rf"byte \d+, part {len(documents) + position}: "):
        check(build(documents, variant, heads, day.site_key, day.session.id), day)


def test_another_platform_is_not_believed(day: SmallDay) -> None:
    with pytest.raises(Damaged, match="signed with key"):
        verify(io.BytesIO(day.bundle()), SmallDay(()).root.public)


def test_a_sitting_that_has_not_ended_is_no_result() -> None:
    unfinished = SmallDay()
    unfinished.open()
    unfinished.log_in("1001")
    with pytest.raises(Damaged, match=f"{ROOM}: the sitting does not end"):
        check(unfinished.bundle(), unfinished)


@pytest.mark.parametrize(
    "record", [r.ReadConfirmed("9999"), r.LoginAllowed(""), r.PcEvent("blur"), r.BackedUp("m1", bytes(32), "x")]
)
def test_a_sealed_record_that_no_sitting_can_hold_is_found_with_the_data_keys(record: r.Record) -> None:
    day = usual_day()
    ended = day.sitting_entries.pop()
    header = ledger.header_of(ended)
    day.chain.at = ledger.Point(header.epoch, header.position - 1, header.previous)
    day.sitting_entries += [r.append(day.chain, record, header.time)]
    day.sitting_entries += [r.append(day.chain, r.read(header, ended, KEYLESS), header.time)]
    assert not check(day.bundle(), day).unsealed
    if isinstance(record, r.LoginAllowed):
        assert check(day.bundle(), day, keys=True).unsealed
    else:
        with pytest.raises(Damaged, match=f"a {type(record).__name__}"):
            check(day.bundle(), day, keys=True)


def test_data_keys_of_another_session_are_told_from_damage(day: SmallDay) -> None:
    keys = documents.DataKeys(day.keys.session, {"02": bytes(32)})
    with pytest.raises(Damaged, match="another session's"):
        verify(io.BytesIO(day.bundle()), day.root.public, keys)
