"""The strip shows the two most urgent concerns and counts the rest."""

from proctor_console.console.alarms import Concern, Weight
from proctor_console.console.widgets.strip import Strip
from tests.proctor_console.console.conftest import Join


async def test_two_lines_and_a_count(join: Join) -> None:
    async with join(-50) as desk:
        strip = desk.app.screen.query_one(Strip)
        assert not strip.display
        strip.show(tuple(Concern(Weight.CARE, f"concern {number}") for number in range(4)))
        text = str(strip.render())
        assert strip.display and "concern 1" in text and "concern 2" not in text and "+2" in text


async def test_the_count_and_the_next_step_of_a_danger_survive_a_narrow_screen(join: Join) -> None:
    async with join(-50) as desk:
        strip = desk.app.screen.query_one(Strip)
        long = "what happened and what is kept " * 3
        strip.show((Concern(Weight.DANGER, long + "call the technician"), *(Concern(Weight.CARE, long),) * 3))
        lines = str(strip.render()).split("\n")
        assert [len(line) for line in lines] == [desk.app.size.width] * 3
        assert lines[1].rstrip().endswith("call the technician"), lines
        assert lines[2].endswith("(+2: F9)"), lines
        await desk.pilot.pause()
        assert strip.size.height == 3
