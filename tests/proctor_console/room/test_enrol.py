"""Enrolment: a wrong code keeps nothing, a right one makes a machine."""

from pathlib import Path

import pytest

from proctor_console.room import enrol, machine
from shared.errors import Refused, Unavailable
from shared.io import tls
from tests.support.fake_site import CODE, ROOM, FakeSite


async def test_a_wrong_code_keeps_nothing_and_a_right_one_makes_a_machine(tmp_path: Path) -> None:
    site = FakeSite()
    await site.up(tmp_path / "site", room_port=8442)
    folder = tmp_path / "room"
    with pytest.raises(Refused) as refused:
        await enrol.enrol(folder, site.site_file, ROOM, "00000000")
    assert refused.value.wire_code == "wrong_code"
    with pytest.raises(Unavailable, match="not_enrolled"):
        machine.load(folder)
    made = await enrol.enrol(folder, site.site_file, ROOM, CODE)
    assert (made.room, made.address.port) == (ROOM, 8442)
    assert machine.load(folder).signer.public == made.signer.public
    assert {path.stat().st_mode & 0o77 for path in (folder / "tls.key", folder / "head.key")} == {0}
    tls.server_context(folder)
    again = await enrol.enrol(folder, site.site_file, ROOM, CODE)
    assert again.signer.public == made.signer.public, "the sittings held here were granted to this key"
    await site.close()
    with pytest.raises(Unavailable):
        await enrol.enrol(tmp_path / "late", site.site_file, ROOM, CODE)
