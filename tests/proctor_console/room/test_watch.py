"""The room's eye on itself: outages noted at the restart, and each alarm on the console within five seconds."""

import asyncio
import sqlite3
from pathlib import Path

from proctor_console.room import watch
from proctor_console.room.watch import Watch
from shared import commands as c
from shared import limits
from shared import messages as m
from shared import records as r
from shared.io.clock import boot_now
from shared.model import Rules
from tests.support.fake_site import exam, site_now
from tests.support.room_day import RoomDay, eventually, room_day, until

ACROSS = Rules(
    duration=3_000, late_entry=1_000, earliest_hand_in=1_000, last_leave=0, reminders=(), grace=2_000, makeup=60_000
)
_BOARD = 250
"""Milliseconds a board may wait."""


def sittings_outages(day: RoomDay) -> list[tuple[int, int]]:
    """The outages that the room knows."""
    return day.room.hall.desks["m1"].state.outages


async def test_what_was_typed_until_the_end_counts_though_the_room_was_away_over_it(tmp_path: Path) -> None:
    plan = exam(1_500, ACROSS)
    async with room_day(tmp_path, plan) as day:
        await day.armed()
        port = day.room.port
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        await pc.answer(1, "A")
        await until(plan.session.start + 1_200)
        await day.stop()
        died = site_now()
        typed = [pc.write(r.Answered(("B",)), 2), pc.write(r.HandInRequested(automatic=True))]
        end = plan.session.start + ACROSS.duration
        await until(end + ACROSS.grace + 500)
        await day.start(port)
        await pc.resume()
        clock = (await pc.want(m.Admitted)).clock
        ((since, back),) = sittings_outages(day)
        assert since <= died <= since + limits.SERVED_EVERY + 500 and back >= end + ACROSS.grace
        assert clock.end == end and clock.closes == back + ACROSS.grace, "all of the grace is left"
        await pc.records(*typed)
        assert (await pc.want(m.Ack)).verdict == "accepted"
        assert (await pc.want(m.Finished)).status == "collected"


async def test_who_had_to_log_in_again_after_an_outage_is_shown_and_given_time_by_one_key(tmp_path: Path) -> None:
    rules = Rules(duration=60_000, late_entry=30_000, earliest_hand_in=1_000, last_leave=0, grace=900, makeup=30_000)
    plan = exam(1_200, rules)
    async with room_day(tmp_path, plan) as day:
        await day.armed()
        port = day.room.port
        stayed, fell = day.pc(1), day.pc(2)
        for pc, ticket in ((stayed, "1001"), (fell, "1002")):
            await pc.log_in(ticket)
        for pc in (stayed, fell):
            await pc.want(m.Opened)
            await pc.answer(1, "A")
        answered = site_now()
        await day.stop()
        await until(answered + limits.LOST_LEAST + 500)
        await day.start(port)
        await stayed.resume()
        await stayed.want(m.Admitted)
        await fell.log_in("1002", fell.chain.at)
        console = await day.console()
        board = await console.board(lambda one: any(row.lost for row in one.rows))
        rows = {row.ticket: row for row in board.rows}
        assert rows["1001"].lost == 0
        assert limits.LOST_LEAST <= rows["1002"].lost <= site_now() - answered + 100
        assert rows["1002"].cause == "restarted"
        assert await console.order(c.Compensate(("1001", "1002"), True, "监考机断电")) == ""
        told = await fell.want(m.ClockChanged)
        assert told.clock.end == plan.session.start + rules.duration + rows["1002"].lost
        assert await console.order(c.Compensate(("1002",), True, "监考机断电")) == "nothing_lost"


async def test_the_note_that_the_room_serves_is_written_while_a_sitting_is_armed(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        eye = Watch(day.room.hall)
        await eye.note()
        assert watch.last_served(day.room.hall.store) == 0
        await day.armed()
        await eye.note()
        assert 0 <= site_now() - watch.last_served(day.room.hall.store) < limits.SERVED_EVERY


async def test_a_disk_that_is_almost_full_is_told_once_until_it_is_right_again(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.console()
        left = 500 * limits.MIB
        eye = Watch(day.room.hall, free=lambda _folder: left)
        await eye.note()
        await eye.note()
        assert (await console.want(m.Alarm)).value == 500
        assert (await console.board(lambda one: one.disk_left == left)).disk_ok
        assert not [one for one in console.seen if isinstance(one, m.Alarm)]
        left = 2 * limits.DISK_LOW
        await eye.note()
        assert await console.board(lambda one: one.disk_left == left)
    assert limits.SERVED_EVERY + _BOARD < 5 * limits.SECOND


async def test_a_disk_that_does_not_answer_is_told_while_everything_waits_for_it(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.armed()
        held = sqlite3.connect(day.room.hall.machine.database, isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
        assert (await console.want(m.Alarm)).code == "disk_hangs"
        stood = watch.last_served(day.room.hall.store)
        held.close()
        await eventually(lambda: watch.last_served(day.room.hall.store) > stood)
        assert await console.order(c.Pause("磁盘")) in {"", "not_open"}, "the room serves again"
    assert limits.SERVED_EVERY + limits.DISK_HANGS + watch.LOOK < 5 * limits.SECOND


async def test_a_site_that_is_not_heard_from_is_told_though_the_line_stands(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.console()
        eye, hall = Watch(day.room.hall), day.room.hall
        heard = hall.site_heard
        assert boot_now() - heard < limits.PEER_SILENT, "the site answers beacons all the time"
        eye.look(heard + limits.PEER_SILENT)
        assert hall.site_online
        eye.look(heard + limits.PEER_SILENT + 1)
        assert not hall.site_online
        assert (await console.want(m.Alarm)).code == "site_away"
        await console.board(lambda one: one.site_online)
    assert limits.PEER_SILENT + watch.LOOK + _BOARD < 5 * limits.SECOND
    assert limits.BEAT_EVERY * 2 <= limits.PEER_SILENT, "one lost beat is no alarm"


async def test_a_room_that_starts_while_the_site_is_away_says_so(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.stop()
        await day.site.down()
        await day.start(0)
        console, eye = day.new_console(), Watch(day.room.hall)
        await console.log_in()
        eye.look(boot_now() + limits.PEER_SILENT + 1)
        assert (await console.want(m.Alarm)).code == "site_away"


async def test_a_seat_that_is_not_heard_from_is_told_and_one_that_beats_is_not(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.armed()
        quiet, beating = day.pc(1), day.pc(2)
        await quiet.log_in("1001")
        await beating.log_in("1002")
        eye, hall = Watch(day.room.hall), day.room.hall
        await asyncio.sleep(0.05)
        since = hall.presence.signs["m1", "1001"]
        await beating.send(m.Beacon(5))
        await beating.want(m.BeaconReply)
        assert hall.presence.signs["m1", "1002"] > since
        eye.look(since + limits.PEER_SILENT + 1)
        alarm = await console.want(m.Alarm)
        assert (alarm.code, alarm.ticket, alarm.seat) == ("seat_silent", "1001", 1)
        board = await console.board(lambda one: not one.rows[0].online)
        assert board.rows[1].online
        await quiet.send(m.Beacon(5))
        await quiet.want(m.BeaconReply)
        eye.look(boot_now())
        await console.board(lambda one: one.rows[0].online)


async def test_after_a_restart_pcs_have_a_while_to_come_back(tmp_path: Path) -> None:
    plan = exam(60_000)
    async with room_day(tmp_path, plan) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        port = day.room.port
        await day.stop()
        await day.start(port)
        eye, hall = Watch(day.room.hall), day.room.hall
        eye.look(boot_now() + limits.LOST_WAIT - limits.SECOND)
        assert not hall.presence.silent
        eye.look(boot_now() + limits.LOST_WAIT + limits.SECOND)
        assert hall.presence.silent == {("m1", "1001")}
