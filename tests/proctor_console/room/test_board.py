"""The board: what staff see, and that no answer is among it."""

from pathlib import Path

from proctor_console.room import board
from shared import codec
from shared import messages as m
from shared import records as r
from shared.ledger import Point, point_code
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


async def test_once_ended_the_code_of_the_end_stays(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(600)) as day:
        desk = day.room.hall.desks["m1"]
        first = board.board(desk, day.room.hall.presence, day.room.hall.health(), 0).head
        desk.register.take(desk.state, r.SittingEnded(0, 0, 0, 0, "王"), Point(1, 7, bytes(32)), 5)
        ended = board.board(desk, day.room.hall.presence, day.room.hall.health(), 0).head
        assert ended == m.HeadShown(point_code(desk.stream, Point(1, 7, bytes(32))), "1.7", 5) != first
