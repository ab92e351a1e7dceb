"""A candidate's way through the real page, the real agent process and a real room, with the line cut in between."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, async_playwright, expect
from playwright.async_api import Page as Tab

from shared import ledger
from shared import records as r
from shared.model import Rules
from tests.support.candidate_day import CandidateDay, candidate_day, local_of
from tests.support.faces import CHROMIUM, CandidatePc
from tests.support.fake_site import Exam, exam, id_number, site_now
from tests.support.room_day import until

pytestmark = [pytest.mark.system, pytest.mark.long]

TICKET, SEAT = "1001", 1
PATIENCE = 20_000
"""Milliseconds: several processes share a busy machine."""
RULES = Rules(duration=90_000, late_entry=60_000, earliest_hand_in=500, last_leave=0, reminders=(), makeup=20_000)


async def says(where: Locator, words: str) -> None:
    """Waits until the page says so."""
    await expect(where).to_contain_text(re.compile(words), timeout=PATIENCE)


async def log_in(tab: Tab, number: str) -> None:
    """Types both numbers and sends them."""
    await tab.get_by_label("准考证号").fill(TICKET)
    await tab.get_by_label("身份证号").fill(number)
    await tab.keyboard.press("Enter")


async def come_in(tab: Tab) -> None:
    """A wrong ID number first, then all the way to the open paper."""
    await says(tab.locator("h1"), "考生登录")
    await log_in(tab, "123")
    await says(tab.locator(".problem"), "准考证号或身份证号不正确")
    await until(site_now() + 2_100)  # a wrong log-in makes the seat wait
    await log_in(tab, id_number(TICKET))
    await tab.get_by_role("button", name="信息无误").click()
    await tab.get_by_role("button", name="我已阅读").click()
    await says(tab.locator(".stem .number"), r"1\.")


def answers_in_room(day: CandidateDay, one: Exam) -> dict[int, tuple[str, ...]]:
    """The last answer to each item in the records that the room has stored for the candidate."""
    stream = ledger.attempt_stream(one.session.id, TICKET)
    key = ledger.stream_key(one.session_key, stream)
    found = {}
    for entry in day.room.room.hall.store.entries(stream, 1):
        parsed = ledger.parse(entry)
        record = r.read(parsed.header, entry, key)
        if isinstance(record, r.Answered):
            found[parsed.header.item] = record.answer
    return found


async def item_number(tab: Tab) -> int:
    """The paper's own number of the item on screen (the shown order is the candidate's own)."""
    number: int = await tab.evaluate(
        "async () => { const paper = await (await fetch('/paper.json')).json();"
        " const shown = parseInt(document.querySelector('.stem .number').textContent);"
        " return paper.items.find((item) => item.shown === shown).number; }"
    )
    return number


async def letter_of(option: Locator) -> str:
    """The bank's letter of an option card."""
    return await option.get_attribute("data-letter") or ""


async def test_what_the_page_calls_saved_stands_in_the_rooms_ledger(tmp_path: Path) -> None:
    one = exam(1_500, RULES)
    async with candidate_day(tmp_path, one) as day, async_playwright() as play:
        await day.room.armed()
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        pc = CandidatePc(browser, "--data", day.machine("pc", SEAT), "--local", local_of(SEAT))
        try:
            tab = await pc.start()
            await come_in(tab)
            state, options = tab.locator(".state"), tab.locator(".option")
            first, letter = await item_number(tab), await letter_of(options.nth(1))
            await options.nth(1).click()
            await says(state, "已全部保存到考场")
            assert answers_in_room(day, one) == {first: (letter,)}

            await day.cut()
            await says(state, "与考场的连接中断，答案已保存在本机")
            changed = await letter_of(options.nth(0))
            await tab.keyboard.press("1")
            await says(tab.locator(".saved"), "^已保存在本机$")
            await expect(tab.get_by_role("button", name="交卷", exact=True)).to_be_disabled()
            await expect(tab.locator(".hand")).to_be_disabled()

            await day.back()
            await says(state, "已全部保存到考场")
            assert answers_in_room(day, one) == {first: (changed,)}

            await tab.get_by_role("button", name="交卷", exact=True).click()
            await tab.get_by_role("button", name="确认交卷").click()
            await says(tab.locator("main h1"), "您已交卷")
            await says(tab.locator(".receiptstate"), "已最终确认")
            assert pc.complaints == []
        finally:
            await pc.close()
            await browser.close()
