"""The counts bar names its filter."""

from proctor_console.console.widgets.counts import CountsBar
from tests.proctor_console.console.conftest import Join
from tests.support.console_room import open_paper


async def test_numbers_and_filter(join: Join) -> None:
    async with join(20, lambda room: open_paper(room, 38, 10), (120, 40)) as desk:
        bar = desk.app.screen.query_one(CountsBar)
        assert "Expected 40  Logged in 38  Online 38" in str(bar.render())
        await desk.press("3")
        assert "needs attention only" in str(bar.render())
