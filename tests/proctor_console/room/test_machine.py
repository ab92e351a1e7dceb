"""The machine's own files."""

from pathlib import Path

import pytest

from proctor_console.room import machine
from shared.errors import Untrusted
from tests.support.fake_site import FakeSite


async def test_a_changed_site_file_is_not_believed(tmp_path: Path) -> None:
    site = FakeSite()
    await site.up(tmp_path / "site")
    for at in (30, len(site.site_file) // 2, len(site.site_file) - 1):
        changed = bytearray(site.site_file)
        changed[at] ^= 1
        with pytest.raises(Untrusted):
            machine.read_site_file(bytes(changed))
    await site.close()
