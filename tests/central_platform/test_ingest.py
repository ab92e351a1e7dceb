"""Bundles into the platform's tables: verified whole, accepted answers only, once."""

import io
from pathlib import Path

import pytest

from central_platform import ingest, tables_results
from central_platform.tables import Database
from central_platform.tables_results import UploadRow
from shared import bundle, codec, signed
from shared import commands as c
from shared import documents as d
from shared import records as r
from shared.errors import Damaged, Refused, WrongBinding
from shared.model import Cancellation
from tests.support.exchange import platform, take_over
from tests.support.small_day import MINUTE, SmallDay, T, usual_day

NOW = T + 200 * MINUTE


def outcomes(database: Database, sha256: str) -> dict[str, tuple[str, dict[int, tuple[str, ...]]]]:
    """Status and answers by ticket, as stored."""
    with database.read() as connection:
        rows = tables_results.outcomes_of(connection, sha256)
    return {row.ticket: (row.status, codec.decode(dict[int, tuple[str, ...]], row.answers, 9999)) for row in rows}


def written(folder: Path, data: bytes) -> Path:
    """A bundle as a file."""
    path = folder / "b.kdr"
    path.write_bytes(data)
    return path


def test_the_last_accepted_answers_count_across_epochs(tmp_path: Path) -> None:
    home, day = platform(tmp_path / "p"), usual_day()
    with home.database() as database:
        take_over(home, database, day)
        path = written(tmp_path, day.bundle())
        row = ingest.take_in(home, database, path, NOW)
        assert outcomes(database, row.sha256) == {
            "1001": ("submitted", {1: ("C",), 2: ("B",)}),
            "1002": ("collected", {1: ("C",), 2: ("B",), 3: ("A", "B")}),
            "1003": ("absent", {}),
        }
        assert ingest.take_in(home, database, path, NOW + 1) == row
    receipt = signed.verify(row.receipt, d.UPLOAD_RECEIPT, home.keys.issuing.public, d.UploadReceipt)
    assert (receipt.site, receipt.session, receipt.sha256.hex()) == ("s1", "m1", row.sha256)
    assert (receipt.size, receipt.records) == (path.stat().st_size, row.records)


def test_a_bundle_of_a_summary_alone_is_damaged(tmp_path: Path) -> None:
    home = platform(tmp_path / "p")
    out = io.BytesIO()
    bundle.Writer(out).part(bundle.SUMMARY, b"summary")
    with home.database() as database, pytest.raises(Damaged):
        ingest.take_in(home, database, written(tmp_path, out.getvalue()), NOW)


def test_held_answers_do_not_count(tmp_path: Path) -> None:
    home, day = platform(tmp_path / "p"), SmallDay(("1001",))
    day.open()
    day.log_in("1001")
    day.start()
    day.answer("1001", 1, "A")
    day.now = T + 123 * MINUTE
    day.put(c.Tick())
    day.answer("1001", 1, "D")
    day.put(c.EndSitting())
    with home.database() as database:
        take_over(home, database, day)
        row = ingest.take_in(home, database, written(tmp_path, day.bundle()), NOW)
        assert outcomes(database, row.sha256) == {"1001": ("collected", {1: ("A",)})}


def test_the_place_in_the_stream_says_what_is_newest_and_no_clock(tmp_path: Path) -> None:
    home, day = platform(tmp_path / "p"), SmallDay(("1001",))
    day.open()
    pc = day.log_in("1001")
    day.start()
    day.answer("1001", 1, "A")
    day.receive(pc, pc.write(r.Answered(("D",)), day.now - 60 * MINUTE, 1))
    day.now = T + 123 * MINUTE
    day.put(c.Tick())
    day.put(c.EndSitting())
    with home.database() as database:
        take_over(home, database, day)
        row = ingest.take_in(home, database, written(tmp_path, day.bundle()), NOW)
        assert outcomes(database, row.sha256) == {"1001": ("collected", {1: ("D",)})}


def test_a_changed_bundle_leaves_nothing(tmp_path: Path) -> None:
    home, day = platform(tmp_path / "p"), usual_day()
    whole = day.bundle()
    with home.database() as database:
        take_over(home, database, day)
        for at in (len(whole) // 2, len(whole) - 40):
            changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
            with pytest.raises(Damaged):
                ingest.take_in(home, database, written(tmp_path, changed), NOW)
        with database.read() as connection:
            assert tables_results.bundles(connection, "m1") == []


def test_a_session_never_issued_here_is_refused(tmp_path: Path) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database, pytest.raises(Refused, match="not_issued"):
        ingest.take_in(home, database, written(tmp_path, usual_day().bundle()), NOW)


def test_another_sites_upload_is_refused(tmp_path: Path) -> None:
    home, day = platform(tmp_path / "p"), usual_day()
    with home.database() as database:
        take_over(home, database, day)
        path = written(tmp_path, day.bundle())
        upload = UploadRow("0" * 32, "s2", "m1", "", path.stat().st_size, NOW)
        with pytest.raises(WrongBinding, match="other_bundle"):
            ingest.take_in(home, database, path, NOW, upload)


def test_the_form_that_counted_is_stored_not_the_planned_one(tmp_path: Path) -> None:
    home, day = platform(tmp_path / "p"), SmallDay()
    day.use_spare()
    day.change(Cancellation("水灾"))
    day.put(c.EndSitting())
    with home.database() as database:
        take_over(home, database, day)
        row = ingest.take_in(home, database, written(tmp_path, day.bundle()), NOW)
        with database.read() as connection:
            found = tables_results.outcomes_of(connection, row.sha256)
    assert {(one.form, one.status) for one in found} == {("spare", "cancelled")}
