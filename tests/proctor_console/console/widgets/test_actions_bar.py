"""The foot offers what is possible now; a click does it."""

from proctor_console.console.screens.forms import ExtendForm
from proctor_console.console.widgets.actions_bar import ActionsBar, key_name
from tests.proctor_console.console.conftest import Join
from tests.support.console_room import open_paper


def test_names_of_keys() -> None:
    assert [key_name(key) for key in ("f2", "f10", "f", "v")] == ["F2", "F10", "f", "v"]


async def test_what_is_possible_is_offered_and_can_be_clicked(join: Join) -> None:
    async with join(20, lambda room: open_paper(room, 38, 10)) as desk:
        bar = desk.app.screen.query_one(ActionsBar)
        text = str(bar.render())
        assert "F6  Extra time, all" in text and "F2" not in text and "x  Extra time" in text
        await desk.pilot.click(bar, offset=(2, 0))
        await desk.until(lambda: isinstance(desk.app.screen, ExtendForm))


async def test_on_a_narrow_screen_an_action_goes_to_the_next_line_whole(join: Join) -> None:
    async with join(20, lambda room: open_paper(room, 38, 10), size=(40, 30)) as desk:
        bar = desk.app.screen.query_one(ActionsBar)
        lines = str(bar.render()).split("\n")
        assert any("F6  Extra time, all" in line for line in lines)
        assert any("e  End early" in line for line in lines[1:]), lines
        assert bar.size.height >= len(lines) > 2
