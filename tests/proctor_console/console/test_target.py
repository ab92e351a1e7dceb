"""The console's folder leads to its room, or says why not."""

from pathlib import Path

import pytest

from proctor_console.console.target import read_target
from shared.errors import BadSignature, Unavailable, WrongBinding
from shared.io import tls
from tests.support.console_room import SimulatedRoom
from tests.support.machines import Population


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An enrolled console."""
    room = SimulatedRoom(tmp_path, 0)
    room.port = 4321
    return room.console()


def test_an_enrolled_console_leads_to_its_room(folder: Path) -> None:
    target = read_target(folder, "127.0.0.9")
    address = target.ways.here
    assert (address.host, address.port, address.name, address.local) == ("127.0.0.1", 4321, "room-01", "127.0.0.9")
    assert (target.site, target.room) == ("示例考点", "01")


def test_another_machines_folder_or_a_changed_file_is_refused(folder: Path, tmp_path: Path) -> None:
    site_file = folder / "site.kdd"
    pc = Population(*tls.make_ca("x"), "01", "127.0.1").pc(1).keep(tmp_path / "pc", site_file.read_bytes())
    with pytest.raises(WrongBinding):
        read_target(pc)
    data = bytearray(site_file.read_bytes())
    data[-1] ^= 1
    site_file.write_bytes(data)
    with pytest.raises(BadSignature):
        read_target(folder)
    with pytest.raises(Unavailable):
        read_target(tmp_path / "none")
