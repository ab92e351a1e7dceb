"""Uploads as files and rows, without HTTP."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from central_platform.uploads import Uploads
from shared.crypto import sha256
from shared.errors import Damaged, Malformed, Refused
from tests.faults import shim
from tests.support.exchange import NOW, platform

ROOT = Path(__file__).parents[2]
DATA = b"0123456789"


def test_an_upload_grows_by_offset_and_is_found_again(tmp_path: Path) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database:
        uploads = Uploads(home.uploads, database)
        row = uploads.create("s1", "m1", sha256(DATA).hex(), len(DATA), NOW)
        assert uploads.append(row, 0, DATA[:4]) == 4
        for offset, data, code in ((0, DATA, "other_offset"), (4, DATA, "other_size")):
            with pytest.raises(Refused, match=code):
                uploads.append(row, offset, data)
        again = Uploads(home.uploads, database)
        assert again.create("s1", "m1", sha256(DATA).hex(), len(DATA), NOW + 1) == row
        assert again.offset(row) == 4
        assert again.whole() == []
        again.append(row, 4, DATA[4:])
        again.check(row)
        assert again.whole() == [row]
        assert (again.find(row.id, "s1"), again.find(row.id, "s2")) == (row, None)
        with pytest.raises(Refused, match="other_size"):
            again.create("s1", "m1", sha256(DATA).hex(), len(DATA) + 1, NOW)


FLUSHING = """
import sys
from pathlib import Path
from central_platform.uploads import Uploads
from shared.crypto import sha256
from shared.errors import Unavailable
from tests.faults import shim
from tests.support.exchange import NOW, platform
home = platform(Path(sys.argv[1]))
with home.database() as database:
    uploads = Uploads(home.uploads, database)
    row = uploads.create("s1", "m1", sha256(b"0123456789").hex(), 10, NOW)
    assert uploads.append(row, 0, b"0123") == 4
    shim.fail(shim.failure("flush", 1, pattern="/uploads/", mode="once"))
    try:
        uploads.append(row, 4, b"456789")
    except Unavailable as error:
        print(error.wire_code, uploads.offset(row), uploads.whole())
    uploads.append(row, 4, b"456789")
    uploads.check(row)
    print(uploads.whole() == [row])
"""


def test_what_a_failed_flush_left_does_not_count_and_comes_again(tmp_path: Path) -> None:
    env = os.environ | shim.environment(tmp_path)
    line = [sys.executable, "-c", FLUSHING, str(tmp_path / "p")]
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=60, env=env, cwd=ROOT)
    assert done.stdout.split() == ["disk_failed", "4", "[]", "True"]


def test_wrong_bytes_are_thrown_away(tmp_path: Path) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database:
        uploads = Uploads(home.uploads, database)
        row = uploads.create("s1", "m1", sha256(DATA).hex(), len(DATA), NOW)
        uploads.append(row, 0, DATA[::-1])
        with pytest.raises(Damaged, match="other_digest"):
            uploads.check(row)
        assert uploads.offset(row) == 0


def test_a_refusal_stands_until_the_bundle_is_announced_again(tmp_path: Path) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database:
        uploads = Uploads(home.uploads, database)
        row = uploads.create("s1", "m1", sha256(DATA).hex(), len(DATA), NOW)
        uploads.append(row, 0, DATA)
        uploads.refuse(row, "damaged", "part 3")
        refused = uploads.find(row.id, "s1")
        assert refused is not None
        assert (refused.code, refused.detail, uploads.whole()) == ("damaged", "part 3", [])
        assert uploads.create("s1", "m1", row.sha256, len(DATA), NOW) == row
        assert uploads.whole() == [row]


@pytest.mark.parametrize(("digest", "session", "size"), [("ab", "m1", 1), ("A" * 64, "m1", 1), ("a" * 64, "", 1)])
def test_what_cannot_be_is_refused(tmp_path: Path, digest: str, session: str, size: int) -> None:
    home = platform(tmp_path / "p")
    with home.database() as database, pytest.raises(Malformed):
        Uploads(home.uploads, database).create("s1", session, digest, size, NOW)
