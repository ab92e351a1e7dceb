"""What an admitted PC is told."""

from pathlib import Path

from shared import messages as m
from shared.ledger import START, Entry, Point
from shared.model import Rules
from tests.support.fake_site import exam
from tests.support.pc import Pc
from tests.support.room_day import RoomDay, room_day


async def granted_anew(day: RoomDay) -> tuple[Pc, tuple[Entry, ...], Point]:
    """A PC whose ledger is gone, admitted to its second epoch; what counts, and where that ends."""
    await day.armed()
    pc = day.pc(1)
    await pc.log_in("1001")
    await pc.want(m.Opened)
    await pc.answer(1, "A")
    accepted, at = tuple(pc.entries), pc.chain.at
    await pc.close()
    await pc.hello()
    await pc.type_in("1001", "990000200001011001", START)
    admitted = await pc.want(m.Admitted)
    assert (admitted.epoch, admitted.continues, admitted.head.position) == (2, at, 0)
    return pc, accepted, at


async def test_a_pc_that_lost_its_ledger_gets_a_new_epoch_and_its_answers(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(600)) as day:
        pc, accepted, _ = await granted_anew(day)
        assert (await pc.want(m.History)).entries == accepted


async def test_a_pc_whose_ledger_is_gone_before_its_epoch_began_is_given_what_counts_again(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(600)) as day:
        pc, accepted, at = await granted_anew(day)
        await pc.close()
        for lost, history in ((True, accepted), (False, ())):
            pc.chain.at = START if lost else Point(2, 1, bytes(32))
            await pc.resume()
            admitted = await pc.want(m.Admitted)
            assert (admitted.epoch, admitted.continues, admitted.head.position) == (2, at, 0)
            assert admitted.history == len(history)
            if lost:
                assert (await pc.want(m.History)).entries == history
            await pc.close()


async def test_a_pc_is_told_what_the_room_holds_and_does_not_count(tmp_path: Path) -> None:
    rules = Rules(duration=1_500, late_entry=700, earliest_hand_in=1_000, last_leave=0, reminders=(), grace=200)
    async with room_day(tmp_path, exam(600, rules)) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        await pc.answer(1, "A")
        await pc.want(m.Finished)
        late = await pc.answer(2, "B")
        assert (late.verdict, late.point.position) == ("held", 3)
        await pc.close()
        await pc.resume()
        assert (await pc.want(m.Admitted)).held == ((3, 3),)
