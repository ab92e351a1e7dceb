"""A real small disk: full to the last byte, free again, and what was on it stays."""

from pathlib import Path

import pytest

from tests.site_server.rehearsal.test_lan import probe

pytestmark = pytest.mark.system


def test_a_full_disk_takes_nothing_until_it_is_freed(tmp_path: Path) -> None:
    assert probe("disk", tmp_path) == {"full": "ENOSPC", "freed": "written", "left": ["kept", "more"]}
    assert (tmp_path / "room").is_dir()
