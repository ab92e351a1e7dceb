"""What an admitted PC is told."""

from pathlib import Path

from shared import messages as m
from shared.ledger import START
from tests.support.fake_site import exam
from tests.support.room_day import room_day


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
