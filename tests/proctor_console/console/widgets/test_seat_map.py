"""The map: movement, mouse, keeping the choice."""

from proctor_console.console.screens.reading import Reading
from proctor_console.console.widgets.seat_map import SeatMap
from tests.proctor_console.console.conftest import Join
from tests.support.console_room import SimulatedRoom, open_paper


def exam(room: SimulatedRoom) -> None:
    open_paper(room, 38, 10)


async def test_arrows_stop_at_the_edges(join: Join) -> None:
    async with join(20, exam) as desk:
        seats = desk.app.screen.query_one(SeatMap)
        await desk.press("left", "up")
        assert seats.chosen == 1
        await desk.press("down")
        assert seats.chosen == 1 + seats.columns
        await desk.press("end", "right", "down")
        assert seats.chosen == 44


async def test_a_click_chooses_and_a_second_opens(join: Join) -> None:
    async with join(20, exam) as desk:
        seats = desk.app.screen.query_one(SeatMap)
        where = (2 * seats.card_width + 1, seats.card_height)
        await desk.pilot.click(seats, offset=where)
        assert seats.chosen == 3 + seats.columns
        await desk.pilot.click(seats, offset=where)
        await desk.until(lambda: isinstance(desk.app.screen, Reading))


async def test_the_choice_survives_news_and_a_small_window_scrolls_to_it(join: Join) -> None:
    async with join(20, exam, (80, 16)) as desk:
        seats = desk.app.screen.query_one(SeatMap)
        await desk.press("end")
        desk.room.hand_in("T0001")
        await desk.until(lambda: "1" in desk.text() and seats.chosen == 44)
        last = "".join(part.text for y in range(seats.size.height) for part in seats.render_line(y))
        assert "44" in last and "赵一" not in last
