"""Which machine may write a sitting from where on: an epoch of its own for each, and the same for the same."""

from pathlib import Path

import pytest

from shared import messages as m
from shared import records, trust
from shared.errors import Refused
from site_server import granting, status
from site_server.station import Station
from tests.site_server.conftest import enrolled_room, serving
from tests.support.site_day import Made
from tests.support.small_day import ROOM

SITTING = f"sitting/m1/{ROOM}"


async def test_no_two_machines_share_an_epoch_copied_or_not(station: Station, joined: Made, tmp_path: Path) -> None:
    await station.held.load(joined.day.formal, joined.day.package, None)
    async with serving(station) as running:
        for epoch, name in ((1, "first"), (2, "second"), (3, "third")):
            machine = await enrolled_room(running, tmp_path / name, joined)
            link = await machine.link()
            offer = await link.expect(m.SessionOffer)
            grant = trust.grant(offer.grant, station.site.keys.ca.public, SITTING)
            assert (grant.epoch, grant.key) == (epoch, machine.head_key.public)
            assert await granting.sitting_grant(station.site, station.machines, "m1", ROOM) == offer.grant, "not anew"
        assert [epoch for epoch, _ in granting.grants(station.site, SITTING)] == [1, 2, 3]
        assert status.of(station).sessions[0].rooms[0].machines == 3, "two have taken over"
        assert granting.key_of(station.site, SITTING, 3) == machine.head_key.public
        assert granting.key_of(station.site, SITTING, 4) is None


async def test_a_site_that_went_on_from_older_data_leaves_out_what_the_lost_one_may_have_granted(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    async with serving(station) as running:
        await enrolled_room(running, tmp_path / "first", joined)
        await granting.sitting_grant(station.site, station.machines, "m1", ROOM)
        await station.site.begin_epoch(records.Overridden("rebuilt", "李主考", "张主考", "硬盘损坏"))
        assert [epoch for epoch, _ in granting.grants(station.site, SITTING)] == [1]
        await granting.sitting_grant(station.site, station.machines, "m1", ROOM)
        assert [epoch for epoch, _ in granting.grants(station.site, SITTING)] == [1], "the same machine goes on"
        for name in ("second", "third"):
            await enrolled_room(running, tmp_path / name, joined)
            await granting.sitting_grant(station.site, station.machines, "m1", ROOM)
        assert [epoch for epoch, _ in granting.grants(station.site, SITTING)] == [1, 1001, 1002]


async def test_a_room_without_a_machine_is_granted_nothing(station: Station) -> None:
    with pytest.raises(Refused, match="not_enrolled"):
        await granting.sitting_grant(station.site, station.machines, "m1", ROOM)
