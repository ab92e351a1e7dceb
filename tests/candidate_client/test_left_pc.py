"""The PC that a candidate left for another one: free for whoever is sent to it, and nothing of what it held is lost."""

from pathlib import Path

import pytest

from candidate_client import view as v
from shared import commands as c
from shared.errors import Refused
from tests.candidate_client.test_brought_back import replaced, second_epoch
from tests.support.candidate_day import CandidateDay, Sitter, candidate_day
from tests.support.fake_site import LONG, exam
from tests.support.room_day import eventually

SPARE = 31


async def approved(day: CandidateDay, sitter: Sitter) -> None:
    """Goes on at another PC after the chief's approval."""
    await sitter.ask_in("1001")
    await sitter.screen(v.Screen.APPROVAL)
    assert await day.room.as_chief(c.ApproveResume("1001")) == ""
    await sitter.let_in()
    await sitter.screen(v.Screen.EXAM)


async def test_is_free_once_the_room_has_everything(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        await day.room.armed()
        left = day.sitter("pc1", 1)
        await left.log_in("1001")
        await left.screen(v.Screen.EXAM)
        with pytest.raises(Refused):
            await left.agent.intent(v.FreePc())
        await left.answer(1, "D")
        await left.until(lambda view: view.unsent == 0)
        spare = day.sitter("spare", SPARE)
        await approved(day, spare)
        await left.until(lambda view: view.may_free)
        await day.cut()
        await left.until(lambda view: not view.link)
        assert not left.agent.view.may_free, "a machine that takes the room over may lack what is here"
        with pytest.raises(Refused):
            await left.agent.intent(v.FreePc())
        assert left.agent.screen is v.Screen.MOVED
        await day.back()
        await left.until(lambda view: view.may_free)
        await left.agent.intent(v.FreePc())
        view = await left.screen(v.Screen.LOGIN)
        assert (view.person, view.status, view.hand_up, view.error) == (None, "", False, "")


async def test_takes_the_same_candidate_who_is_called_back(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        await day.room.armed()
        left = day.sitter("pc1", 1)
        await left.log_in("1001")
        await left.screen(v.Screen.EXAM)
        spare = day.sitter("spare", SPARE)
        await approved(day, spare)
        await spare.answer(1, "D")
        await spare.until(lambda view: view.unsent == 0)
        await left.until(lambda view: view.may_free)
        await left.agent.intent(v.FreePc())
        await approved(day, left)
        assert left.agent.view.answers == {"1": ("D",)}
        await left.answer(2, "B")
        await left.until(lambda view: view.saved.get("2") is v.Saved.ROOM)
        assert spare.agent.screen is v.Screen.MOVED


async def test_is_free_at_a_machine_that_never_heard_of_what_it_holds(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(300, LONG)) as day:
        left = await second_epoch(day)
        other = day.sitter("spare", SPARE)
        await approved(day, other)
        await left.screen(v.Screen.MOVED)
        await other.leave()
        await replaced(day)
        attempt = day.room.room.hall.desks["m1"].state.attempts["1001"]
        assert attempt.heads[1].position == 2, "what the site had"
        view = await left.until(lambda view: view.link and view.may_free)
        await eventually(lambda: attempt.heads[1].position == 3)  # the epoch that the room knows was offered first
        assert (view.screen, view.error) == (v.Screen.MOVED, "")
