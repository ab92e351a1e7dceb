"""The means of a day seen by its people: the rehearsal's stage, candidate PCs, one console, and pictures of them.

Knows how to look, not what happens: `tests.support.faces_tour` does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser
from playwright.async_api import Page as Tab

from shared.io.clock import system_now
from shared.io.tasks import Tasks
from shared.model import Place
from site_server.rehearsal import people
from site_server.rehearsal.options import SAMPLE, Options, room_id
from site_server.rehearsal.pcs import Farm
from site_server.rehearsal.programs import Programs
from site_server.rehearsal.stage import Stage, environment
from tests.support.faces import CandidatePc, Terminal

CANDIDATES = 24
ROOM = room_id(1)
LARGE, SMALL = (120, 40), (80, 24)


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


class FacesDay:
    """The machines of one day; `out` gets the pictures."""

    def __init__(self, out: Path, work: Path, minutes: float, browser: Browser) -> None:
        self.out = out
        options = Options(
            SAMPLE / "bank.xlsx", SAMPLE / "images", work / "roster.xlsx", 1, CANDIDATES, minutes, 1, 1,
            frozenset(), False, False, 1, work, True,
        )  # fmt: skip
        rows, everybody = people.read(SAMPLE / "roster.xlsx")
        people.shorten(rows, CANDIDATES, options.roster)
        self.people = {one.ticket: one for one in everybody}
        self.programs = Programs(work / "logs", environment(options))
        self.stage = Stage(options, self.programs, options.roster, say)
        self.farm = Farm(self.stage.work / "candidates", self.stage.site_file, options.pc_host)
        self.console = Terminal("console", *LARGE)
        self.browser = browser
        self.tasks = Tasks()
        self.pcs: list[CandidatePc] = []

    async def close(self) -> None:
        """Ends everything."""
        for pc in self.pcs:
            await pc.close()
        await self.console.close()
        await self.tasks.close()
        await self.programs.close()

    async def moment(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        """One part of the day; its failure is told and pictured."""
        try:
            await act()
        except Exception as error:  # noqa: BLE001  # the day goes on whatever happened
            say(f"{name}: {type(error).__name__} {error}")
            await self.console.picture(self.out / f"failed-{name}.png")
        else:
            say(f"{name}: done at T{(system_now() - self.stage.start) / 1000:+.0f} s")

    async def pc(self, place: Place) -> tuple[CandidatePc, Tab]:
        """A PC switched on."""
        host = self.stage.options.pc_host(ROOM, place.seat)
        made = CandidatePc(self.browser, "--data", self.farm.pc(ROOM, place.seat), "--local", host)
        self.pcs.append(made)
        return made, await made.start()

    async def page(self, name: str, tab: Tab) -> None:
        """A picture of the page."""
        await tab.screenshot(path=self.out / f"page-{name}.png")

    async def terminal(self, name: str) -> None:
        """A picture of the console, large and small."""
        for size in (SMALL, LARGE):
            await self.console.resize(*size)
            await asyncio.sleep(1.2)
            await self.console.picture(self.out / f"console-{name}-{size[0]}.png")

    async def pages(self) -> list[Tab]:
        """All open pages, in the order of their opening."""
        return [tab for context in self.browser.contexts for tab in context.pages]

    async def until(self, instant: int) -> None:
        """Waits for an instant of the exam."""
        await asyncio.sleep(max(0, instant - system_now()) / 1000)
