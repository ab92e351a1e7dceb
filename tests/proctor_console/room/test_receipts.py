"""Receipts: provisional until the site's durable copy, the same each time, final once the copy is there."""

from pathlib import Path

from shared import commands as c
from shared import documents as d
from shared import messages as m
from shared import records as r
from shared import signed
from tests.support.fake_site import exam
from tests.support.room_day import room_day, until
from tests.support.small_day import CHIEF, PROCTOR


async def test_a_receipt_is_final_only_with_the_sites_copy(tmp_path: Path) -> None:
    plan = exam(600)
    async with room_day(tmp_path, plan) as day:
        day.site.acks = False
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        await until(plan.session.start + plan.session.rules.earliest_hand_in)
        await pc.put(r.HandInRequested(False))
        first = await pc.want(m.Receipt)
        key = day.room.machine.signer.public
        assert not signed.verify(first.document, d.ATTEMPT_RECEIPT, key, d.AttemptReceipt).final
        await pc.close()
        await pc.resume()
        assert await pc.want(m.Receipt) == first, "its short code must not change on the candidate's screen"
        await day.site.down()
        day.site.acks = True
        await day.site.up(day.folder / "site")
        final = await pc.want(m.Receipt)
        assert signed.verify(final.document, d.ATTEMPT_RECEIPT, key, d.AttemptReceipt).final


async def test_who_is_opened_again_has_no_receipt_and_the_copy_is_taken_all_the_same(tmp_path: Path) -> None:
    plan = exam(600)
    async with room_day(tmp_path, plan) as day:
        day.site.acks = False
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        await until(plan.session.start + plan.session.rules.earliest_hand_in)
        await pc.put(r.HandInRequested(False))
        await pc.want(m.Receipt)
        desk, receipts = day.room.hall.desks["m1"], day.room.hall.receipts["m1"]
        await desk.ask(c.ByStaff(c.Reopen("1001", "误交卷"), PROCTOR))
        outcome = await desk.ask(c.ByStaff(c.Confirm(1), CHIEF))
        assert isinstance(outcome, list)
        assert receipts.current("1001") is None
        assert receipts.became_final() == []
