"""What is kept of an issued document is found again, newest first."""

from pathlib import Path

from central_platform import signing
from central_platform import tables_exchange as t
from shared import documents as d
from shared import signed
from tests.support.exchange import NOW, platform, session_of


def test_the_newest_of_each_session_and_type_is_found_and_read(tmp_path: Path) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database, database.write() as connection:
        for version, at in ((1, NOW), (2, NOW + 1)):
            data = signed.sign(home.keys.issuing, d.TIME_FILE, d.TimeFile("s1", at))
            t.add_issued(connection, [signing.kept(home, data, "s1", "m1", d.TIME_FILE, version, 5)])
        row = signing.newest_row(connection, "s1", "m1", d.TIME_FILE)
        assert row is not None and (row.version, row.not_before) == (2, 5)
        assert signing.read(home, row, d.TimeFile).at == NOW + 1
        assert signing.newest_row(connection, "s1", "m2", d.TIME_FILE) is None
        assert signing.newest_row(connection, "s2", "m1", d.TIME_FILE) is None


def test_documents_outlive_the_session_by_thirty_days() -> None:
    session = session_of()
    assert signing.expiry(session) == session.start + session.rules.duration + 30 * 24 * 3_600_000
