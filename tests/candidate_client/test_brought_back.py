"""A PC whose epoch the site never heard of, at the machine that takes the destroyed one's place."""

from pathlib import Path

from candidate_client import view as v
from shared import commands as c
from tests.support.candidate_day import CandidateDay, Sitter, candidate_day
from tests.support.fake_site import LONG, exam
from tests.support.room_day import eventually

SPARE = 31


async def answered(sitter: Sitter, number: int, letter: str) -> None:
    """An answer that the room has acknowledged."""
    await sitter.answer(number, letter)
    await sitter.until(lambda view: view.saved.get(str(number)) is v.Saved.ROOM)


async def begun(day: CandidateDay) -> Sitter:
    """A candidate with an answer that the site has, and one that it no longer gets."""
    await day.room.armed()
    sitter = day.sitter("pc1", 1)
    await sitter.log_in("1001")
    await sitter.screen(v.Screen.EXAM)
    await answered(sitter, 1, "A")
    await day.room.copied()
    await day.room.site.down()
    await answered(sitter, 1, "B")
    return sitter


async def approved(day: CandidateDay, sitter: Sitter) -> None:
    """Logged in after a proctor's approval."""
    await sitter.ask_in("1001")
    await sitter.screen(v.Screen.APPROVAL)
    assert await day.room.as_chief(c.ApproveResume("1001")) == ""
    await sitter.let_in()


async def replaced(day: CandidateDay) -> None:
    """Another machine serves at the room's address, with what the site had copied."""
    await day.room.destroy()
    await day.room.site.up(day.folder / "site")
    await day.room.take_over(day.line)


async def all_there(day: CandidateDay, sitter: Sitter) -> None:
    """The room has, and counts, what the page shows: the newest answer of both items."""
    attempt = day.room.room.hall.desks["m1"].state.attempts["1001"]
    await eventually(lambda: attempt.items == {1, 2})
    view = await sitter.until(lambda view: view.link and view.unsent == 0)
    assert (view.answers, set(view.saved.values())) == ({"1": ("B",), "2": ("C",)}, {v.Saved.ROOM})


async def second_epoch(day: CandidateDay) -> Sitter:
    """The same, at the same seat after the journal was lost, with an answer in the epoch that followed."""
    first = await begun(day)
    await first.leave()
    for part in (day.folder / "pc1").glob("journal.db*"):
        part.unlink()
    again = day.sitter("pc1", 1)
    await again.log_in("1001")
    await again.screen(v.Screen.EXAM)
    await answered(again, 2, "C")
    return again


async def test_the_same_pc_has_all_its_answers_again(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        again = await second_epoch(day)
        await replaced(day)
        await all_there(day, again)
        assert day.room.room.hall.desks["m1"].state.candidates["1001"].epoch == 1, "the epoch that the site knew"


async def test_the_pc_that_a_candidate_moved_to_has_them_after_another_approval(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        first = await begun(day)
        spare = day.sitter("spare", SPARE)
        await approved(day, spare)
        await spare.screen(v.Screen.EXAM)
        await answered(spare, 2, "C")
        await first.leave()
        await replaced(day)
        await spare.screen(v.Screen.LOGIN)
        await approved(day, spare)
        await all_there(day, spare)
        assert [path.name for path in sorted((tmp_path / "spare").glob("journal-*.db"))] == ["journal-1.db"]


async def test_the_pc_that_was_left_gives_what_it_has_though_the_one_gone_on_at_is_off(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        first = await begun(day)
        spare = day.sitter("spare", SPARE)
        await approved(day, spare)
        await first.screen(v.Screen.MOVED)
        await spare.leave()
        await replaced(day)
        attempt = day.room.room.hall.desks["m1"].state.attempts["1001"]
        assert attempt.heads[1].position == 2, "what the site had"
        await eventually(lambda: attempt.heads[1].position == 3)
        assert first.agent.screen is v.Screen.MOVED, "nobody sits there"


async def test_what_comes_after_the_paper_was_closed_is_held(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        again = await second_epoch(day)
        await again.leave()
        await replaced(day)
        assert await day.room.as_chief(c.RecordViolation("1001", "void", "other", "离开考场")) == ""
        late = day.sitter("pc1", 1)
        await late.ask_in("1001")
        attempt = day.room.room.hall.desks["m1"].state.attempts["1001"]
        await eventually(lambda: bool(attempt.held) and attempt.items == {1, 2})
        assert {held.reason for held in attempt.held} == {"closed"}
        assert late.agent.view.screen is not v.Screen.EXAM
