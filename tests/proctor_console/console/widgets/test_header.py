"""Head lines in each condition."""

from textual.widgets import Static

from proctor_console.console import state as s
from proctor_console.console.widgets.header import Header
from tests.proctor_console.console.conftest import Join


async def test_without_time_or_sitting_it_says_what_is_awaited(join: Join) -> None:
    async with join(-50) as desk:
        header = desk.app.screen.query_one(Header)
        header.show(desk.app.desk.state, None)
        assert "Waiting for trusted time" in str(Static.render(header)) and "--:--:--" in str(Static.render(header))
        header.show(s.State(), desk.room.now())
        assert "No sitting is loaded" in str(Static.render(header))


async def test_the_four_lines(join: Join) -> None:
    async with join(-50) as desk:
        lines = str(Static.render(desk.app.screen.query_one(Header))).splitlines()
        assert "第01考场" in lines[0] and "07:10:" in lines[0] and "To the start at 08:00" in lines[1]
        assert "[Prepare]" in lines[2] and "Press F2" in lines[3]
