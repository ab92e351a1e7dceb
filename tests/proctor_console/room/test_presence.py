"""Who answers for an attempt: a move to a spare, seen by both PCs and the console."""

from pathlib import Path

from shared import commands as c
from shared import messages as m
from shared import records as r
from tests.support.fake_site import exam
from tests.support.room_day import room_day


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

        assert await day.as_chief(c.ApproveResume("1001")) == ""
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
