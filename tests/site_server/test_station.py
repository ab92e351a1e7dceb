"""A station opens whole or not at all."""

import pytest

from shared.errors import Refused, Unavailable
from site_server.station import Station
from tests.support.site_day import PASSPHRASE, Made


def test_a_wrong_passphrase_leaves_the_folder_free(made: Made) -> None:
    with pytest.raises(Refused):
        Station.open(made.folder, "not the passphrase")
    Station.open(made.folder, PASSPHRASE).close()


async def test_nothing_more_is_done_once_the_disk_failed(made: Made) -> None:
    station = Station.open(made.folder, None)
    station.check_working()
    station.site.broken.set()
    with pytest.raises(Unavailable) as failed:
        station.check_working()
    assert failed.value.wire_code == "disk_failed"
    station.close()
