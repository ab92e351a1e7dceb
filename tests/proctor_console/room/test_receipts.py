"""Receipts: provisional until the site's durable copy, the same each time, final once the copy is there."""

from pathlib import Path

from shared import documents as d
from shared import messages as m
from shared import records as r
from shared import signed
from tests.support.fake_site import exam
from tests.support.room_day import room_day, until


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
