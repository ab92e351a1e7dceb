"""Pause, going on and lost time at the room screen, by keys."""

from proctor_console.console.screens.confirm import ConfirmScreen
from proctor_console.console.screens.forms import ReasonForm
from shared import commands as c
from shared import limits
from shared.sitting import Status
from tests.proctor_console.console.conftest import Join
from tests.proctor_console.console.screens.test_room import choose, exam, top
from tests.support.console_desk import Joined, record
from tests.support.console_room import START_AT, SimulatedRoom


def lost(room: SimulatedRoom) -> None:
    """The room was away from T+30 to T+40; the PCs of two candidates had to be restarted."""
    exam(room)
    at = START_AT + 40 * limits.MINUTE
    room.do(c.NoteOutage(START_AT + 30 * limits.MINUTE, at), at)
    for number in range(1, 39):
        one = room.sitting.candidates[f"T{number:04}"]
        assert one.device is not None
        room.do(
            c.LogIn(f"T{number:04}", True, one.seat, one.device, "10.0.0.1", False, by_itself=number not in (3, 9)),
            at + limits.MINUTE,
        )


async def reason(desk: Joined, *keys: str) -> None:
    """Gives a reason, or takes the one that stands ready."""
    await top(desk, ReasonForm)
    await desk.press(*keys)
    await record(desk.pilot)


async def test_a_head_pauses_and_goes_on_and_the_screen_says_so(join: Join) -> None:
    async with join(50, exam, name="主考") as desk:
        end = desk.room.sitting.times().end
        await desk.press("s")
        await reason(desk, *"fire")
        await desk.until(lambda: desk.room.sitting.paused is not None)
        await desk.until(lambda: "PAUSED since 08:50" in desk.text() and "press r to go on" in desk.text())
        await desk.press("s")
        await desk.until(desk.has_room_screen)
        await desk.press("r")
        await reason(desk, *"over")
        await desk.until(lambda: desk.room.sitting.paused is None)
        assert desk.room.sitting.times().end > end
        await desk.until(lambda: "PAUSED" not in desk.text())


async def test_a_proctors_pause_waits_for_a_head(join: Join) -> None:
    async with join(50, exam) as desk:
        await desk.press("s")
        await reason(desk, *"fire")
        await desk.until(lambda: bool(desk.room.sitting.proposals))
        assert desk.room.sitting.paused is None


async def test_lost_time_of_all_is_given_back_by_one_key(join: Join) -> None:
    async with join(45, lost) as desk:
        await desk.until(lambda: "2 candidates lost time" in desk.text())
        await desk.press("g")
        await top(desk, ConfirmScreen)
        assert "T0003" in desk.text() and "T0009" in desk.text() and "T0004" not in desk.text()
        await desk.press("y")
        await reason(desk)
        await desk.until(lambda: desk.room.sitting.candidates["T0009"].extra > 0)
        assert desk.room.sitting.candidates["T0003"].extra > 0 and desk.room.sitting.candidates["T0004"].extra == 0
        await desk.until(lambda: "lost time" not in desk.text())


async def test_lost_time_of_one_is_decided_at_the_seat(join: Join) -> None:
    async with join(45, lost) as desk:
        await choose(desk, 3)
        await desk.press("w")
        await top(desk, ConfirmScreen)
        assert "T0003" in desk.text() and "T0009" not in desk.text()
        await desk.press("n")
        await reason(desk, *"own fault")
        await desk.until(lambda: desk.room.sitting.candidates["T0003"].settled > 0)
        one = desk.room.sitting.candidates["T0003"]
        assert (one.extra, one.status) == (0, Status.LOGGED_IN)
        assert desk.room.sitting.candidates["T0009"].settled == 0


async def test_a_disk_that_is_almost_full_and_silent_pcs_stand_on_the_strip(join: Join) -> None:
    def prepare(room: SimulatedRoom) -> None:
        exam(room)
        room.disk_left = 300 * limits.MIB
        room.offline |= {"T0004", "T0006"}

    async with join(50, prepare) as desk:
        await desk.until(lambda: "almost full: 300 MiB" in desk.text())
        await desk.press("f9")
        await desk.until(lambda: "seats 4, 6" in desk.text())
