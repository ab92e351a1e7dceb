"""Saves the site's data by itself while the service runs: soon after anything that no room could give back, and every
few minutes while rooms push.

A save that fails or hangs is an alarm and is tried again; the exam goes on. Where to is in the settings; without a
folder nothing is saved. What a save is, `site_server.saving` knows.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from shared import codec, limits
from shared import documents as d
from shared.errors import KaodianError
from shared.io.clock import boot_now
from shared.io.store import Batch
from site_server import saving
from site_server.site import Site

log = logging.getLogger(__name__)
FACT = "saved"
Warn = Callable[[str, str], None]


class Saved(msgspec.Struct, frozen=True):
    """The last save: where, and when it was made (ms UTC, as far as the site knew the time)."""

    folder: str
    made: int


class Saver:
    """The saves of one site. `warn(code, detail)` tells the administrator, `well(codes)` takes such alarms back.

    `now` is boot-time, ms.
    """

    def __init__(
        self, site: Site, warn: Warn, well: Callable[[set[str]], None], now: Callable[[], int] = boot_now
    ) -> None:
        self._now = now
        self._since = now()
        self._site = site
        self._warn = warn
        self._well = well
        self._one = asyncio.Lock()
        held = site.store.fact(FACT)
        self.last: Saved | None = codec.decode(Saved, held, limits.FRAME_BYTES) if held else None
        self.failed = ""
        """The code of what went wrong last, empty after a success."""

    @property
    def old(self) -> bool:
        """Whether there should have been a newer save since this service began."""
        return bool(self._site.settings.saves) and self._now() - self._since > limits.SAVE_OLD

    async def run(self) -> None:
        """For ever: soon after what counts, else every `limits.SAVE_EVERY` if the site committed anything."""
        site = self._site
        site.changed = True
        site.unsaved.set()
        while True:
            try:
                async with asyncio.timeout(limits.SAVE_EVERY / 1000):
                    await site.unsaved.wait()
            except TimeoutError:
                pass
            if site.settings.saves and (site.changed or site.unsaved.is_set() or self.failed):
                await self._try(Path(site.settings.saves))
            else:
                site.unsaved.clear()
            await asyncio.sleep(limits.SAVE_APART / 1000)

    async def save(self, folder: Path) -> d.SiteSave:
        """Saves now; raises like `saving.save`."""
        site = self._site
        async with self._one:
            await site.begin()
            site.unsaved.clear()
            site.changed = False
            try:
                made = await asyncio.to_thread(saving.save, site, folder)
            except KaodianError as error:
                site.changed, self.failed = True, error.wire_code
                raise
            self.failed, self._since = "", self._now()
            last = Saved(str(folder), made.made)
            # Not by the site's own commit: that a save was made is nothing to save.
            await site.store.commit(Batch(facts={FACT: codec.encode(last)}))
            self.last = last
        return made

    async def watch(self) -> None:
        """For ever: says when the last save is old, whether saving fails or hangs."""
        while True:
            await asyncio.sleep(limits.MINUTE / 1000)
            if self.old:
                self._warn("save_old", self._site.settings.saves)

    async def _try(self, folder: Path) -> None:
        try:
            await self.save(folder)
        except KaodianError as error:
            log.exception("the site's data were not saved")
            self._warn(error.wire_code, error.detail)
        else:
            self._well({"save_failed", "save_damaged", "save_exists", "save_old"})
