"""The machine's own files."""

from pathlib import Path

import pytest

from proctor_console.room import machine
from shared.errors import Untrusted
from shared.machines import Kind
from tests.support.fake_site import FakeSite


async def test_a_changed_site_file_is_not_believed(tmp_path: Path) -> None:
    site = FakeSite()
    await site.up(tmp_path / "site")
    await site.close()
    site.machines.make(Kind.ROOM, 0, "127.0.0.1").keep(tmp_path, site.site_file)
    (tmp_path / "head.key").write_bytes(bytes(32))
    assert machine.load(tmp_path).room == "01"
    for at in (30, len(site.site_file) // 2, len(site.site_file) - 1):
        changed = bytearray(site.site_file)
        changed[at] ^= 1
        (tmp_path / "site.kdd").write_bytes(changed)
        with pytest.raises(Untrusted):
            machine.load(tmp_path)
