"""The page in a real Chromium, played by the simulated agent: an exam day, honest saving, keyboard, breaks."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from candidate_client import view as v
from candidate_client.page import Page
from shared.limits import MINUTE
from tests.candidate_client.conftest import Seat
from tests.support.patience import within

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.system]
TICK = 250
"""Milliseconds between two looks of the page at its clock."""


async def test_from_log_in_to_receipt(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    assert "token" not in tab.url
    agent.show(v.Screen.LOGIN, at=-20 * MINUTE)
    await expect(tab.get_by_label("准考证号")).to_be_focused()
    await tab.keyboard.type("２０２６ 110204017")
    await tab.get_by_label("身份证号").fill("11000019990101002x")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("h1")).to_have_text("核对个人信息")
    assert agent.intents == [v.LogIn("2026110204017", "11000019990101002X")]
    await expect(tab.locator("dd").first).to_have_text("林知远")
    await tab.get_by_role("button", name="信息无误").click()
    await expect(tab.locator(".rules")).to_contain_text("09:30 起可以交卷")
    await tab.get_by_role("button", name="我已阅读").click()
    await expect(tab.locator(".count")).to_contain_text("0:")
    await seat.exam(at=31 * MINUTE)
    await tab.get_by_role("button", name="交卷", exact=True).click()
    await tab.get_by_role("button", name="确认交卷").click()
    await expect(tab.locator(".receipt")).to_have_text("7F3K 9QXM 2B6T")
    await expect(tab.locator(".receiptstate")).to_contain_text("暂定")
    agent.change(receipt_final=True, may_leave=True)
    await expect(tab.locator(".receiptstate")).to_contain_text("最终")
    await expect(tab.locator(".leave")).to_have_text("您现在可以离场。")


async def test_a_refused_log_in_says_what_to_do_and_keeps_what_was_typed(seat: Seat) -> None:
    seat.agent.show(v.Screen.LOGIN)
    await seat.tab.get_by_label("准考证号").fill("123")
    seat.agent.show(v.Screen.LOGIN, error="wrong_seat", error_at=23)
    await expect(seat.tab.get_by_role("alert").filter(has_text="座位不符")).to_contain_text("到 23 号座位就座")
    assert await seat.tab.get_by_label("准考证号").input_value() == "123"
    seat.agent.show(v.Screen.LOGIN, error="from_the_future")
    await expect(seat.tab.locator(".problem")).to_contain_text("from_the_future")


async def test_saved_is_said_only_when_it_is_so(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    await seat.exam()
    agent.deaf = True
    option = tab.get_by_role("radio").nth(1)
    await option.click()
    await expect(option).to_have_attribute("aria-checked", "true")
    await expect(tab.locator(".saved")).to_have_text("正在保存…")
    await agent.wait_for(v.Answer(50, ("C",)))
    agent.change(answers={"50": ("C",)}, saved={"50": v.Saved.HERE})
    await expect(tab.locator(".saved")).to_have_text("已保存在本机，正在送往考场")
    agent.change(link=False)
    await expect(tab.locator(".state")).to_have_text("与考场的连接中断，答案已保存在本机，可继续作答")
    await expect(tab.get_by_role("button", name="交卷", exact=True)).to_be_disabled()
    agent.change(link=True, saved={"50": v.Saved.ROOM})
    await expect(tab.locator(".state")).to_have_text("已全部保存到考场")
    await expect(tab.locator(".saved")).to_have_text("已保存到考场")
    agent.change(saved={"50": v.Saved.HELD})
    await expect(tab.locator(".state")).to_contain_text("由考务人员决定")


async def test_the_keyboard_is_enough(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    await seat.exam()
    await tab.keyboard.press("b")
    await agent.wait_for(v.Answer(50, ("C",)))
    await tab.keyboard.press("4")
    await agent.wait_for(v.Answer(50, ("A",)))
    await tab.keyboard.press("ArrowRight")
    await expect(tab.locator(".stem .number")).to_have_text("2.")
    await tab.keyboard.press("f")
    await expect(tab.locator(".cell.marked.current")).to_have_text("2")
    await tab.keyboard.press("PageUp")
    await expect(tab.locator(".stem .number")).to_have_text("1.")
    await seat.turn(31)
    await tab.keyboard.press("1")
    await tab.keyboard.press("c")
    await agent.wait_for(v.Answer(20, ("C", "E")))
    await tab.keyboard.press("a")
    await agent.wait_for(v.Answer(20, ("C",)))
    await tab.keyboard.press("ArrowDown")
    await tab.keyboard.press("Space")
    await agent.wait_for(v.Answer(20, ("C", "D")))


async def test_handing_in_opens_at_its_time_and_names_what_is_open_and_marked(seat: Seat) -> None:
    tab = seat.tab
    answers = {str(number): ("A",) for number in range(3, 51)}
    await seat.exam(at=29 * MINUTE, answers=answers, saved=dict.fromkeys(answers, v.Saved.ROOM))
    hand_in = tab.get_by_role("button", name="交卷", exact=True)
    await expect(hand_in).to_be_disabled()
    await expect(tab.locator(".handinnote")).to_have_text("09:30 起可以交卷")
    seat.agent.show(v.Screen.EXAM, at=30 * MINUTE)
    await expect(hand_in).to_be_enabled()
    await tab.keyboard.press("*")
    await hand_in.click()
    dialog = tab.get_by_role("dialog")
    await expect(dialog).to_contain_text("已作答 48 题，共 50 题")
    await expect(dialog.locator(".cell.open")).to_have_text(["49", "50"])
    await expect(dialog.locator(".cell.marked")).to_have_text(["1"])
    await expect(dialog.get_by_role("button", name="继续答题")).to_be_focused()
    await tab.keyboard.press("1")
    await dialog.locator(".cell.open").first.click()
    await expect(tab.locator(".stem .number")).to_have_text("49.")
    assert [one for one in seat.agent.intents if not isinstance(one, v.PageEvent)] == []


async def test_an_answer_typed_while_the_agent_is_gone_is_kept_and_sent(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    await seat.exam()
    port = seat.page.port
    token = seat.page.url.partition("token=")[2]
    await seat.page.close()
    await expect(tab.locator(".lost")).to_be_visible()
    await tab.get_by_role("radio").nth(0).click()
    await expect(tab.locator(".state")).to_have_text("暂存在本页面，尚未保存：1 题")
    assert v.Answer(50, ("D",)) not in agent.intents
    seat.page = Page(agent, token, "zh_CN")
    await seat.page.start(port)
    await agent.wait_for(v.Answer(50, ("D",)))
    await expect(tab.locator(".lost")).to_be_hidden()
    await expect(tab.locator(".saved")).to_have_text("已保存在本机，正在送往考场")
    await seat.page.close()


async def test_typed_answers_never_pass_to_another_candidate(seat: Seat) -> None:
    seat.agent.deaf = True
    await seat.exam()
    await seat.tab.get_by_role("radio").nth(0).click()
    await seat.agent.wait_for(v.Answer(50, ("D",)))
    seat.agent.show(v.Screen.LOGIN)
    await expect(seat.tab.locator("h1")).to_have_text("考生登录")
    seat.agent.intents.clear()
    await seat.exam(person=v.PersonView("周以宁", "110***********11", "2026110204018", 17, "第三考场"))
    await expect(seat.tab.get_by_role("radio").nth(0)).to_have_attribute("aria-checked", "false")
    assert not any(isinstance(one, v.Answer) for one in seat.agent.intents)


async def test_reading_time_shows_the_paper_but_takes_no_answer(seat: Seat) -> None:
    seat.agent.show(v.Screen.READING, at=-5 * MINUTE)
    await expect(seat.tab.get_by_role("radio").first).to_be_disabled()
    await expect(seat.tab.locator(".timelabel")).to_have_text("距开始作答")
    await seat.tab.keyboard.press("1")
    await seat.exam(at=1000)
    await expect(seat.tab.get_by_role("radio").first).to_be_enabled()
    assert not any(isinstance(one, v.Answer) for one in seat.agent.intents)


async def test_the_countdown_follows_trusted_time_and_reddens(seat: Seat) -> None:
    await seat.exam(at=60 * MINUTE)
    await face_fits(seat)
    await seat.tab.evaluate("Date.now = () => 0")
    seat.agent.show(v.Screen.EXAM, at=116 * MINUTE)
    await expect(seat.tab.locator(".time.late")).to_contain_text("0:0")
    seat.agent.show(v.Screen.EXAM, at=116 * MINUTE, end=seat.agent.view.end + 10 * MINUTE)
    await expect(seat.tab.locator(".time:not(.late)")).to_contain_text("0:1")


async def face_fits(seat: Seat) -> None:
    """Returns once the countdown shows the begun seconds that the agent's clock leaves, but for the page's tick."""
    face, agent = seat.tab.locator(".time"), seat.agent
    await expect(face).to_have_text(re.compile(r"^\d:\d\d:\d\d$"))
    async with within(5, lambda: "the countdown to be the agent's"):
        while True:
            before = agent.view
            hours, minutes, seconds = map(int, (await face.inner_text()).split(":"))
            shown, after = 1000 * (3600 * hours + 60 * minutes + seconds), agent.view
            if after.end - after.now <= shown < before.end - before.now + 1000 + TICK:
                return
            # A busy page takes a view late and stays that far behind until the next one.
            agent.change()
            await asyncio.sleep(TICK / 1000)


async def test_important_notices_stay_until_closed_and_block_nothing(seat: Seat) -> None:
    await seat.exam(at=105 * MINUTE)
    seat.agent.change(notice=v.NoticeView(1, "reminder", 15 * MINUTE - 70))
    toast = seat.tab.locator(".toast")
    await expect(toast).to_contain_text("距考试结束还有 15 分钟")
    await seat.turn(50)
    await seat.turn(1)
    await seat.tab.get_by_role("button", name="下一题").click()
    await expect(seat.tab.locator(".stem .number")).to_have_text("2.")
    seat.agent.change(hand_up=True)
    await expect(toast).to_have_count(1)
    await seat.tab.get_by_role("button", name="关闭通知").click()
    await expect(toast).to_have_count(0)


async def test_a_newer_reminder_replaces_the_older_and_none_outlasts_the_exam(seat: Seat) -> None:
    toast = seat.tab.locator(".toast")
    await seat.exam(at=105 * MINUTE, notice=v.NoticeView(1, "reminder", 15 * MINUTE))
    await expect(toast).to_have_text(re.compile("还有 15 分钟"))
    seat.agent.show(v.Screen.EXAM, at=115 * MINUTE, notice=v.NoticeView(2, "reminder", 5 * MINUTE))
    await expect(toast).to_have_text(re.compile("还有 5 分钟"))
    seat.agent.show(v.Screen.FINISHED, at=120 * MINUTE, status="collected", receipt="7F3K9QXM2B6T")
    await expect(seat.tab.locator("main h1")).to_have_text("已自动收卷")
    await expect(toast).to_have_count(0)


async def test_a_call_that_cannot_be_delivered_is_not_offered(seat: Seat) -> None:
    hand = seat.tab.locator(".hand")
    await seat.exam()
    await expect(hand).to_be_enabled()
    seat.agent.change(link=False)
    await expect(hand).to_be_disabled()
    await expect(hand).to_have_text("断线：请直接举手")


async def test_hostile_texts_stay_texts(seat: Seat) -> None:
    hit = "document.title='hit'"
    stem = f"<img src=x onerror={hit}><script>{hit}</script><b onclick=1>x</b><u>y<table></i></u>&lt;b&gt;&#960;<br>"
    item = v.ItemView(1, 1, "single", stem, (v.OptionView("A", "A", "<svg/onload=1>1 &lt; 2"),), "2", ())
    seat.agent.paper = v.PaperView("p", (item,))
    await seat.exam()
    shown = seat.tab.locator(".stem")
    await expect(shown).to_contain_text(f"<img src=x onerror={hit}><script>{hit}</script><b onclick=1>xy<b>π")
    assert await shown.locator("img, script, b").count() == 0
    await expect(shown.locator("u")).to_have_text("y")
    await expect(seat.tab.locator(".optiontext")).to_have_text("<svg/onload=1>1 < 2")
    assert await seat.tab.title() != "hit"


async def test_leaving_the_page_is_told(seat: Seat) -> None:
    await seat.exam()
    await seat.tab.evaluate("window.dispatchEvent(new Event('blur'))")
    await seat.agent.wait_for(v.PageEvent("blur"))
    await seat.tab.evaluate("window.dispatchEvent(new Event('focus'))")
    await seat.agent.wait_for(v.PageEvent("focus"))


async def test_a_second_tab_takes_over_and_the_first_says_so(seat: Seat) -> None:
    await seat.exam()
    second = await seat.tab.context.new_page()
    await second.goto(f"http://127.0.0.1:{seat.page.port}/")
    await expect(second.locator(".stem .number")).to_have_text("1.")
    await expect(seat.tab.locator("h1")).to_have_text("考试页面已在另一个窗口打开")
    await seat.tab.get_by_role("button", name="在此窗口继续").click()
    await expect(seat.tab.locator(".stem .number")).to_have_text("1.")
    await expect(second.locator("h1")).to_have_text("考试页面已在另一个窗口打开")


@pytest.mark.parametrize("size", ["normal", "large", "largest"])
async def test_nothing_is_cut_off_at_1024_by_768(seat: Seat, size: str) -> None:
    await seat.exam()
    await seat.tab.locator(f".size[data-size={size}]").click()
    wide = "document.documentElement.scrollWidth <= 1024 && document.body.scrollHeight <= 768"
    assert await seat.tab.evaluate(wide)
    for name in ("下一题", "交卷", "举手"):
        box = await seat.tab.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1024
        assert box["y"] + box["height"] <= 768


async def test_marks_and_views_survive_a_reload(seat: Seat) -> None:
    await seat.exam(answers={"50": ("D",)}, saved={"50": v.Saved.ROOM})
    await seat.tab.keyboard.press("*")
    await seat.tab.reload()
    await expect(seat.tab.locator(".cell.marked.answered.current")).to_have_text("1")
    await asyncio.wait_for(seat.tab.wait_for_load_state(), 5)


async def test_a_correction_stands_beside_its_item_and_waits_to_be_acknowledged(seat: Seat) -> None:
    tab, agent = seat.tab, seat.agent
    await seat.exam()
    numbers = [item.number for item in agent.paper.items]
    agent.change(
        corrections=(
            v.CorrectionView(1, numbers[2], "图中 5 Ω\n应为 8 Ω", False),
            v.CorrectionView(2, 0, "共 50 题", False),
        )
    )
    unread = tab.locator(".corrections .unread")
    await expect(unread).to_have_count(2)
    await expect(unread.first).to_contain_text("第 3 题")
    await unread.first.get_by_role("button", name="查看该题").click()
    await expect(tab.locator(".stem .number")).to_have_text("3.")
    await expect(tab.locator(".notes .correction")).to_contain_text("应为 8 Ω")
    await unread.first.get_by_role("button", name="我已阅读").click()
    await agent.wait_for(v.CorrectionSeen(1))
    await expect(unread).to_have_count(1)
    await expect(tab.locator(".notes .correction")).to_contain_text("应为 8 Ω")
    await seat.turn(4)
    await expect(tab.locator(".notes .correction")).to_have_count(0)
    await unread.first.get_by_role("button", name="我已阅读").click()
    await expect(unread).to_have_count(0)
    await expect(tab.locator(".corrections")).to_contain_text("共 50 题")


async def test_in_reading_time_options_cannot_be_chosen(seat: Seat) -> None:
    seat.agent.show(v.Screen.READING, at=-MINUTE)
    await expect(seat.tab.locator(".stem .number")).to_have_text("1.")
    await expect(seat.tab.get_by_role("radio").first).to_be_disabled()
    await seat.tab.keyboard.press("1")
    await expect(seat.tab.locator(".state")).to_contain_text("阅")
    assert not any(isinstance(one, v.Answer) for one in seat.agent.intents)


async def test_a_postponement_and_a_cancellation_are_told_calmly(seat: Seat) -> None:
    seat.agent.show(v.Screen.WAITING, at=-MINUTE)
    seat.agent.change(notice=v.NoticeView(9, "postponed", seat.agent.view.start + 30 * MINUTE, "停电"))
    await expect(seat.tab.locator(".toast.warn")).to_contain_text("推迟到")
    seat.agent.show(v.Screen.CANCELLED)
    await expect(seat.tab.locator("h1")).to_have_text("本场考试已取消")
