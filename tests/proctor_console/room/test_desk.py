"""The desk's promises to candidates' PCs: acknowledged means durable, repeats are harmless, one epoch writes at a time."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from proctor_console.room import enrol
from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.ledger import START
from shared.model import Rules
from tests.support.fake_site import CODE, ROOM, FakeSite, exam
from tests.support.pc import PATIENCE, Console, Pc
from tests.support.room_day import eventually, room_day, until

MAIN = "import sys; from proctor_console.room.cli import main; sys.exit(main())"


async def test_repeats_are_acknowledged_again_and_a_gap_asks_for_resending(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(600)) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        await pc.answer(1, "A")
        missing = pc.write(r.Answered(("B",)), 1)
        await pc.put(r.Answered(("C",)), 1)
        assert (await pc.want(m.Resend)).position == 2
        await pc.records(missing, pc.entries[-1])
        first = await pc.want(m.Ack)
        before = day.room.hall.desks["m1"].point
        await pc.records(*pc.entries)
        assert await pc.want(m.Ack) == first, "a repeat is acknowledged again"
        assert day.room.hall.desks["m1"].point == before, "and makes no record"


async def test_other_content_at_a_known_position_is_an_alarm(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(600)) as day:
        console = await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        fork = pc.chain.at
        await pc.answer(1, "A")
        pc.chain.at = fork
        await pc.put(r.Answered(("B",)), 1)
        assert (await pc.want(m.Refused)).refusal.code == "conflict"
        assert (await console.want(m.Alarm)).code == "record_conflict"
        # A chain that forked before the stored head would ask for resending for ever.
        await pc.put(r.Answered(("C",)), 1)
        assert (await pc.want(m.Refused)).refusal.code == "conflict"


async def test_a_move_to_a_spare_carries_the_accepted_and_holds_the_rest(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(600)) as day:
        console = await day.armed()
        old, spare = day.pc(1), day.pc(31)
        await old.log_in("1001")
        await old.want(m.Opened)
        await old.answer(1, "A")
        await spare.hello()
        await spare.type_in("1001", "990000200001011001")
        await spare.want(m.Waiting)
        assert (await console.want(m.Alarm)).code == "resume_waiting"
        assert (await old.answer(3, "B")).verdict == "accepted", "the one who answers is not disturbed"
        accepted = list(old.entries)
        late = old.write(r.Answered(("C",)), 3)

        assert await console.order(c.ApproveResume("1001")) == ""
        assert (await old.want(m.Finished)).status == "moved"
        admitted = await spare.want(m.Admitted)
        assert (admitted.seat, admitted.epoch, admitted.history) == (31, 2, len(accepted))
        assert (await spare.want(m.History)).entries == tuple(accepted)
        assert (await spare.want(m.Opened)).key

        await old.records(late)
        ack = await old.want(m.Ack)
        assert (ack.verdict, ack.reason) == ("held", "old_epoch")
        await old.close()
        await old.resume()
        assert (await old.want(m.Finished)).status == "moved", "after a reconnect too"
        row = (await console.board(lambda board: board.rows[0].held == 1)).rows[0]
        assert (row.seat, row.place, row.online) == (31, 1, True)


async def test_a_pc_that_lost_its_ledger_gets_a_new_epoch_and_its_answers(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(600)) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        await pc.answer(1, "A")
        accepted, at = list(pc.entries), pc.chain.at
        await pc.close()
        await pc.hello()
        await pc.type_in("1001", "990000200001011001", START)
        admitted = await pc.want(m.Admitted)
        assert (admitted.epoch, admitted.continues, admitted.head.position) == (2, at, 0)
        assert (await pc.want(m.History)).entries == tuple(accepted)


async def test_records_after_the_end_are_held_as_late(tmp_path: Path) -> None:
    rules = Rules(duration=900, late_entry=100, earliest_hand_in=0, reminders=(), grace=200, makeup=0)
    plan = exam(600, rules)
    async with room_day(tmp_path, plan) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        await until(plan.session.start + 900)
        assert (await pc.answer(1, "A")).verdict == "accepted", "within grace"
        assert (await pc.want(m.Finished)).status == "collected"
        ack = await pc.answer(1, "B")
        assert (ack.verdict, ack.reason) == ("held", "closed")
        await pc.records(*pc.entries)
        assert [(await pc.want(m.Ack)).verdict for _ in range(2)] == ["accepted", "held"], "each run has its verdict"


async def _serve(folder: Path) -> tuple[asyncio.subprocess.Process, int]:
    """A real service process; returns it and its port once it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MAIN, "--data", str(folder), "serve", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    assert line.startswith(b"ready 127.0.0.1:")
    return process, int(line.rsplit(b":", 1)[1])


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def test_every_acknowledged_record_outlives_a_killed_service(tmp_path: Path) -> None:
    site = FakeSite(exam(2_500))
    await site.up(tmp_path / "site")
    await enrol.enrol(tmp_path / "room", site.site_file, ROOM, CODE)
    process, port = await _serve(tmp_path / "room")
    ends: list[Pc | Console] = []
    try:
        console = await _ready_console(site, port, ends)
        assert await console.order(c.AllowLogin()) == ""
        assert await console.order(c.AllowStart()) == ""
        pc = Pc(site.ca_certificate, port, 1)
        ends.append(pc)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        acked = 0
        for number in range(60):
            await pc.put(r.Answered(("ABCD"[number % 4],)), 1 + number % 3)
            if number >= 40:
                continue
            acked = (await pc.want(m.Ack)).point.position
        await _kill(process)  # twenty saves are on their way
        await pc.until_cut()
        acked = max([acked] + [one.point.position for one in pc.seen if isinstance(one, m.Ack)])
        await site.down()
        process, port = await _serve(tmp_path / "room")
        again = Pc(site.ca_certificate, port, 1, pc.device)
        ends.append(again)
        again.ticket, again.chain, again.entries = pc.ticket, pc.chain, pc.entries
        await again.resume()
        head = (await again.want(m.Admitted)).head
        assert head.position >= acked >= 41
        assert head.digest == pc.entries[head.position - 1].digest
        await again.want(m.Opened)
        await again.records(*pc.entries[head.position :])
        assert (await again.want(m.Ack)).point == pc.chain.at
        await site.up(tmp_path / "site")
        await eventually(lambda: site.ends("attempt/m1/1001") == len(pc.entries))
    finally:
        await _kill(process)
        for one in ends:
            await one.close()
        await site.close()


async def _ready_console(site: FakeSite, port: int, ends: list[Pc | Console]) -> Console:
    """A console at a service that may not have heard from the site yet."""
    while True:
        console = Console(site.ca_certificate, port)
        ends.append(console)
        if isinstance(await console.log_in(), m.ConsoleWelcome):
            await console.board(lambda _board: True)
            return console
