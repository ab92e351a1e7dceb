"""The site file leads to the room, or says why not."""

from pathlib import Path

import pytest

from proctor_console.console.target import read_target
from shared.errors import BadSignature, Malformed, WrongBinding
from tests.support.console_room import SimulatedRoom


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    """A genuine site file."""
    room = SimulatedRoom(tmp_path, 0)
    room.port = 4321
    return room.site_file()


def test_a_site_file_leads_to_the_room(site_file: Path) -> None:
    target = read_target(site_file, "01", "127.0.0.9")
    address = target.address
    assert (address.host, address.port, address.name, address.local) == ("127.0.0.1", 4321, "room-01", "127.0.0.9")
    assert target.site == "示例考点"


def test_another_room_or_a_changed_file_is_refused(site_file: Path) -> None:
    with pytest.raises(WrongBinding):
        read_target(site_file, "02")
    data = bytearray(site_file.read_bytes())
    data[-1] ^= 1
    site_file.write_bytes(data)
    with pytest.raises(BadSignature):
        read_target(site_file, "01")
    with pytest.raises(Malformed):
        read_target(site_file.with_name("none"), "01")
