"""Watches the dongle: notices within seconds that it is gone, and takes it back.

Gone means that new openings stop (`site_server.keys`) while the running exam, copying and backups go on. Both are
records of the site stream. Does not speak to any dongle's hardware: `site_server.dongle` does.
"""

import asyncio
import logging

from shared import limits, records
from shared.errors import KaodianError
from site_server import marks
from site_server.dongle import opening
from site_server.site import Site

log = logging.getLogger(__name__)


async def watch(site: Site) -> None:
    """Looks at the dongle again and again."""
    while True:
        await asyncio.sleep(limits.DONGLE_EVERY / 1000)
        if site.keys.here and not await asyncio.to_thread(site.keys.dongle.alive):
            await lose(site)


async def lose(site: Site) -> None:
    """The dongle is gone: what only it may open is forgotten, and that is recorded."""
    log.error("the dongle was taken out or does not answer: new openings stop, the running exam goes on")
    await asyncio.to_thread(site.keys.lose)
    await site.write(records.DongleLost("dongle_gone"))


async def unlock(site: Site, secret: str) -> bool:
    """Opens the dongle again with its passphrase or PIN; False when it was never gone.

    Raises:
        Unavailable: still no dongle.
        Refused: wrong secret, another dongle, or one that went on elsewhere meanwhile (`rolled_back`).
        Damaged: its mark is not there any more.
    """
    if site.keys.here:
        return False
    dongle = await asyncio.to_thread(opening.unlock, site.settings.dongle, site.folder, site.id, secret)
    try:
        marks.check(await asyncio.to_thread(dongle.read_mark), site.id, site.store, site.stream)
        await asyncio.to_thread(site.keys.regain, dongle, site.folder, site.id)
    except KaodianError:
        await asyncio.to_thread(dongle.close)
        raise
    await site.write(records.DongleBack())
    log.info("the dongle is back")
    return True
