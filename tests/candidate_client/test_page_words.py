"""What the page says in a real Chromium while something is wrong: a slow or failed disk, a pause."""

from typing import Any

import pytest
from playwright.async_api import expect

from candidate_client import view as v
from shared.limits import MINUTE
from tests.candidate_client.conftest import Seat
from tests.support.fake_agent import T

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.system]


async def test_what_is_not_durable_yet_is_never_called_saved(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    await seat.exam(answers={"50": ("C",)}, saved={})
    await expect(tab.locator(".state")).to_have_text("正在保存到本机：1 题，请继续作答。")
    agent.change(link=False)
    await expect(tab.locator(".state")).to_have_text("正在保存到本机：1 题，请继续作答。")
    agent.change(faults=("disk_failed",))
    await expect(tab.locator(".state")).to_contain_text("本机已不能保存。未保存：1 题")
    agent.show(v.Screen.LOCKED, at=121 * MINUTE, link=False, faults=("disk_failed",))
    await expect(tab.locator(".lead")).to_contain_text("本机已不能保存")
    agent.change(faults=())
    await expect(tab.locator(".lead")).to_contain_text("全部答案已保存在本机")


async def test_a_pause_covers_the_paper_and_comes_back_to_the_same_item(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    await seat.exam()
    await seat.turn(7)
    agent.show(v.Screen.PAUSED, paused=T + 40 * MINUTE, notice=v.NoticeView(1, "paused", 0, "火警演练"))
    await expect(tab.locator("h1")).to_have_text("考试暂停")
    await expect(tab.locator(".count")).to_have_text("1:20:00")
    await expect(tab.locator(".stem")).to_have_count(0)
    await expect(tab.locator(".toast")).to_contain_text("火警演练")
    agent.show(v.Screen.EXAM, notice=v.NoticeView(2, "went_on", agent.view.end + 60_000))
    await expect(tab.locator(".stem .number")).to_have_text("7.")
    await expect(tab.locator(".toast.good")).to_contain_text("考试恢复")


async def test_who_has_finished_learns_that_only_the_receipt_is_not_kept(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    agent.show(v.Screen.FINISHED, status="submitted", receipt="7F3K9QXM2B6T", faults=("disk_failed",))
    await expect(tab.locator(".problem")).to_contain_text("只有回执可能没有存到本机")
    agent.change(faults=())
    await expect(tab.locator(".problem")).to_be_hidden()


async def test_a_receipt_that_is_no_file_is_no_disk_that_cannot_save(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    agent.show(v.Screen.FINISHED, status="submitted", receipt="7F3K9QXM2B6T", faults=("file_failed",))
    await expect(tab.locator(".problem")).to_contain_text("回执没有以文件形式存在本机")
    await seat.exam(answers={"50": ("C",)}, saved={}, faults=("file_failed",))
    await expect(tab.locator(".state")).to_have_text("正在保存到本机：1 题，请继续作答。")


async def test_who_has_finished_learns_what_was_never_saved(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    lost: dict[str, Any] = {"faults": ("disk_failed",), "unsaved": 2}
    agent.show(v.Screen.FINISHED, status="collected", held=1, **lost)
    await expect(tab.locator(".problem")).to_contain_text("未能保存到本机：2 题")
    await expect(tab.locator(".problem")).to_contain_text("请在离场前告诉监考人员")
    agent.change(faults=())
    await expect(tab.locator(".problem")).to_contain_text("考试结束后才送到考场")
    agent.show(v.Screen.MOVED, status="moved", **lost)
    await expect(tab.locator(".problem")).to_contain_text("在新的考生机上重新作答")


async def test_a_paper_that_cannot_be_kept_leaves_nobody_ready(seat: Seat) -> None:
    seat.agent.show(v.Screen.WAITING, error="file_failed", faults=("file_failed",))
    await expect(seat.tab.locator("h1")).to_have_text("本机尚未就绪：试卷未能存到本机")
    seat.agent.show(v.Screen.WAITING, faults=())
    await expect(seat.tab.locator("h1")).to_contain_text("准备就绪")


async def test_what_the_disk_refused_has_a_name_at_the_log_in(seat: Seat) -> None:
    seat.agent.show(v.Screen.LOGIN, faults=("disk_failed", "file_failed"))
    await expect(seat.tab.locator(".faults")).to_contain_text("磁盘无法保存答案")
    await expect(seat.tab.locator(".faults")).to_contain_text("有文件未能存到磁盘")


async def test_before_the_first_answer_nothing_is_said_to_be_lost(seat: Seat) -> None:
    seat.agent.show(v.Screen.LOGIN, error="disk_failed", faults=("disk_failed",))
    await expect(seat.tab.locator(".problem")).to_contain_text("已保存的内容不会丢失")


async def test_the_pc_that_was_left_leads_to_the_log_in_once_it_may(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    agent.show(v.Screen.MOVED, status="moved")
    free = tab.get_by_role("button", name="在这台机器上登录")
    await expect(free).to_be_disabled()
    await expect(tab.locator(".free")).to_contain_text("交给考场")
    agent.change(may_free=True)
    await expect(tab.locator(".free")).to_contain_text("监考人员安排到本座位")
    await free.click()
    await expect(tab.get_by_label("准考证号")).to_be_focused()
    assert agent.intents == [v.FreePc()]


async def test_a_room_that_is_not_ready_is_called_so(seat: Seat) -> None:
    seat.agent.show(v.Screen.LOGIN, error="unavailable")
    await expect(seat.tab.locator(".problem")).to_contain_text("考场尚未就绪")
    await expect(seat.tab.locator(".problem")).to_contain_text("自动")
