"""校时 with a real platform: what is believed, recorded and kept, and what is refused by which name."""

import time
from collections.abc import Callable

import pytest
from msgspec import structs

from shared import codec, crypto, ledger, limits, records, signed
from shared import documents as d
from shared.errors import KaodianError, Refused, Unavailable, WrongBinding
from shared.io.clock import Anchor, boot_id, boot_now
from shared.io.store import Batch
from site_server import timekeeping, verbs
from site_server.station import Station
from tests.site_server.conftest import nothing
from tests.support.fake_platform import FakePlatform
from tests.support.site_day import NOW, Made


def last_record(station: Station) -> records.Record:
    """The newest record of the site stream."""
    parsed = ledger.parse(station.site.store.entries(station.site.stream, 1)[-1])
    return records.read(parsed.header, parsed.entry, station.site.keys.stream_key)


async def test_the_platform_s_time_is_taken_recorded_and_survives_a_restart(station: Station, joined: Made) -> None:
    anchor = await timekeeping.sync(station.site)
    assert abs(station.site.clock.now() - joined.platform.now()) <= anchor.error + 1
    assert station.site.clock.now() >= NOW
    record = last_record(station)
    assert isinstance(record, records.TimeSynced)
    assert abs(record.platform_time - joined.platform.now()) < 5000
    station.close()
    again = joined.open()
    assert again.site.clock.known
    assert again.site.clock.now() >= NOW
    again.close()


Lie = Callable[[FakePlatform, d.TimeReply], bytes]


def of_another_question(platform: FakePlatform, reply: d.TimeReply) -> bytes:
    return platform.signed_time(structs.replace(reply, nonce=bytes(32)))


def of_another_key(_: FakePlatform, reply: d.TimeReply) -> bytes:
    return signed.sign(crypto.Ed25519Signer(crypto.new_key()), d.TIME, reply)


def of_the_root_itself(platform: FakePlatform, reply: d.TimeReply) -> bytes:
    return signed.sign(platform.day.root, d.TIME, reply)


def of_another_type(platform: FakePlatform, reply: d.TimeReply) -> bytes:
    return signed.sign(platform.day.issuing, d.UPLOAD_RECEIPT, reply)


def cut_short(platform: FakePlatform, reply: d.TimeReply) -> bytes:
    return platform.signed_time(reply)[:-1]


def replied_before_it_came(platform: FakePlatform, reply: d.TimeReply) -> bytes:
    return platform.signed_time(structs.replace(reply, replied=reply.received - 1))


def thought_longer_than_it_took(platform: FakePlatform, reply: d.TimeReply) -> bytes:
    return platform.signed_time(structs.replace(reply, replied=reply.received + 60_000))


def another_time_with_each_answer(platform: FakePlatform, reply: d.TimeReply) -> bytes:
    platform.shift += 3_600_000
    return platform.signed_time(reply)


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (of_another_question, "stale_time"),
        (of_another_key, "other_signer"),
        (of_the_root_itself, "other_signer"),
        (of_another_type, "wrong_type"),
        (cut_short, "truncated"),
        (replied_before_it_came, "contradictory_time"),
        (thought_longer_than_it_took, "contradictory_time"),
        (another_time_with_each_answer, "contradictory_time"),
    ],
)
async def test_a_false_answer_is_refused_by_its_name_and_changes_nothing(
    lie: Lie, code: str, station: Station, joined: Made
) -> None:
    joined.platform.time_reply = lambda reply: lie(joined.platform, reply)
    with pytest.raises(KaodianError) as refused:
        await timekeeping.sync(station.site)
    assert refused.value.wire_code == code
    assert not station.site.clock.known
    assert station.site.store.points() == {}

    joined.platform.time_reply = joined.platform.signed_time
    await timekeeping.sync(station.site)
    held, end = station.site.clock.anchor, station.site.end
    joined.platform.time_reply = lambda reply: lie(joined.platform, reply)
    with pytest.raises(KaodianError):
        await timekeeping.sync(station.site)
    assert (station.site.clock.anchor, station.site.end) == (held, end)


async def test_a_genuine_answer_replayed_is_refused(station: Station, joined: Made) -> None:
    kept: list[bytes] = []

    def replay(reply: d.TimeReply) -> bytes:
        kept.append(joined.platform.signed_time(reply))
        return kept[0]

    joined.platform.time_reply = replay
    with pytest.raises(WrongBinding) as refused:
        await timekeeping.sync(station.site)
    assert refused.value.wire_code == "stale_time" and len(kept) == 2


async def test_answers_that_took_too_long_are_refused(
    station: Station, joined: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, late = time.clock_gettime_ns, 0
    monkeypatch.setattr("time.clock_gettime_ns", lambda clock: real(clock) + late * 1_000_000)

    def linger(reply: d.TimeReply) -> bytes:
        nonlocal late
        late += limits.TIME_ROUND_TRIP_MAX + 1
        return joined.platform.signed_time(reply)

    joined.platform.time_reply = linger
    with pytest.raises(Unavailable) as refused:
        await timekeeping.sync(station.site)
    assert refused.value.wire_code == "slow_time"
    assert not station.site.clock.known


@pytest.mark.parametrize("moved", [3_600_000, 86_400_000])
async def test_the_platform_is_the_root_of_time_and_a_contradiction_is_recorded_and_shown(
    moved: int, station: Station, joined: Made
) -> None:
    await verbs.run(station, verbs.SyncTime(), nothing)
    assert station.rooms.alarms == []
    joined.platform.shift += moved
    await verbs.run(station, verbs.SyncTime(), nothing)
    assert abs(station.site.clock.now() - joined.platform.now()) <= station.site.clock.error() + 1
    record = last_record(station)
    assert isinstance(record, records.TimeSynced) and abs(record.moved - moved) < 1_000
    assert [alarm.code for alarm in station.rooms.alarms] == ["time_moved"]


async def test_a_platform_time_before_the_dongle_s_mark_is_refused(station: Station, joined: Made) -> None:
    await verbs.run(station, verbs.SyncTime(), nothing)
    before = station.site.marks.mark.time
    joined.platform.shift -= 86_400_000
    with pytest.raises(Refused) as early:
        await verbs.run(station, verbs.SyncTime(), nothing)
    assert early.value.wire_code == "clock_before_mark"
    assert station.site.clock.now() >= before, "the time held is kept"
    assert station.site.marks.mark.time == before


async def test_a_platform_that_is_away_leaves_time_as_it_was(made: Made) -> None:
    station = made.open()
    with pytest.raises(Unavailable) as none:
        await timekeeping.sync(station.site)
    assert none.value.wire_code == "not_joined"
    station.close()


async def test_an_anchor_of_another_boot_is_not_used(station: Station, joined: Made) -> None:
    old = Anchor(NOW - boot_now(), 5, boot_now(), f"{boot_id()}-before", "platform")
    await station.site.commit(Batch(facts={"anchor": codec.encode(old)}))
    station.close()
    again = joined.open()
    assert not again.site.clock.known
    again.close()
