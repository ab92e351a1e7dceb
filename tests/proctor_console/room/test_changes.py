"""Changes of a session reach a running room: what it does, what PCs and consoles are told, what it does not believe."""

from pathlib import Path

import msgspec
import pytest

from proctor_console.room import changes
from shared import commands as c
from shared import messages as m
from shared.model import Cancellation, Correction, Postponement, Rules
from tests.support.fake_site import QUICK, exam, site_now
from tests.support.room_day import eventually, room_day, until


async def test_a_postponed_sitting_is_disarmed_opens_at_its_new_time_and_survives_a_restart(tmp_path: Path) -> None:
    plan = exam(3_000)
    async with room_day(tmp_path, plan) as day:
        console = await day.armed()
        await console.board(lambda board: board.keys)
        pc = day.pc(1)
        before = await pc.log_in("1001")
        start = plan.session.start + 3_000
        day.site.change("m1", Postponement(start, "停电"))
        told = await pc.want(m.ClockChanged)
        assert (told.clock.start, told.clock.end, told.reason) == (start, before.clock.end + 3_000, "停电")
        board = await console.board(lambda board: board.clock.start == start)
        assert (board.armed, board.keys, board.login_allowed) == (False, False, True)
        assert (board.planned, board.session.start) == (plan.session.start, start)
        await until(plan.session.start + 50)
        assert not any(isinstance(message, m.Opened) for message in pc.seen), "nothing opens at the old time"
        await day.stop()
        await day.start(0)
        console = await day.console()
        assert await console.order(c.AllowStart()) == ""
        assert (await console.board(lambda board: bool(board.opened))).opened >= start
        assert len(day.room.hall.desks["m1"].state.candidates) == 2


async def test_a_cancelled_sitting_opens_nothing_lets_nobody_in_and_can_be_ended(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.armed()
        pc, other = day.pc(1), day.pc(2)
        await pc.log_in("1001")
        day.site.change("m1", Cancellation("试题泄密"))
        assert (await pc.want(m.Finished)).status == "cancelled"
        await other.hello()
        await other.type_in("1002", "990000200001011002")
        assert (await other.want(m.Refused)).refusal.code == "is_cancelled"
        board = await console.board(lambda board: board.cancelled)
        assert {row.status for row in board.rows} == {"cancelled"} and not board.armed
        assert await console.order(c.EndSitting()) == ""


async def test_the_spare_paper_takes_the_place_of_the_planned_form_on_every_pc(tmp_path: Path) -> None:
    plan = exam(4_000)
    async with room_day(tmp_path, plan) as day:
        console = await day.armed()
        await console.board(lambda board: board.keys)
        pc = day.pc(1)
        assert (await pc.log_in("1001")).paper.form == "A"
        day.site.change("m1", spare=True)
        assert (await pc.want(m.Admitted)).paper.form == "spare"
        assert (await pc.want(m.Opened)).key == plan.keys["spare"]
        assert (await console.board(lambda board: bool(board.opened))).spare == "spare"


async def test_a_correction_waits_for_the_opening_and_comes_again_with_the_candidate(tmp_path: Path) -> None:
    plan = exam(4_000)
    async with room_day(tmp_path, plan) as day:
        console = await day.armed()
        one, two = day.pc(1), day.pc(2)
        await one.log_in("1001")
        await two.log_in("1002")
        day.site.change("m1", Correction({"A": 2}, "应为 5 A"))
        state = day.room.hall.desks["m1"].state
        await eventually(lambda: state.changed == 1)
        assert state.opened_at is None
        first: m.Message = await one.want(m.Opened | m.Corrected)  # type: ignore[arg-type]  # either counts
        assert isinstance(first, m.Opened), "nothing of the paper before the paper"
        assert await one.want(m.Corrected) == m.Corrected(1, 2, "应为 5 A", False)
        day.site.change("m1", Correction({}, "第 3 页"))
        assert await one.want(m.Corrected, lambda told: told.number == 2) == m.Corrected(2, 0, "第 3 页", False)
        assert await two.want(m.Corrected) == m.Corrected(2, 0, "第 3 页", False), "form B has no first correction"
        await one.send(m.CorrectionRead(2))
        board = await console.board(lambda board: any(row.seen for row in board.corrections))
        assert board.corrections == (m.CorrectionRow(1, "应为 5 A", 0), m.CorrectionRow(2, "第 3 页", 1))
        await one.close()
        await one.resume()
        assert await one.want(m.Corrected) == m.Corrected(1, 2, "应为 5 A", False)
        assert await one.want(m.Corrected) == m.Corrected(2, 0, "第 3 页", True)


async def test_what_comes_after_the_opening_is_recorded_as_refused_and_everybody_is_told(tmp_path: Path) -> None:
    plan = exam(500)
    async with room_day(tmp_path, plan) as day:
        console = await day.armed()
        await console.board(lambda board: bool(board.opened))
        day.site.change("m1", Postponement(site_now() + 60_000, "停电"), spare=True)
        assert (await console.want(m.Alarm, lambda alarm: alarm.code == "change_refused")).value == 0
        assert (await console.want(m.Alarm, lambda alarm: alarm.code == "change_refused")).value == 1
        state = day.room.hall.desks["m1"].state
        assert state.session.start == plan.session.start and state.forms == {"A", "B"}
        await eventually(lambda: day.site.ends("sitting/m1/01") >= 6)
        count = state.noted
        day.site.change("m1")
        assert await console.order(c.ExtendTime("", 1_000, "x")) == ""
        assert state.noted == count == 2, "what was refused once is not refused again"


@pytest.mark.parametrize("part", ["changes", "spare"])
async def test_a_room_believes_only_what_the_platform_signed(tmp_path: Path, part: str) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.console()
        plan = day.site.exams["m1"]
        day.site.change("m1", Cancellation("x"), spare=True)
        await eventually(lambda: day.room.hall.desks["m1"].state.noted == 2)
        genuine = day.site.changed(plan)
        data = bytearray(getattr(genuine, part))
        data[-1] ^= 1
        forged = msgspec.structs.replace(genuine, **{part: bytes(data)})
        await changes.take(day.room.hall, forged)
        assert (await console.want(m.Alarm, lambda alarm: alarm.code == "offer_refused")).code == "offer_refused"
        assert day.room.hall.desks["m1"].state.noted == 2


async def test_a_reading_time_opens_the_paper_before_answers_count(tmp_path: Path) -> None:
    rules: Rules = msgspec.structs.replace(QUICK, reading=2_500)
    plan = exam(4_000, rules)
    async with room_day(tmp_path, plan) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        opened = await pc.want(m.Opened)
        assert opened.clock.opening == plan.session.start - 2_500 <= opened.clock.opened < plan.session.start
        assert (await pc.answer(1, "A")).verdict == "held"
        await until(plan.session.start)
        assert (await pc.answer(1, "B")).verdict == "accepted"


async def test_accommodation_minutes_are_in_the_instants_of_that_candidate_alone(tmp_path: Path) -> None:
    plan = exam(60_000)
    plan.places = (msgspec.structs.replace(plan.places[0], accommodation=7_000), plan.places[1])
    async with room_day(tmp_path, plan) as day:
        await day.armed()
        first, second = await day.pc(1).log_in("1001"), await day.pc(2).log_in("1002")
        end = plan.session.start + QUICK.duration
        assert (first.clock.end, first.clock.closes) == (end + 7_000, end + 7_000 + QUICK.grace)
        assert second.clock.end == end
