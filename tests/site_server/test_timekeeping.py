"""校时 with a real platform: what is believed, recorded and kept."""

import pytest

from shared import codec, ledger, records
from shared.errors import Unavailable, WrongBinding
from shared.io.clock import Anchor, boot_id, boot_now
from site_server import timekeeping
from site_server.station import Station
from tests.support.site_day import NOW, Made


async def test_the_platform_s_time_is_taken_recorded_and_survives_a_restart(station: Station, joined: Made) -> None:
    anchor = await timekeeping.sync(station.site)
    assert abs(station.site.clock.now() - joined.platform.now()) <= anchor.error + 1
    assert station.site.clock.now() >= NOW
    parsed = ledger.parse(station.site.store.entries(station.site.stream, 1)[-1])
    record = records.read(parsed.header, parsed.entry, station.site.keys.stream_key)
    assert isinstance(record, records.TimeSynced)
    assert abs(record.platform_time - joined.platform.now()) < 5000
    station.close()
    again = joined.open()
    assert again.site.clock.known
    assert again.site.clock.now() >= NOW
    again.close()


async def test_an_answer_to_another_question_is_not_believed(station: Station, joined: Made) -> None:
    joined.platform.lie_about_nonce = True
    with pytest.raises(WrongBinding):
        await timekeeping.sync(station.site)
    assert not station.site.clock.known
    assert station.site.store.points() == {}


async def test_a_platform_that_is_away_leaves_time_as_it_was(made: Made) -> None:
    station = made.open()
    with pytest.raises(Unavailable) as none:
        await timekeeping.sync(station.site)
    assert none.value.wire_code == "not_joined"
    station.close()


async def test_an_anchor_of_another_boot_is_not_used(station: Station, joined: Made) -> None:
    from shared.io.store import Batch

    old = Anchor(NOW - boot_now(), 5, boot_now(), f"{boot_id()}-before", "platform")
    await station.site.commit(Batch(facts={"anchor": codec.encode(old)}))
    station.close()
    again = joined.open()
    assert not again.site.clock.known
    again.close()
