"""A resume can be denied, too, and a live old PC is warned about."""

from proctor_console.console.screens.confirm import ConfirmScreen
from tests.proctor_console.console.conftest import Join
from tests.support.console_room import SimulatedRoom, open_paper


async def test_denying_leaves_the_old_pc_alone(join: Join) -> None:
    def prepare(room: SimulatedRoom) -> None:
        open_paper(room, 38, 10)
        room.log_in("T0014", 41)

    async with join(50, prepare) as desk:
        await desk.press("f4")
        await desk.until(lambda: isinstance(desk.app.screen, ConfirmScreen) and "still connected" in desk.text())
        await desk.press("n")
        await desk.until(lambda: desk.room.sitting.candidates["T0014"].waiting is None)
        assert desk.room.sitting.candidates["T0014"].seat == 14
