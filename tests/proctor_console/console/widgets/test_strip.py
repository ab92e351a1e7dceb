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
