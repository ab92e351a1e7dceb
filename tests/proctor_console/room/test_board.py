"""The board: what staff see, and that no answer is among it."""

from pathlib import Path

from shared import codec
from shared import messages as m
from tests.support.fake_site import exam
from tests.support.room_day import room_day


async def test_a_board_holds_states_and_counts_and_fits_a_frame(tmp_path: Path) -> None:
    plan = exam(600, tickets=tuple(f"10{seat:02}" for seat in range(1, 31)))
    async with room_day(tmp_path, plan) as day:
        console = await day.armed()
        pc, idle = day.pc(1), day.pc(33)
        await pc.log_in("1001")
        await idle.hello()
        await pc.want(m.Opened)
        await pc.answer(1, "A", "B", "C")
        await pc.send(m.PaperFetched())
        board = await console.board(lambda board: board.rows[0].paper and board.rows[0].answered == 1)
        row = board.rows[0]
        assert (row.online, row.seat, row.status, row.saved_at > 0) == (True, 1, "logged_in", True)
        assert ([one.seat for one in board.pcs], board.keys, board.site_online, board.disk_ok) == (
            [33],
            True,
            True,
            True,
        )
        assert len(codec.encode(board)) < 20_000
        await pc.close()
        assert not (await console.board(lambda board: not board.rows[0].online)).rows[0].online
