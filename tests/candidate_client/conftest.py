"""A browser and a candidate's page in it, played by the simulated agent."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect
from playwright.async_api import Page as Tab

from candidate_client import view as v
from candidate_client.page import Page
from shared.limits import MINUTE
from tests.support.fake_agent import FakeAgent
from tests.support.screens import CHROMIUM


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        found = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        await found.close()


class Seat:
    """One candidate's browser, page server and agent; `faults` collects what the browser complains about."""

    def __init__(self, agent: FakeAgent, page: Page, tab: Tab) -> None:
        self.agent, self.page, self.tab = agent, page, tab
        self.faults: list[str] = []
        tab.on("pageerror", lambda error: self.faults.append(str(error)))
        tab.on("console", lambda line: self.faults.append(line.text) if "Content Security" in line.text else None)

    async def exam(self, at: int = 40 * MINUTE, **changes: object) -> None:
        """Opens the paper at `at` and waits until the first item is there."""
        self.agent.show(v.Screen.EXAM, at=at, **changes)
        await expect(self.tab.locator(".stem .number")).to_have_text("1.")

    async def turn(self, shown: int) -> None:
        """Turns to an item by its cell on the answer sheet."""
        await self.tab.locator(".groups .cell").nth(shown - 1).click()
        await expect(self.tab.locator(".stem .number")).to_have_text(f"{shown}.")


@pytest_asyncio.fixture(loop_scope="module")
async def seat(browser: Browser) -> AsyncIterator[Seat]:
    agent = FakeAgent()
    page = Page(agent, language="zh_CN")
    await page.start(0)
    context = await browser.new_context(viewport={"width": 1024, "height": 768})
    one = Seat(agent, page, await context.new_page())
    await one.tab.goto(page.url)
    await expect(one.tab.locator("h1")).to_have_text("正在连接考场…")
    yield one
    await context.close()
    await page.close()
    assert one.faults == []
