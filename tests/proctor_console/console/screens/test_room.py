"""The day at the room screen, by keys: what the proctor presses really happens in the room."""

import pytest
from textual.widgets import Input

from proctor_console.console.screens.confirm import ConfirmScreen
from proctor_console.console.screens.forms import ExtendForm, ReasonForm, UnlockForm, ViolationForm
from proctor_console.console.screens.login import LoginScreen
from proctor_console.console.screens.reading import Reading
from proctor_console.console.screens.room import RoomScreen
from proctor_console.console.widgets.seat_map import SeatMap
from shared import commands as c
from shared import limits
from shared import messages as m
from shared.roles import Role
from shared.sitting import Status
from tests.proctor_console.console.conftest import Join
from tests.support.console_desk import Joined, record
from tests.support.console_room import PIN, SimulatedRoom, open_paper


def exam(room: SimulatedRoom) -> None:
    open_paper(room, 38, 10)


async def choose(desk: Joined, seat: int) -> None:
    seat_map = desk.app.screen.query_one(SeatMap)
    seat_map.focus()
    await desk.press("home", *["right"] * (seat - 1))
    assert seat_map.chosen == seat


async def top(desk: Joined, kind: type[object]) -> None:
    await desk.until(lambda: isinstance(desk.app.screen, kind))


async def test_log_in_and_start_are_allowed(join: Join) -> None:
    async with join(-39) as desk:
        await desk.press("f3")
        assert not desk.room.sitting.armed
        await desk.press("f2")
        await desk.until(lambda: "F3" in desk.text())
        await desk.press("f3")
        await top(desk, ConfirmScreen)
        await desk.press("enter")
        await desk.until(desk.has_room_screen)
        assert not desk.room.sitting.armed, "Enter alone goes back"
        await desk.press("f3")
        await top(desk, ConfirmScreen)
        await desk.press("y")
        await desk.until(lambda: desk.room.sitting.armed)


async def test_a_resume_is_approved_by_one_key_and_a_confirmation(join: Join) -> None:
    def prepare(room: SimulatedRoom) -> None:
        exam(room)
        room.offline.add("T0014")
        room.log_in("T0014", 41)

    async with join(50, prepare) as desk:
        assert "from seat 14" in desk.text()
        await desk.press("f4")
        await top(desk, ConfirmScreen)
        assert "From seat 14 to seat 41" in desk.text()
        await desk.press("y")
        await desk.until(lambda: bool(desk.room.sitting.proposals))
        assert desk.room.sitting.candidates["T0014"].seat == 14, "the chief invigilator decides about seats"
        assert desk.room.do(c.Confirm(1)) is None
        assert desk.room.sitting.candidates["T0014"].seat == 41


async def test_all_who_never_came_are_registered_at_once(join: Join) -> None:
    async with join(31, exam) as desk:
        await desk.press("f7")
        await top(desk, ConfirmScreen)
        assert "T0039" in desk.text() and "T0040" in desk.text()
        await desk.press("y")
        await desk.until(lambda: desk.room.sitting.count(Status.ABSENT) == 2)


async def test_extra_time_with_a_reason(join: Join) -> None:
    async with join(10, exam) as desk:
        await choose(desk, 3)
        await desk.press("x")
        await top(desk, ExtendForm)
        assert "up to 45 by the rule" in desk.text()
        desk.app.screen.query_one("#minutes", Input).value = "241"
        await record(desk.pilot)
        assert "At most 240" in desk.text()
        desk.app.screen.query_one("#minutes", Input).value = "10"
        desk.app.screen.query_one("#reason", Input).value = "断电"
        await record(desk.pilot)
        await desk.until(lambda: desk.room.sitting.candidates["T0003"].extra == 10 * limits.MINUTE)


async def test_a_violation(join: Join) -> None:
    async with join(10, exam) as desk:
        await choose(desk, 2)
        await desk.press("v")
        await top(desk, ViolationForm)
        desk.app.screen.query_one("#text", Input).value = "手机"
        await record(desk.pilot)
        await desk.until(lambda: desk.room.sitting.candidates["T0002"].warnings == 1)
        command = desk.room.orders[-1].command
        assert isinstance(command, c.RecordViolation) and command.category == "forbidden_material"


async def test_the_details_of_a_seat_lead_to_its_actions(join: Join) -> None:
    def prepare(room: SimulatedRoom) -> None:
        exam(room)
        room.do(c.RaiseHand("T0004"))

    async with join(10, prepare) as desk:
        await choose(desk, 4)
        await desk.press("enter")
        await top(desk, Reading)
        assert "T0004" in desk.text() and "Raised a hand" in desk.text()
        await desk.press("h")
        await desk.until(lambda: not desk.room.sitting.candidates["T0004"].hand_up)


async def test_ending_names_the_unfinished_then_ends(join: Join) -> None:
    async with join(125, exam) as desk:
        await desk.press("f8")
        await top(desk, ConfirmScreen)
        assert "40 are not finished" in desk.text() and "T0040" in desk.text()
        await desk.press("escape")
        for ticket in ("T0039", "T0040"):
            desk.room.do(c.MarkAbsent(ticket))
        desk.room.do(c.Tick())
        await desk.until(lambda: "press F8" in desk.text())
        await desk.press("f8")
        await top(desk, ConfirmScreen)
        await desk.press("y")
        await desk.until(lambda: desk.room.sitting.ended and "Ended, and all" in desk.text())


async def test_filters_and_list_follow_the_keys(join: Join) -> None:
    async with join(20, exam) as desk:
        seat_map = desk.app.screen.query_one(SeatMap)
        await desk.press("2")
        assert seat_map.chosen == 39
        await desk.press("1", "t")
        table = desk.app.screen.query_one("#table")
        assert table.display and not seat_map.display and table.has_focus
        await desk.press("down", "down")
        assert seat_map.chosen == 3
        await desk.press("t")
        assert seat_map.display and seat_map.has_focus


async def test_an_alarm_stays_on_the_strip_until_the_log_is_opened(join: Join) -> None:
    async with join(20, exam) as desk:
        desk.room.alarm(m.Alarm("record_conflict", "T0007", 7))
        await desk.until(lambda: "Seat 7 (T0007)" in desk.text())
        await desk.press("f9")
        await top(desk, Reading)
        assert "Seat 7 (T0007)" in desk.text()
        await desk.press("escape")
        await desk.until(lambda: desk.has_room_screen() and "Seat 7 (T0007)" not in desk.text())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_seat_and_the_foot_can_be_seen(
    join: Join, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAODIAN_LANG", "zh_CN")
    async with join(20, exam, size) as desk:
        seat_map = desk.app.screen.query_one(SeatMap)
        lines = ["".join(part.text for part in seat_map.render_line(y)) for y in range(seat_map.size.height)]
        drawn = "\n".join(lines)
        assert all(f"{number:02}" in drawn for number in range(1, 45)) and "赵一" in drawn and "未登" in drawn
        assert desk.app.screen.query_one("#foot").region.bottom == size[1]
        assert all(line.cell_length <= size[0] for line in map(seat_map.render_line, range(seat_map.size.height)))


async def test_no_screen_ever_names_an_item_or_a_letter(join: Join) -> None:
    """The wire carries counts only; what is shown is made of them."""
    assert not {"answer", "answers", "items_answered"} & set(m.SeatRow.__struct_fields__)
    async with join(20, exam) as desk:
        await choose(desk, 1)
        await desk.press("enter")
        await top(desk, Reading)
        assert "Answered 12 of 50" in desk.text()


async def test_held_answers_of_one_candidate_are_decided_alone(join: Join) -> None:
    def late(room: SimulatedRoom) -> None:
        open_paper(room, 38, 10)
        for ticket in ("T0001", "T0003"):
            room.hand_in(ticket)
            room.hold(ticket, 4)

    async with join(20, late, name="主考") as desk:
        await desk.press("j")
        await desk.until(lambda: isinstance(desk.app.screen, ConfirmScreen))
        assert "T0001" in desk.text() and "T0003" not in desk.text()
        await desk.press("n")
        await desk.until(lambda: isinstance(desk.app.screen, ReasonForm))
        desk.app.screen.query_one("#reason", Input).value = "old PC"
        await record(desk.pilot)
        await desk.until(lambda: bool(desk.room.sitting.proposals))
        [found] = desk.room.sitting.proposals.values()
        assert found.command == c.DecideHeld(("T0001",), False, "old PC")
        await desk.until(desk.has_room_screen)
        await desk.press("right", "j")
        assert isinstance(desk.app.screen, RoomScreen), "nothing of the next candidate waits"


async def test_a_proposal_is_confirmed_by_its_key_and_held_answers_are_proposed(join: Join) -> None:
    proctor = c.Actor("监考乙", Role.PROCTOR, "console-01-2", "127.0.0.1")

    def prepare(room: SimulatedRoom) -> None:
        exam(room)
        room.do(c.RecordViolation("T0002", "void", "copying", "抄袭"), by=proctor)
        room.hand_in("T0003")
        room.hold("T0003", 4)

    async with join(50, prepare, name="主考") as desk:
        assert "监考乙" in desk.text() and "(key p)" in desk.text()
        await desk.press("p")
        await top(desk, ConfirmScreen)
        assert "抄袭" in desk.text() and "T0002" in desk.text()
        await desk.press("y")
        await desk.until(lambda: not desk.room.sitting.proposals)
        assert desk.room.sitting.candidates["T0002"].status == "void"
        await desk.press("d")
        await top(desk, ConfirmScreen)
        await desk.press("y")
        await top(desk, ReasonForm)
        await desk.press(*"why")
        await record(desk.pilot)
        await desk.until(lambda: bool(desk.room.sitting.proposals))
        found = next(iter(desk.room.sitting.proposals.values()))
        assert found.command == c.DecideHeld(("T0003",), True, "why") and found.by == "主考"


async def test_another_person_takes_the_seat_and_finds_the_board(join: Join) -> None:
    async with join(50, exam) as desk:
        await desk.press("f12")
        await top(desk, ConfirmScreen)
        await desk.press("y")
        await top(desk, LoginScreen)
        assert desk.app.desk.state.boards and not desk.app.desk.state.name
        desk.app.screen.query_one("#name", Input).value = "主考"
        desk.app.screen.query_one("#pin", Input).value = PIN
        desk.app.screen.query_one("#pin", Input).focus()
        await desk.press("enter")
        await top(desk, RoomScreen)
        assert desk.app.desk.state.role is Role.CHIEF


async def test_only_a_head_is_asked_whom_to_unlock(join: Join) -> None:
    async with join(50, exam) as desk:
        await desk.press("k")
        await desk.until(desk.has_room_screen)
    async with join(50, exam, name="主考") as desk:
        await desk.press("k")
        await top(desk, UnlockForm)
        await record(desk.pilot)
        assert "name" in desk.text()
        desk.app.screen.query_one("#name", Input).value = "监考甲"
        await record(desk.pilot)
        await desk.until(desk.has_room_screen)
