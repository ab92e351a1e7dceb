"""Trusted time of a room: from the site and kept for this boot; given back by its PCs; confirmed by two people."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from proctor_console.room import timekeeper
from shared import codec, ledger, limits
from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.io.clock import Anchor, TrustedClock, boot_now, system_now
from shared.io.store import Batch, Store
from shared.records import TimeNote
from tests.support.fake_site import ROOM, SHIFT, exam, site_now
from tests.support.pc import TOLD_WITHIN, Console, Pc
from tests.support.room_day import RoomDay, eventually, room_day

TICKETS = ("1001", "1002", "1003", "1004")


async def test_a_restarted_room_knows_the_time_without_the_site(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await eventually(lambda: day.room.hall.store.fact(timekeeper.FACT) is not None)
        await day.site.down()
        await day.stop()
        store = Store(tmp_path / "room" / "room.db")
        clock = TrustedClock(timekeeper.kept_anchor(store))
        store.close()
        assert clock.known
        assert abs(clock.now() - site_now()) <= clock.error() + 5


async def reboot(day: RoomDay, ahead: int = 0) -> None:
    """The room machine boots anew without its site: what it kept of the time belongs to another boot.

    `ahead` is how much later than truly the room believes to have taken the time.
    """
    await day.site.down()
    await eventually(lambda: day.room.hall.store.fact(timekeeper.FACT) is not None)
    await day.stop()
    store = Store(day.folder / "room" / "room.db")
    kept = timekeeper.kept_anchor(store)
    assert kept is not None
    other = msgspec.structs.replace(kept, boot="another", offset=kept.offset + ahead)
    await store.commit(Batch(facts={timekeeper.FACT: codec.encode(other)}))
    store.close()
    await day.start()
    assert not day.room.hall.clock.known


async def answers(pc: Pc, away: int = 0) -> None:
    """A PC that still knows the time (`away` ms beside it) says hello and answers every question of the room."""
    await pc.connect()
    await pc.send(m.PcHello(m.PROTOCOL_VERSION, pc.device.public, pc.seat))
    await pc.want(m.RoomHello)
    for _ in range(limits.TIME_SAMPLES):
        asked = await pc.want(m.Beacon)
        now = site_now() + away
        await pc.send(m.BeaconReply(asked.sent, now, now, 5))


def notes(day: RoomDay) -> list[TimeNote]:
    """What the sitting's stream says of the time."""
    desk = day.room.hall.desks["m1"]
    found = []
    for entry in day.room.hall.store.entries(desk.stream, 1):
        record = r.read(ledger.header_of(entry), entry, desk._key)
        if isinstance(record, TimeNote):
            found.append(record)
    return found


def taken(note: TimeNote) -> tuple[str, int, int]:
    assert isinstance(note, r.TimeTaken) and note.error < 100
    return note.source, note.answers, note.moved


async def attached(day: RoomDay) -> tuple[Console, m.TimeState]:
    """A console and what it is told of the time, before any board."""
    console = day.new_console()
    await console.log_in("周巡考")
    return console, await console.want(m.TimeState)


async def test_after_a_reboot_the_pcs_give_the_time_back_and_the_site_s_takes_its_place(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000, tickets=TICKETS)) as day:
        await day.armed()
        await reboot(day)
        began = boot_now()
        console, told = await attached(day)
        assert boot_now() - began < TOLD_WITHIN, "staff read at once that nobody can be let in, and what to do"
        assert not told.known and abs(told.system - system_now()) < 5_000
        for seat, away in ((1, 0), (2, 4), (3, -4), (4, 3_600_000)):
            await answers(day.pc(seat), away)
        alarm = await console.want(m.Alarm)
        assert (alarm.code, alarm.value) == ("time_from_neighbours", 3)
        assert (await console.want(m.TimeState)).known
        clock = day.room.hall.clock
        assert abs(clock.now() - site_now()) <= clock.error() < 100
        await eventually(lambda: bool(notes(day)))
        assert taken(notes(day)[0]) == ("pcs", 3, 0)

        await day.site.up(tmp_path / "site")
        await eventually(lambda: clock.anchor is not None and clock.anchor.source == "site")
        await eventually(lambda: len(notes(day)) == 2)
        assert taken(notes(day)[1]) == ("site", 1, 0)


async def test_one_pc_alone_does_not_make_the_time_of_a_room(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000, tickets=TICKETS)) as day:
        await day.armed()
        await reboot(day)
        await answers(day.pc(1))
        await answers(day.pc(2))
        await asyncio.sleep(limits.NEIGHBOURS_GATHER / 1000 + 0.3)
        assert not day.room.hall.clock.known


async def test_pcs_that_all_say_it_is_earlier_than_the_room_s_own_records_are_doubted(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000, tickets=TICKETS)) as day:
        await day.armed()
        await reboot(day)
        console, _ = await attached(day)
        for seat in (1, 2, 3, 4):
            await answers(day.pc(seat), -60_000)
        alarm = await console.want(m.Alarm)
        assert alarm.code == "time_doubted"
        assert not day.room.hall.clock.known


async def test_a_pc_that_wants_in_while_the_room_has_no_time_is_told_so(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        first = day.pc(1)
        await first.log_in("1001")
        await first.close()
        await reboot(day)
        again = day.pc(1)
        again.device, again.ticket, again.chain = first.device, first.ticket, first.chain
        await again.resume()
        assert (await again.want(m.Refused)).refusal.code == "no_time"


async def test_two_people_confirm_the_wall_clock(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        await reboot(day)
        console, _ = await attached(day)

        async def says(name: str, at: int) -> str:
            one = day.new_console()
            await one.log_in(name)
            return await one.room_order(c.ConfirmTime(at))

        assert await says("王监考", site_now() - 60_000) == "before_record"
        assert await says("王监考", site_now() + 5_000) == ""
        state = await console.want(m.TimeState, lambda one: bool(one.by))
        assert state.by == "王监考" and abs(state.confirmed - site_now() - 5_000) < 2_000
        assert await says("王监考", site_now() + 10_000) == ""
        assert await says("督导", site_now()) == "not_your_role"
        assert await says("李监考", site_now() + 10_000) == "needs_head"
        assert await says("张主考", site_now() + 90_000) == "times_differ"
        assert await says("王监考", site_now() + 80_000) == ""
        assert (await console.want(m.TimeState, lambda one: one.known)).known
        clock = day.room.hall.clock
        assert abs(clock.now() - site_now() - 85_000) < 3_000
        assert clock.error() >= limits.CONFIRM_APART
        await eventually(lambda: bool(notes(day)))
        found = notes(day)[0]
        assert isinstance(found, r.TimeConfirmed)
        assert (found.first, found.second) == ("张主考", "王监考")
        assert await says("王监考", site_now()) == "time_known"

        await day.site.up(tmp_path / "site")
        moved = await console.want(m.Alarm, lambda one: one.code == "time_moved")
        assert abs(moved.value + 85_000) < 3_000
        assert abs(clock.now() - site_now()) < 1_000


async def test_the_clock_of_a_room_never_goes_back_behind_an_opening(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(1_500)) as day:
        await day.armed()
        hall = day.room.hall
        await eventually(lambda: hall.desks["m1"].state.opened_at is not None)
        opened = hall.desks["m1"].state.opened_at
        hall.time.from_site(m.BeaconReply(boot_now(), site_now() - 120_000, site_now() - 120_000, 5))
        assert hall.clock.now() == opened
        assert hall.clock.anchor is not None and abs(hall.clock.anchor.offset - SHIFT + 120_000) < 100


async def test_what_happens_to_clocks_keeps_no_newer_authorisation_away(tmp_path: Path) -> None:
    one = exam(60_000)
    async with room_day(tmp_path, one) as day:
        desk = day.room.hall.desks["m1"]
        await eventually(lambda: desk.point.position == 1)
        await desk.ask(c.NoteTime(r.ClockJumped(3_600_000)))
        assert notes(day) == [r.ClockJumped(3_600_000)] and desk.fresh


@pytest.mark.parametrize("boot", ["another", ""])
def test_an_anchor_of_another_boot_proves_only_that_its_instant_has_passed(boot: str, tmp_path: Path) -> None:
    anchor = Anchor(SHIFT, 5, 1_000, boot, ROOM)
    assert not TrustedClock(anchor).known
