"""Limits that depend on each other do so in the right direction."""

from shared import crypto, limits
from shared import records as r
from shared.ledger import START, Chain, Point, open_epoch
from shared.receiving import MOST_RANGES

FRAME_OVERHEAD = 4 * limits.KIB
"""Generous room for the envelope of a frame full of records: 200 entries of at most 7 bytes each, and the map."""


def test_a_full_batch_and_a_largest_record_fit_a_frame() -> None:
    assert limits.BATCH_BYTES + FRAME_OVERHEAD <= limits.FRAME_BYTES
    assert limits.RECORD_BYTES + FRAME_OVERHEAD <= limits.FRAME_BYTES


def test_a_fullest_acceptance_fits_a_record() -> None:
    ranges = tuple(r.Range("9" * 30, 1_000, 1_000_000, 2_000_000, bytes(32)) for _ in range(MOST_RANGES))
    chain = Chain("sitting/" + "s" * 40 + "/" + "r" * 40, crypto.new_key(), open_epoch(1, START))
    assert r.append(chain, r.Accepted(ranges), 2**42).size() <= limits.RECORD_BYTES


def test_the_longest_reason_of_staff_fits_a_record() -> None:
    chain = Chain("sitting/m1/01", crypto.new_key(), open_epoch(1, START))
    text = "违" * limits.TEXT_CHARS
    entry = r.append(chain, r.ViolationRecorded("1", "void", "other", text, True, "王" * limits.NAME_CHARS), 2**42)
    assert entry.size() <= limits.RECORD_BYTES
    assert chain.at == Point(1, 1, entry.digest)


def test_after_any_cut_a_machine_is_back_within_a_minute() -> None:
    assert limits.LINK_RETRY_MIN < limits.LINK_RETRY_MAX
    assert limits.LINK_SILENT + limits.LINK_RETRY_MAX + limits.BEACON_EVERY < limits.MINUTE


def test_what_is_larger_holds_what_is_smaller() -> None:
    assert limits.RECORD_BYTES < limits.DOCUMENT_BYTES < limits.PAPER_BYTES < limits.PACKAGE_BYTES < limits.BUNDLE_BYTES
    assert limits.PICTURE_BYTES < limits.PAPER_BYTES and limits.CHUNK_BYTES < limits.PAPER_BYTES
    assert limits.IMPORT_BYTES < limits.UNPACKED_BYTES
    ports = {limits.PLATFORM_PORT, limits.SITE_PORT, limits.ROOM_PORT, limits.PAGE_PORT}
    assert len(ports) == 4 and min(ports) > 1024
