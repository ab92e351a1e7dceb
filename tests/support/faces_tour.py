"""A small exam day seen by its people, each moment a picture: `python -m tests.support.faces_tour FOLDER [MINUTES]`;
with `--renew` the pictures in `docs/img` are made anew from it.

Real platform, site, room, candidate programs and console (see `tests.support.faces`); two candidates are played in
Chromium, the others are headless. A moment that does not come is told and the day goes on.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Page as Tab
from playwright.async_api import async_playwright, expect

from shared.errors import Refused
from shared.io.clock import system_now
from shared.model import Place
from site_server.rehearsal.enrolling import Enrolling
from site_server.rehearsal.options import CHIEF, SESSION
from site_server.rehearsal.pcs import Script
from site_server.rehearsal.stage import free_port
from tests.support.faces import CHROMIUM, CandidatePc
from tests.support.faces_day import ROOM, FacesDay, say

DOCS: Final = {
    "console.png": "console-exam-120.png", "page.png": "page-exam.png",
    "page-disconnected.png": "page-disconnected.png", "site-status.png": "site-running.png",
}  # fmt: skip
"""Picture in the documentation -> picture of the tour."""


class Tour(FacesDay):
    """The day itself."""

    stood = 0
    """How long the clock stood, ms, at most."""

    async def day(self) -> None:
        """From the evening before to the ended exam."""
        await self.farm.open(self.programs)
        self.tasks.spawn("farm", self.farm.listen())
        await self.stage.prepare(Enrolling(self.stage, self.farm, self.stage.options, say).run)
        one, other, *headless, _absent = sorted(self.stage.places, key=lambda place: place.seat)
        spare = Place("", ROOM, self.stage.options.seats + 1, "")
        first, second = await self.pc(one), await self.pc(other)
        await self.moment("page-connecting", lambda: self.page("connecting", first[1]))
        await self.stage.authorise()
        site = await self.site_page()
        await self.open_console()
        await self.log_in(first[1], one)
        await self.page_log_in(second[1], other)
        for number, place in enumerate(headless):
            way = "early" if number % 5 == 0 else "end" if number % 2 else "none"
            script = Script(self.people[place.ticket], ROOM, place.seat, number, 3, way, 0.5 + number / 60)
            await self.farm.start(script)
        await self.moment("arm", self.arm)
        await self.until(self.stage.start)
        await self.moment("other", lambda: self.answer_some(second[1]))
        await self.moment("exam", lambda: self.answer(first[1]))
        await self.moment("watch", self.watch)
        await self.moment("spare", lambda: self.move(second[0], other, spare))
        await self.moment("site-running", lambda: self.look_at(site, "running", "进行中"))
        await self.moment("cut", lambda: self.cut(first[1], site))
        await self.moment("pause", lambda: self.pause(first[1]))
        await self.moment("absences", self.absences)
        await self.moment("hand-in", lambda: self.hand_in(first[1]))
        await self.moment("end", lambda: self.end(first[1]))
        await self.moment("site", lambda: self.whole(site))

    async def open_console(self) -> None:
        """The chief invigilator, who moves people without asking anybody, comes, mistypes the PIN and is in."""
        command = [str(Path(sys.executable).parent / "kaodian-console"), "--data", str(self.stage.console(ROOM))]
        await self.console.run([*command, "--name", CHIEF], {"LANG": "C.UTF-8", "COLORTERM": "truecolor"})
        await self.console.wait_for("PIN")
        await self.moment("console-login", lambda: self.terminal("login"))
        await self.console.type("000000")
        await self.console.press("Enter")
        await asyncio.sleep(2)
        await self.moment("console-wrong-pin", lambda: self.terminal("wrong-pin"))
        await self.console.type(self.stage.chief_pin)
        await self.console.press("Enter")
        await self.console.wait_for("F2")
        await self.moment("console-before", lambda: self.terminal("before"))

    async def log_in(self, tab: Tab, place: Place) -> None:
        """Too early, wrongly, rightly; details, rules, waiting."""
        await tab.get_by_label("准考证号").wait_for()
        await self.page("login", tab)
        await self.type_in(tab, place.ticket, self.people[place.ticket].id_number)
        await tab.locator(".problem").wait_for()
        await self.page("login-closed", tab)
        await self.console.press("F2")
        await asyncio.sleep(1)
        await self.type_in(tab, place.ticket, self.people[place.ticket].id_number[:-1] + "0")
        await asyncio.sleep(1)
        await self.page("login-wrong", tab)
        await asyncio.sleep(2.5)
        await self.page_log_in(tab, place, "1")
        await self.page("waiting", tab)

    async def page_log_in(self, tab: Tab, place: Place, name: str = "") -> None:
        """Log-in to waiting."""
        await self.type_in(tab, place.ticket, self.people[place.ticket].id_number)
        await tab.get_by_role("button", name="信息无误").wait_for()
        if name:
            await self.page("confirm", tab)
        await tab.get_by_role("button", name="信息无误").click()
        await tab.get_by_role("button", name="我已阅读").wait_for()
        if name:
            await self.page("rules", tab)
        await tab.get_by_role("button", name="我已阅读").click()
        await tab.locator(".count").wait_for()

    async def type_in(self, tab: Tab, ticket: str, number: str) -> None:
        """Both numbers and Enter."""
        await tab.get_by_label("准考证号").fill(ticket)
        await tab.get_by_label("身份证号").fill(number)
        await tab.keyboard.press("Enter")

    async def arm(self) -> None:
        """Allow start."""
        await self.until(self.stage.start - self.stage.rules.arm_opens_before + 500)
        await self.terminal("unarmed")
        await self.console.press("F3")
        await asyncio.sleep(1)
        await self.terminal("allow-start")
        await self.console.press("y")
        await asyncio.sleep(2)
        await self.terminal("waiting")

    async def answer(self, tab: Tab) -> None:
        """Items by mouse and keys, a picture enlarged, marks."""
        await expect(tab.locator(".stem .number")).to_have_text("1.", timeout=15_000)
        await self.page("opened", tab)
        await tab.locator(".option").nth(1).click()
        await asyncio.sleep(0.7)
        await self.page("answered", tab)
        for _ in range(11):
            await tab.keyboard.press("ArrowRight")
            await tab.keyboard.press("a")
        await tab.keyboard.press("*")
        cells = tab.locator(".groups .cell")
        await cells.nth(32).click()
        for key in "bd*":
            await tab.keyboard.press(key)
        await self.page("multiple", tab)
        await cells.nth(46).click()
        await tab.keyboard.press("1")
        await self.page("truefalse", tab)
        for index in range(30):
            await cells.nth(index).click()
            if await tab.locator(".picture").count():
                break
        await tab.keyboard.press("c")
        await asyncio.sleep(0.7)
        await self.page("exam", tab)
        await tab.locator(".picture").first.click()
        await asyncio.sleep(0.5)
        await self.page("zoom", tab)
        await tab.keyboard.press("Escape")
        await tab.get_by_role("button", name="举手").click()
        await asyncio.sleep(0.7)
        await self.page("hand", tab)

    async def answer_some(self, tab: Tab) -> None:
        """What will be seen again at another PC."""
        await expect(tab.locator(".stem .number")).to_have_text("1.", timeout=15_000)
        for _ in range(7):
            await tab.keyboard.press("c")
            await tab.keyboard.press("ArrowRight")

    async def watch(self) -> None:
        """The proctor sees the hand, records a violation."""
        await self.terminal("exam")
        await self.console.press("h")
        await asyncio.sleep(1)
        await self.console.press("Right", "Right", "Right", "v")
        await asyncio.sleep(1)
        await self.console.press("Tab", "Tab")
        await self.console.type("与邻座交谈，经提醒后停止")
        await self.terminal("violation")
        await self.console.press("Enter", "Enter")
        await asyncio.sleep(1)
        await self.terminal("warned")
        await self.console.press("Enter")
        await asyncio.sleep(1)
        await self.terminal("detail")
        await self.console.press("Escape")

    async def move(self, dead: CandidatePc, place: Place, spare: Place) -> None:
        """A PC dies; its candidate asks at a spare one."""
        await dead.close()
        _, tab = await self.pc(spare)
        await self.type_in(tab, place.ticket, self.people[place.ticket].id_number)
        await tab.locator("main[data-screen='approval']").wait_for()
        await self.page("approval", tab)
        await self.terminal("asks")
        await self.console.press("F4")
        await asyncio.sleep(1)
        await self.terminal("resume")
        await self.console.press("y")
        await asyncio.sleep(2)
        await self.page("resumed", tab)
        await self.terminal("resumed")

    async def cut(self, tab: Tab, site: Tab) -> None:
        """The room service is killed; the candidate goes on; it comes back."""
        await self.programs.kill(f"room-{ROOM}")
        await expect(tab.locator(".state.off")).to_be_visible(timeout=20_000)
        await tab.keyboard.press("ArrowRight")
        await tab.keyboard.press("b")
        await tab.keyboard.press("ArrowRight")
        await tab.keyboard.press("a")
        await asyncio.sleep(0.7)
        await self.page("disconnected", tab)
        await self.terminal("disconnected")
        await self.look_at(site, "cut", "怎么办")
        await self.programs.restart(f"room-{ROOM}")
        await expect(tab.locator(".state.room")).to_be_visible(timeout=30_000)
        await self.page("back", tab)
        await asyncio.sleep(2)
        await self.terminal("back")

    async def pause(self, tab: Tab) -> None:
        """The clock stands for a while; the end moves by as much."""
        began = system_now()
        for key, reason, screen in (("s", "火警演练", "paused"), ("r", "演练结束", "exam")):
            await self.console.press(key)
            await asyncio.sleep(1)
            await self.console.type(reason)
            await self.console.press("Enter", "Enter")
            await tab.locator(f"main[data-screen='{screen}']").wait_for()
            await asyncio.sleep(1)
            await self.page(f"pause-{screen}", tab)
            await self.terminal(f"pause-{screen}")
        self.stood = system_now() - began

    async def absences(self) -> None:
        """After late entry."""
        await self.until(self.stage.start + self.stage.rules.late_entry + 1000)
        await self.console.press("F7")
        await asyncio.sleep(1)
        await self.terminal("absences")
        await self.console.press("y")
        await asyncio.sleep(1)
        await self.terminal("absent")

    async def hand_in(self, tab: Tab) -> None:
        """The question, the receipt, leaving."""
        await tab.get_by_role("button", name="交卷", exact=True).click(timeout=40_000)
        await asyncio.sleep(0.5)
        await self.page("hand-in", tab)
        await tab.get_by_role("button", name="确认交卷").click()
        await tab.locator(".receipt").wait_for()
        await self.page("handed-in", tab)
        await asyncio.sleep(1)
        await self.console.press("Home")
        await self.terminal("handed-in")
        await self.console.press("l")
        await asyncio.sleep(1)
        await self.terminal("leave")
        await self.console.press("y")
        await asyncio.sleep(2)
        await self.page("finished", tab)

    async def end(self, tab: Tab) -> None:
        """F8 too early, collection, ended; the site's page."""
        end = self.stage.start + self.stage.rules.duration + self.stood
        await self.console.press("F8")
        await asyncio.sleep(1)
        await self.terminal("not-yet")
        await self.console.press("Escape")
        await self.until(end + 500)
        await self.terminal("collecting")
        await self.page("collected", (await self.pages())[-1])
        await self.console.wait_for("F8", 30)
        await self.until(end + self.stage.rules.grace + 3000)
        await self.console.press("F8")
        await asyncio.sleep(1)
        await self.terminal("end")
        await self.console.press("y")
        await asyncio.sleep(3)
        await self.terminal("ended")
        complaints = [said for pc in self.pcs for said in pc.complaints]
        if complaints:
            raise Refused(f"a page complained: {complaints}", "internal")

    async def site_page(self) -> Tab:
        """The site's page, at a port of its own: other sites may run on this machine."""
        await self.programs.kill("site")
        page = free_port("127.0.0.1")
        serve = ["--data", self.stage.work / "site", "serve", "--page-port", page]
        await self.programs.start("site", "kaodian-site", *serve)
        tab = await self.browser.new_page(viewport={"width": 1280, "height": 420})
        await tab.goto(f"http://127.0.0.1:{page}/")
        return tab

    async def look_at(self, site: Tab, name: str, words: str) -> None:
        """A picture of the site's page once it says something."""
        await site.get_by_text(words).first.wait_for(timeout=30_000)
        await site.screenshot(path=self.out / f"site-{name}.png", full_page=True)

    async def whole(self, site: Tab) -> None:
        """Everything is copied, and the bundle is made."""
        await site.get_by_text("已结束，数据收齐").wait_for(timeout=60_000)
        await self.stage.site("bundle", "--session", SESSION, "--out", self.stage.work / "bundle.kdr")
        await site.locator("li.done", has_text="结果包").wait_for(timeout=30_000)
        await site.screenshot(path=self.out / "site-status.png")


async def play(out: Path, minutes: float) -> None:
    """The whole tour."""
    work = Path(tempfile.mkdtemp(prefix="kaodian-faces-"))
    async with async_playwright() as playing:
        browser = await playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tour = Tour(out, work, minutes, browser)
        try:
            await tour.day()
        finally:
            await tour.close()
            await browser.close()
    shutil.rmtree(work)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("minutes", type=float, nargs="?", default=4)
    parser.add_argument("--renew", action="store_true", help="make the pictures in docs/img anew")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(play(given.folder, given.minutes))
    if given.renew:
        for name, taken in DOCS.items():
            shutil.copyfile(given.folder / taken, Path("docs/img") / name)


if __name__ == "__main__":
    main()
