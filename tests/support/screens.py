"""Renders every screen of the candidate's page as PNG: `python -m tests.support.screens FOLDER [--only NAME ...]`.

The page is the real one, the agent is the simulator. Files are named `<screen>-<width>-<language>.png`.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from playwright.async_api import Page as Tab

from candidate_client.page import Page
from candidate_client.view import NoticeView, Saved, Screen
from shared.limits import MINUTE
from tests.support.fake_agent import FakeAgent, T

CHROMIUM = "/usr/bin/chromium"
SIZES = ((1280, 800), (1024, 768))
Play = Callable[[FakeAgent, Tab], Awaitable[None]]


def still(screen: Screen, at: int = -10 * MINUTE, **changes: object) -> Play:
    """A state that needs nothing but its view."""

    async def play(agent: FakeAgent, _: Tab) -> None:
        agent.show(screen, at=at, **changes)

    return play


def sitting(at: int, shown: int, press: str = "", **changes: object) -> Play:
    """The exam at `at` with two thirds answered, turned to item `shown`, then keys pressed one after the other."""

    async def play(agent: FakeAgent, tab: Tab) -> None:
        answers = {str(number): ("A",) if number > 20 else ("A", "C") for number in range(18, 51)}
        saved: dict[str, Saved] = dict.fromkeys(answers, Saved.ROOM)
        agent.show(Screen.EXAM, at=at, **{"answers": answers, "saved": saved, **changes})
        await tab.get_by_role("navigation").get_by_role("button", name=str(shown), exact=False).first.wait_for()
        await tab.locator(".sheet .cell:not(.swatch)").nth(shown - 1).click()
        for key in press.split():
            await tab.keyboard.press(key)

    return play


async def ask_hand_in(agent: FakeAgent, tab: Tab) -> None:
    """The question before handing in."""
    await sitting(95 * MINUTE, 4, "* ArrowRight *")(agent, tab)
    await tab.locator(".handin").click()


async def enlarge(agent: FakeAgent, tab: Tab) -> None:
    """A picture enlarged."""
    await sitting(10 * MINUTE, 1)(agent, tab)
    await tab.locator(".picture").click()


async def large_type(agent: FakeAgent, tab: Tab) -> None:
    """The largest type on an item with long text."""
    await sitting(40 * MINUTE, 33)(agent, tab)
    await tab.locator(".size.s2").click()


async def program_gone(agent: FakeAgent, tab: Tab) -> None:
    """The agent went away while something was typed."""
    await sitting(40 * MINUTE, 40)(agent, tab)
    await tab.evaluate("document.querySelector('.lost').hidden = false")


REMINDER = NoticeView(1, "reminder", 5 * MINUTE - 40)
SCREENS: dict[str, Play] = {
    "connecting": still(Screen.CONNECTING, link=False, error="no_link"),
    "login": still(Screen.LOGIN),
    "login-wrong-seat": still(Screen.LOGIN, error="wrong_seat", error_at=23),
    "login-too-late": still(Screen.LOGIN, error="too_late", error_at=T + 30 * MINUTE, faults=("low_disk", "clock_far")),
    "approval": still(Screen.APPROVAL),
    "confirm": still(Screen.CONFIRM),
    "rules": still(Screen.RULES),
    "waiting": still(Screen.WAITING, at=-754_000),
    "reading": still(Screen.READING, at=-5 * MINUTE, opening=T - 10 * MINUTE),
    "exam-single": sitting(12 * MINUTE, 1),
    "exam-multiple": sitting(47 * MINUTE, 31, "* a"),
    "exam-offline": sitting(68 * MINUTE, 34, "2 3", link=False),
    "exam-last-minutes": sitting(115 * MINUTE + 1000, 47, "1", notice=REMINDER),
    "exam-largest-type": large_type,
    "exam-picture": enlarge,
    "exam-program-gone": program_gone,
    "hand-in": ask_hand_in,
    "locked": still(Screen.LOCKED, at=120 * MINUTE, unsent=2),
    "locked-offline": still(Screen.LOCKED, at=121 * MINUTE, unsent=7, link=False),
    "paused": still(
        Screen.PAUSED,
        at=50 * MINUTE,
        paused=T + 48 * MINUTE,
        notice=NoticeView(1, "paused", 0, "火警演练，请勿离开座位"),
    ),
    "went-on": sitting(50 * MINUTE, 12, "1", notice=NoticeView(1, "went_on", T + 127 * MINUTE, "演练结束")),
    "reopened": sitting(
        121 * MINUTE, 33, "1", notice=NoticeView(1, "extra_time", T + 133 * MINUTE, "监考机中断"), end=T + 133 * MINUTE
    ),
    "exam-disk-failed": sitting(60 * MINUTE, 20, "2", faults=("disk_failed",), error="disk_failed"),
    "finished-provisional": still(Screen.FINISHED, status="submitted", receipt="7F3K9QXM2B6T"),
    "finished-final": still(
        Screen.FINISHED, status="collected", receipt="7F3K9QXM2B6T", receipt_final=True, may_leave=True
    ),
    "stopped": still(Screen.STOPPED),
    "finished-late": still(Screen.FINISHED, status="collected", receipt="7F3K9QXM2B6T", held=7),
    "finished-unsaved": still(Screen.FINISHED, status="collected", unsaved=2, faults=("disk_failed",)),
    "moved": still(Screen.MOVED),
    "moved-free": still(Screen.MOVED, may_free=True),
    "moved-room": still(Screen.MOVED, gone_room="05", gone_seat=12),
}


async def render(browser: Browser, name: str, folder: Path, size: tuple[int, int], language: str) -> None:
    """One screen in one size and language."""
    agent = FakeAgent()
    page = Page(agent, language=language)
    await page.start(0)
    tab = await browser.new_page(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    try:
        await tab.goto(page.url)
        await tab.locator("main[data-screen]").wait_for()
        await SCREENS[name](agent, tab)
        await tab.locator(f"main[data-screen='{agent.view.screen.value}']").wait_for()
        await tab.wait_for_load_state("networkidle")
        await tab.screenshot(path=folder / f"{name}-{size[0]}-{language}.png")
    finally:
        await tab.close()
        await page.close()


async def render_all(folder: Path, names: list[str], languages: list[str]) -> None:
    """All screens asked for, in all sizes."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name in names:
            for language in languages:
                for size in SIZES:
                    await render(browser, name, folder, size, language)
        await browser.close()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Render the screens of the candidate's page.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=list(SCREENS), choices=list(SCREENS), metavar="NAME")
    parser.add_argument("--languages", nargs="*", default=["zh_CN"])
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(render_all(args.folder, args.only, args.languages))


if __name__ == "__main__":
    main()
