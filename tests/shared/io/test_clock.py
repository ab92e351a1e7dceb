"""Trusted time: what one exchange proves, and what it refuses to prove."""

import asyncio

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared import limits
from shared.errors import Unavailable
from shared.io.clock import (
    PCS,
    PEOPLE,
    SOURCE,
    Anchor,
    JumpWatch,
    ThisMachine,
    TrustedClock,
    boot_id,
    boot_now,
    exchange,
    system_now,
    wall_anchor,
)
from shared.messages import BeaconReply

OFFSET = 1_800_000_000_000
delays = st.integers(0, 2_000)


@example(0, 2_000, 2_000, 2_000, 0)
@given(st.integers(0, 10**9), delays, delays, delays, st.integers(0, 50))
def test_the_true_time_is_within_the_bound(sent: int, there: int, thinking: int, back: int, error: int) -> None:
    received = sent + there + OFFSET
    replied = received + thinking
    anchor = exchange(sent, received, replied, sent + there + thinking + back, error, "site")
    if there + thinking + back > limits.TIME_ROUND_TRIP_MAX:
        assert anchor is None
        return
    assert anchor is not None
    assert abs(anchor.offset - OFFSET) <= anchor.error - error
    assert anchor.error <= (there + back) // 2 + 1 + error


@pytest.mark.parametrize(
    ("received", "replied", "back"),
    [
        (100, 100, -1),  # answered before it was asked
        (100, 99, 10),  # left before it came
        (100, 200, 10),  # thought longer than it took
        (100, 100, limits.TIME_ROUND_TRIP_MAX + 1),
    ],
)
def test_an_exchange_that_contradicts_itself_or_is_slow_proves_nothing(received: int, replied: int, back: int) -> None:
    assert exchange(0, received, replied, back, 0, "site") is None


def test_without_an_exchange_there_is_no_time() -> None:
    clock = TrustedClock()
    assert not clock.known and clock.anchor is None
    for ask in (clock.now, clock.error):
        with pytest.raises(Unavailable) as caught:
            ask()
        assert caught.value.wire_code == "no_time"


def test_an_anchor_of_another_boot_is_not_believed() -> None:
    assert not TrustedClock(Anchor(OFFSET, 1, boot_now(), "another boot", "site")).known
    clock = TrustedClock(Anchor(OFFSET, 1, boot_now(), boot_id(), "site"))
    before, now = boot_now(), clock.now()
    assert before <= now - OFFSET <= boot_now()


def test_the_best_anchor_counts_and_grows_worse_with_time() -> None:
    clock, now = TrustedClock(), boot_now()
    clock.adopt(Anchor(OFFSET + 500, 500, now, boot_id(), "bad"))
    clock.adopt(Anchor(OFFSET, 5, now, boot_id(), "good"))
    clock.adopt(Anchor(OFFSET + 90, 90, now, boot_id(), "middle"))
    assert clock.anchor is not None and clock.anchor.source == "good"
    assert Anchor(OFFSET, 5, now, "", "").error_at(now + 1_000_000) == 105
    assert Anchor(OFFSET, 5, now, "", "").error_at(now - 1) == 5
    clock.adopt(Anchor(OFFSET, 1, now - 10**9, boot_id(), "old and once the best"))
    assert clock.anchor.source == "good"


def test_time_passes_on_from_machine_to_machine_with_a_growing_bound() -> None:
    site, room = TrustedClock(), TrustedClock()
    site.adopt(Anchor(OFFSET, 7, boot_now(), boot_id(), "platform"))
    asked = boot_now()
    reply = site.answer(asked, site.now())
    room.take_beacon(reply, "site")
    assert room.anchor is not None and room.anchor.source == "site"
    before, now = site.now(), room.now()
    assert before - room.error() <= now <= site.now() + room.error() and room.error() >= site.error()


def test_a_slow_beacon_reply_is_ignored() -> None:
    room = TrustedClock()
    room.take_beacon(BeaconReply(boot_now() - limits.TIME_ROUND_TRIP_MAX - 1, OFFSET, OFFSET, 1), "site")
    assert not room.known


async def test_who_waits_for_time_goes_on_with_the_first_exchange() -> None:
    clock = TrustedClock()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = group.create_task(clock.wait_known())
        await asyncio.sleep(0)
        assert not waiting.done()
        clock.adopt(Anchor(OFFSET, 1, boot_now(), boot_id(), "site"))


async def test_sleeping_ends_at_the_instant() -> None:
    clock = TrustedClock(Anchor(OFFSET, 1, boot_now(), boot_id(), "site"))
    instant = clock.now() + 60
    async with asyncio.timeout(5):
        await clock.sleep_until(instant)
        assert clock.now() >= instant
        await clock.sleep_until(instant - 10_000)


def anchor(offset: int, source: str, error: int = 5) -> Anchor:
    return Anchor(offset, error, boot_now(), boot_id(), source)


def test_a_better_source_takes_the_place_of_a_lesser_one_and_never_the_other_way() -> None:
    clock = TrustedClock()
    assert clock.adopt(anchor(OFFSET + 40_000, PEOPLE, 60_000)) == 0
    assert clock.adopt(anchor(OFFSET + 10, PCS, 1)) == 0
    assert clock.adopt(anchor(OFFSET, PEOPLE, 0)) is None
    assert clock.adopt(anchor(OFFSET + 12, "site", 100)) == 0
    assert clock.anchor is not None and clock.anchor.source == "site"
    assert clock.adopt(anchor(OFFSET, PCS, 0)) is None
    assert clock.anchor.source == "site"


@pytest.mark.parametrize("moved", [3_600_000, -3_600_000])
def test_upstream_s_word_is_taken_though_it_contradicts_all_before_and_how_far_is_told(moved: int) -> None:
    clock = TrustedClock()
    for _ in range(8):
        assert clock.adopt(anchor(OFFSET, "site", 1)) == 0
    assert clock.adopt(anchor(OFFSET + moved, "site", 50)) == moved
    before, now = boot_now(), clock.now()
    assert before <= now - OFFSET - moved <= boot_now()
    assert clock.adopt(anchor(OFFSET + moved + 20, "site", 50)) == 0


def test_a_clock_that_is_moved_back_stands_at_its_floor_until_time_has_passed_it() -> None:
    clock = TrustedClock(anchor(OFFSET, "site"))
    clock.floor = clock.now()
    assert clock.adopt(anchor(OFFSET - 60_000, "site")) == -60_000
    assert clock.now() == clock.floor
    clock.adopt(anchor(OFFSET + 60_000, "site"))
    assert clock.now() > clock.floor


def test_a_wall_clock_is_known_within_a_minute() -> None:
    clock, before = TrustedClock(), boot_now()
    clock.adopt(wall_anchor(OFFSET))
    assert 0 <= clock.now() - OFFSET <= boot_now() - before and clock.error() >= limits.CONFIRM_APART


class Machine(ThisMachine):
    """A machine whose clocks go only as they are told."""

    at = 1_000_000
    away = 0

    def boot(self) -> int:
        return self.at

    def system(self) -> int:
        return self.at + OFFSET + self.away


def test_a_moved_system_clock_is_noticed_once_and_slow_drift_in_the_end() -> None:
    machine = Machine()
    before = SOURCE.set(machine)
    try:
        watch = JumpWatch()
        assert watch.look() == 0
        for jump in (3_600_000, -86_400_000):
            machine.at += 60_000
            machine.away += jump
            assert watch.look() == jump
            assert watch.look() == 0
        for drift in range(1, 4):
            machine.away += limits.CLOCK_JUMP // 2 - 100
            assert (watch.look() != 0) == (drift == 3)
    finally:
        SOURCE.reset(before)


def test_the_system_clock_is_of_this_age() -> None:
    assert system_now() > 1_700_000_000_000
    assert boot_now() <= boot_now()
