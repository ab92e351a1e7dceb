"""What a candidate can rely on, through the agent's public door and the real room."""

from pathlib import Path

import msgspec
import pytest

from candidate_client import view as v
from shared import commands as c
from shared import records as r
from shared.errors import Refused
from shared.ledger import parse
from shared.model import Cancellation, Correction, Postponement, Rules
from tests.support.candidate_day import SHORT, CandidateDay, Sitter, candidate_day
from tests.support.fake_site import exam, id_number
from tests.support.room_day import eventually, until
from tests.support.small_day import CHIEF, PROCTOR

LONG = Rules(duration=20_000, late_entry=9_000, earliest_hand_in=15_000, last_leave=0, reminders=(), makeup=20_000)


async def opened(day: CandidateDay, ticket: str = "1001", seat: int = 1) -> Sitter:
    """A PC whose candidate has the paper open."""
    sitter = day.sitter(f"pc{seat}", seat)
    await sitter.log_in(ticket)
    await sitter.screen(v.Screen.EXAM)
    return sitter


def room_has(sitter: Sitter, **saved: v.Saved) -> bool:
    """Whether the items named `i<number>` have come exactly that far."""
    return sitter.agent.view.saved == {name[1:]: state for name, state in saved.items()}


async def test_log_in_leads_screen_by_screen_to_the_paper(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(1_500, LONG)) as day:
        await day.room.armed()
        sitter = day.sitter("pc1", 1)
        assert sitter.agent.view.screen is v.Screen.CONNECTING
        await sitter.screen(v.Screen.LOGIN)
        await sitter.agent.intent(v.LogIn("1001", "123"))
        assert (await sitter.until(lambda view: view.error != "")).error == "login_wrong"
        await until(sitter.agent.clock.now() + 2_100)  # a wrong log-in makes the seat wait
        await sitter.agent.intent(v.LogIn("1001", id_number("1001")))
        view = await sitter.screen(v.Screen.CONFIRM)
        assert view.person is not None
        assert (view.person.name, view.person.seat, view.error) == ("考生1", 1, "")
        await sitter.agent.intent(v.ConfirmDetails(True))
        assert sitter.agent.screen is v.Screen.RULES
        await sitter.agent.intent(v.ReadDone())
        view = await sitter.screen(v.Screen.EXAM)
        paper = sitter.agent.paper_view()
        assert view.paper
        assert paper is not None
        assert [item.kind for item in paper.items] == ["single", "multiple", "truefalse"]
        assert sitter.agent.picture("meter.png") is not None


async def test_wrong_seat_names_the_right_one(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(1_000, LONG)) as day:
        await day.room.armed()
        sitter = day.sitter("pc5", 5)
        await sitter.screen(v.Screen.LOGIN)
        await sitter.agent.intent(v.LogIn("1001", id_number("1001")))
        view = await sitter.until(lambda view: view.error != "")
        assert (view.screen, view.error, view.error_at) == (v.Screen.LOGIN, "wrong_seat", 1)


async def test_answers_are_checked_and_saved_in_the_room(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        await day.room.armed()
        sitter = await opened(day)
        with pytest.raises(Refused):
            await sitter.answer(1, "A", "B")
        with pytest.raises(Refused):
            await sitter.answer(9, "A")
        await sitter.answer(1, "A")
        await sitter.answer(2, "D", "B", "D")
        view = await sitter.until(lambda view: view.unsent == 0)
        assert view.answers == {"1": ("A",), "2": ("B", "D")}
        assert room_has(sitter, i1=v.Saved.ROOM, i2=v.Saved.ROOM)
        await sitter.agent.intent(v.HandIn())
        assert (sitter.agent.view.error, sitter.agent.screen) == ("hand_in_too_early", v.Screen.EXAM)


async def test_typing_goes_on_while_the_room_is_gone(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        await day.room.armed()
        sitter = await opened(day)
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.unsent == 0)
        await day.cut()
        await sitter.until(lambda view: not view.link)
        await sitter.answer(1, "B")
        await sitter.answer(3, "A")
        view = await sitter.until(lambda view: len(view.saved) == 2)
        assert view.screen is v.Screen.EXAM
        assert (view.saved, view.unsent) == ({"1": v.Saved.HERE, "3": v.Saved.HERE}, 2)
        await day.back()
        await sitter.until(lambda view: view.unsent == 0)
        assert room_has(sitter, i1=v.Saved.ROOM, i3=v.Saved.ROOM)
        assert sitter.said("shown")[-1]["answers"] == {"s1": ["B"], "t1": ["A"]}


async def test_the_same_pc_restarted_goes_on_with_what_it_had(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        await day.room.armed()
        sitter = await opened(day)
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.unsent == 0)
        await day.cut()
        await sitter.until(lambda view: not view.link)
        await sitter.answer(2, "A", "C")
        await sitter.until(lambda view: view.saved.get("2") is v.Saved.HERE)
        await sitter.leave()
        await day.back()
        again = await opened(day)
        assert again.said("logged_in")[0]["epoch"] == 1
        view = await again.until(lambda view: view.unsent == 0)
        assert view.answers == {"1": ("A",), "2": ("A", "C")}
        assert room_has(again, i1=v.Saved.ROOM, i2=v.Saved.ROOM)


async def test_another_pc_goes_on_after_approval_and_the_old_one_is_told(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        await day.room.armed()
        old = await opened(day)
        await old.answer(1, "A")
        await old.until(lambda view: view.unsent == 0)
        spare = day.sitter("spare", 31)
        await spare.screen(v.Screen.LOGIN)
        await spare.agent.intent(v.LogIn("1001", id_number("1001")))
        await spare.screen(v.Screen.APPROVAL)
        await old.answer(2, "A", "B")
        await old.until(lambda view: view.unsent == 0)
        assert await day.room.as_chief(c.ApproveResume("1001")) == ""
        await old.screen(v.Screen.MOVED)
        view = await spare.screen(v.Screen.EXAM)
        assert view.answers == {"1": ("A",), "2": ("A", "B")}
        await spare.answer(1, "C")
        await spare.until(lambda view: view.unsent == 0)
        await spare.leave()
        again = day.sitter("spare", 31)
        await again.log_in("1001")
        view = await again.screen(v.Screen.EXAM)
        assert view.answers == {"1": ("C",), "2": ("A", "B")}


async def test_what_a_moved_pc_still_had_is_held(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        await day.room.armed()
        old = await opened(day)
        await day.cut()
        await old.until(lambda view: not view.link)
        await old.answer(1, "D")
        await old.until(lambda view: view.saved.get("1") is v.Saved.HERE)
        await old.leave()
        await day.back()
        spare = day.sitter("spare", 31)
        await spare.screen(v.Screen.LOGIN)
        await spare.agent.intent(v.LogIn("1001", id_number("1001")))
        await spare.screen(v.Screen.APPROVAL)
        assert await day.room.as_chief(c.ApproveResume("1001")) == ""
        await spare.screen(v.Screen.EXAM)
        back = day.sitter("pc1", 1)
        await back.screen(v.Screen.LOGIN)
        await back.agent.intent(v.LogIn("1001", id_number("1001")))
        await back.screen(v.Screen.APPROVAL)
        assert await day.room.as_chief(c.ApproveResume("1001")) == ""
        view = await back.screen(v.Screen.EXAM)
        assert view.answers == {}
        attempt = day.room.room.hall.desks["m1"].state.attempts["1001"]
        await eventually(lambda: attempt.heads[1].position == 2)
        await eventually(lambda: attempt.accepted.epoch == 3)


async def test_locks_at_its_end_when_cut_and_reopens_with_more_time(tmp_path: Path) -> None:
    rules = msgspec.structs.replace(SHORT, duration=2_500, grace=6_000)
    async with candidate_day(tmp_path, exam(300, rules)) as day:
        await day.room.armed()
        sitter = await opened(day)
        await day.cut()
        await sitter.until(lambda view: not view.link)
        await sitter.screen(v.Screen.LOCKED)
        with pytest.raises(Refused):
            await sitter.answer(1, "A")
        await day.back()
        desk = day.room.room.hall.desks["m1"]
        await desk.ask(c.ByStaff(c.ExtendTime("", 10_000, "停电"), PROCTOR))
        await sitter.screen(v.Screen.EXAM)
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.unsent == 0)


async def test_a_pause_covers_the_paper_and_takes_no_answer_until_it_goes_on(tmp_path: Path) -> None:
    rules = Rules(duration=60_000, late_entry=50_000, earliest_hand_in=0, last_leave=0, reminders=(), makeup=30_000)
    async with candidate_day(tmp_path, exam(300, rules)) as day:
        await day.room.armed()
        sitter = await opened(day)
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.unsent == 0)
        desk = day.room.room.hall.desks["m1"]
        assert await day.room.as_chief(c.Pause("火警")) == ""
        view = await sitter.screen(v.Screen.PAUSED)
        assert view.paused == desk.state.paused and view.answers == {"1": ("A",)}
        with pytest.raises(Refused):
            await sitter.answer(2, "A")
        await day.cut()
        await sitter.until(lambda view: not view.link)
        await day.back()
        await sitter.until(lambda view: view.link)
        assert sitter.agent.view.screen is v.Screen.PAUSED
        before = sitter.agent.view.end
        assert await day.room.as_chief(c.GoOn("解除")) == ""
        view = await sitter.screen(v.Screen.EXAM)
        assert view.end > before
        await sitter.answer(2, "B")
        await sitter.until(lambda view: view.unsent == 0)


async def test_the_end_collects_by_itself_and_a_receipt_is_kept(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, msgspec.structs.replace(SHORT, duration=1_500))) as day:
        await day.room.armed()
        sitter = await opened(day)
        await sitter.answer(3, "B")
        view = await sitter.until(lambda view: view.receipt_final)
        assert (view.screen, view.status) == (v.Screen.FINISHED, "collected")
        assert (view.answers, view.paper, sitter.agent.paper_view()) == ({}, False, None)
        assert sitter.device.store.facts("receipt/")
        state = day.room.room.hall.desks["m1"].state
        assert state.attempts["1001"].items == {3}


async def test_leaving_the_page_is_recorded_and_nonsense_is_not(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        await day.room.armed()
        sitter = await opened(day)
        await sitter.agent.intent(v.PageEvent("hidden"))
        await sitter.agent.intent(v.PageEvent("x" * 1000))
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.unsent == 0)
        admitted = sitter.agent.state.admitted
        assert admitted is not None
        entries = sitter.device.store.entries("attempt/m1/1001", 1)
        found = [r.read(one.header, one.entry, admitted.key) for one in map(parse, entries)]
        assert [one for one in found if isinstance(one, r.PcEvent)] == [r.PcEvent("page_hidden")]


async def test_in_reading_time_the_paper_is_shown_and_no_answer_is_taken(tmp_path: Path) -> None:
    plan = exam(4_500, msgspec.structs.replace(LONG, reading=2_500))
    async with candidate_day(tmp_path, plan) as day:
        await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        view = await sitter.screen(v.Screen.READING)
        assert view.paper and sitter.agent.paper_view() is not None and view.now < view.start
        with pytest.raises(Refused):
            await sitter.answer(1, "A")
        view = await sitter.screen(v.Screen.EXAM)
        assert view.now >= plan.session.start
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.saved == {"1": v.Saved.ROOM})


async def test_what_the_platform_changes_reaches_the_screen(tmp_path: Path) -> None:
    plan = exam(4_000, LONG)
    async with candidate_day(tmp_path, plan) as day:
        console = await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        await sitter.screen(v.Screen.WAITING)
        start = plan.session.start + 1_000
        day.room.site.change("m1", Postponement(start, "停电"), spare=True)
        view = await sitter.until(lambda view: view.start == start)
        assert view.session is not None and view.session.start == start
        assert view.notice is not None and (view.notice.kind, view.notice.text) == ("postponed", "停电")
        assert await console.order(c.AllowStart()) == ""
        await sitter.screen(v.Screen.EXAM)
        paper = sitter.agent.paper_view()
        assert paper is not None and paper.title == "理论试卷 spare"
        day.room.site.change("m1", Correction({"spare": 2}, "应为 5 A"))
        view = await sitter.until(lambda view: bool(view.corrections))
        assert view.corrections == (v.CorrectionView(2, 2, "应为 5 A", False),)
        await sitter.agent.intent(v.CorrectionSeen(2))
        assert sitter.agent.view.corrections[0].seen
        desk = day.room.room.hall.desks["m1"]
        await eventually(lambda: desk.state.seen == {2: {"1001"}})


async def test_a_cancelled_session_ends_calmly_at_the_pc(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(60_000, LONG)) as day:
        await day.room.armed()
        sitter = day.sitter("pc1", 1)
        await sitter.log_in("1001")
        day.room.site.change("m1", Cancellation("试题泄密"))
        assert (await sitter.screen(v.Screen.CANCELLED)).status == "cancelled"


@pytest.mark.parametrize(
    "again", [c.Reopen("1001", "误交"), c.UndoViolation("1001", "误判")], ids=["reopened", "undone"]
)
@pytest.mark.parametrize("away", [False, True], ids=["connected", "away"])
async def test_what_two_people_open_again_goes_on_where_it_was(
    tmp_path: Path, again: c.Reopen | c.UndoViolation, away: bool
) -> None:
    rules = Rules(duration=60_000, late_entry=50_000, earliest_hand_in=0, last_leave=0, reminders=(), makeup=0)
    async with candidate_day(tmp_path, exam(300, rules)) as day:
        console = await day.room.armed()
        sitter = await opened(day)
        await sitter.answer(1, "A")
        await sitter.until(lambda view: view.unsent == 0)
        if isinstance(again, c.Reopen):
            await sitter.agent.intent(v.HandIn())
            await sitter.screen(v.Screen.FINISHED)
        else:
            assert await day.room.as_chief(c.RecordViolation("1001", "void", "copying", "抄袭")) == ""
            await sitter.screen(v.Screen.STOPPED)
        if away:
            await sitter.leave()
        desk = day.room.room.hall.desks["m1"]
        assert isinstance(await desk.ask(c.ByStaff(again, PROCTOR)), list)
        assert isinstance(await desk.ask(c.ByStaff(c.Confirm(desk.state.proposed), CHIEF)), list)
        if away:
            sitter = await opened(day)
        view = await sitter.screen(v.Screen.EXAM)
        assert view.answers == {"1": ("A",)} and not view.receipt
        await sitter.answer(2, "B")
        await sitter.until(lambda view: view.unsent == 0)
        await sitter.agent.intent(v.HandIn())
        await sitter.screen(v.Screen.FINISHED)
        await sitter.until(lambda view: bool(view.receipt))
        await console.close()
