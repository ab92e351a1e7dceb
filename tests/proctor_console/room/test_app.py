"""A whole sitting through the room's port, as PCs, a console and the site see it."""

import asyncio
from pathlib import Path

from proctor_console.room import machine
from proctor_console.room.app import RoomService
from proctor_console.room.desk import keys_fact
from shared import commands as c
from shared import documents as d
from shared import ledger, signed
from shared import messages as m
from shared import records as r
from shared.model import Rules
from shared.package import open_paper
from tests.support.fake_site import exam, site_now
from tests.support.pc import Pc
from tests.support.room_day import RoomDay, eventually, room_day, until

BRIEF = Rules(
    duration=3_000, late_entry=200, earliest_hand_in=300, last_leave=0, reminders=(2_500,), grace=300, makeup=5_000
)


def receipt_of(day: RoomDay, message: m.Receipt) -> d.AttemptReceipt:
    """The receipt, its signature checked."""
    return signed.verify(message.document, d.ATTEMPT_RECEIPT, day.room.machine.signer.public, d.AttemptReceipt)


async def test_a_sitting_from_log_in_to_end(tmp_path: Path) -> None:
    plan = exam(2_500, BRIEF, tickets=("1001", "1002", "1003"))
    async with room_day(tmp_path, plan) as day:
        console = await day.armed()
        first, second = day.pc(1), day.pc(2)
        admitted = await first.log_in("1001")
        assert (admitted.seat, admitted.epoch, admitted.head.position, admitted.clock.opened) == (1, 1, 0, 0)
        await second.log_in("1002")
        await first.send(m.ReadDone())
        assert (await first.answer(1, "A")).reason == "early"

        opened = await first.want(m.Opened)
        assert 0 <= site_now() - plan.session.start < 500, "opens at T, never before"
        assert len(open_paper(plan.papers["A"], opened.key, "m1", "A").items) == 3
        assert (await second.want(m.Opened)).key == plan.keys["B"]
        ack = await first.answer(2, "A", "C")
        assert (ack.verdict, ack.point) == ("accepted", first.chain.at)
        board = await console.board(lambda board: board.rows[0].answered == 2 and board.rows[0].read)
        assert [row.status for row in board.rows] == ["logged_in", "logged_in", "expected"]
        await _finish(plan.session.start, first)
        provisional = receipt_of(day, await first.want(m.Receipt))
        assert (provisional.ticket, provisional.attempt, provisional.status) == ("1001", first.chain.at, "submitted")
        final = receipt_of(day, await first.want(m.Receipt, lambda one: receipt_of(day, one).final))
        assert final.sitting == provisional.sitting

        assert await console.order(c.MarkAbsent("1003")) == ""
        assert await console.order(c.EndSitting()) == "unfinished"
        assert (await second.want(m.Notice)).kind == "reminder"
        assert (await second.want(m.Finished)).status == "collected"
        assert site_now() >= admitted.clock.closes
        assert await console.order(c.EndSitting()) == ""
        ended = await console.board(lambda board: board.ended)
        assert [row.status for row in ended.rows] == ["submitted", "collected", "absent"]
        await _all_copied(day)


async def _finish(start: int, pc: Pc) -> None:
    """Hands in once that is open, and is told so after the acknowledgement."""
    await until(start + BRIEF.earliest_hand_in)
    await pc.put(r.HandInRequested(False))
    assert (await pc.want(m.Ack)).point == pc.chain.at
    assert (await pc.want(m.Finished)).status == "submitted"


async def _all_copied(day: RoomDay) -> None:
    """The site holds every record, and a signed head over the last one; no paper key is left on the disk."""
    desk = day.room.hall.desks["m1"]
    await eventually(lambda: (desk.stream, 1) in day.site.heads and day.site.heads[desk.stream, 1].point == desk.point)
    assert day.site.ends(desk.stream) == desk.point.position
    ledger.verify_head(day.site.heads[desk.stream, 1], day.room.machine.signer.public)
    assert day.room.hall.store.fact(keys_fact("m1")) is None
    for ticket in ("1001", "1002"):
        assert day.site.ends(f"attempt/m1/{ticket}") == desk.state.attempts[ticket].accepted.position


async def test_a_stopped_service_lets_go_of_its_connections(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        async with asyncio.timeout(5):
            await day.stop()
        await pc.until_cut()


async def test_every_start_really_writes_to_the_disk(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        for _ in range(2):
            await day.stop()
            again = RoomService(machine.load(tmp_path / "room"))
            assert (tmp_path / "room" / "room.db-wal").stat().st_size == 0
            await again.restore()
            assert (tmp_path / "room" / "room.db-wal").stat().st_size > 0
            await again.close()
