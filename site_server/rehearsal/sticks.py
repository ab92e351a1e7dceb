"""An exam day without a line to the platform: everything that crosses is a file on a stick or disc.

The same commands as on a real day, with folders in place of sticks; the platform never serves. Only what the two ends
need is on each stick: the session authorisation leaves the platform on the last one.
"""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from site_server.rehearsal.options import SESSION, SITE

Command = Callable[..., Awaitable[str]]
WITNESSES = {"主考甲": "chief", "技术主管甲": "technical_head"}
"""Who confirms the wall clock, with their roles."""


class Sticks:
    """What is carried between `platform` and `site`, both run as commands; `work` holds the sticks."""

    def __init__(self, platform: Command, site: Command, work: Path) -> None:
        self._platform = platform
        self._site = site
        self._work = work

    async def time(self) -> None:
        """The first stick proves that it is not earlier; then two people confirm the wall clock."""
        await self._load("stick-1")
        first, second = WITNESSES
        await self._site("confirm-time", "--first", first, "--second", second)

    async def day_before(self) -> None:
        """Formal authorisation and papers go to the site."""
        await self._load("stick-2", "formal.kdd", "papers.kdp")

    async def authorise(self) -> None:
        """T-60: the session authorisation is brought."""
        await self._load("stick-3", "session.kdd")

    async def results(self, out: Path) -> None:
        """The bundle travels on the backup disc, the receipt comes back as a file."""
        receipt = out / "receipt.kdd"
        await self._platform("ingest", out / "backup" / f"{SESSION}.kdr", "--out", receipt)
        await self._site("receipt", receipt)

    async def _load(self, name: str, *files: str) -> None:
        stick = self._work / name
        stick.mkdir(parents=True)
        for file in files:
            shutil.copyfile(self._work / "issued" / file, stick / file)
        await self._platform("time-file", "--site", SITE, "--out", stick / "time.kdd")
        await self._site("load", stick)
