"""The list shows the same as the map and follows changes."""

from proctor_console.console.widgets.table import CandidateTable
from tests.proctor_console.console.conftest import Join
from tests.support.console_room import open_paper


async def test_rows_follow_the_board(join: Join) -> None:
    async with join(20, lambda room: open_paper(room, 38, 10), (120, 40)) as desk:
        await desk.press("t")
        table = desk.app.screen.query_one(CandidateTable)
        assert table.row_count == 40
        assert table.get_row("1")[:4] == [" 1", "赵一", "T0001", "* works"] and "12/50" in table.get_row("1")
        desk.room.hand_in("T0001")
        await desk.until(lambda: "done" in str(table.get_row("1")[3]))
        await desk.press("2")
        assert table.row_count == 2 and table.seat_number == 39
