"""校时: trusted time from the platform, by signed and nonce-bound exchanges.

Several samples are taken and the one with the smallest round trip counts; its error bound is kept with it, and all
with the id of the boot it belongs to. The platform is the root of time: what it signs is taken even where it
contradicts the time held, and how far it moved is recorded. Does not read clocks itself (`shared.io.clock` does) and
never sets the system clock; what the site does without the platform is in `site_server.timewatch`.
"""

import asyncio
import logging
from collections.abc import Callable

from shared import codec, crypto, limits, records
from shared.errors import KaodianError, Unavailable, Untrusted
from shared.io import clock
from site_server.platform import Platform
from site_server.site import Site

log = logging.getLogger(__name__)
NONCE_BYTES = 32
RESYNC_SECONDS = 300
RETRY_SECONDS = 10


async def sample(site: Site, platform: Platform) -> clock.Anchor | None:
    """One exchange; None where it took too long.

    Raises:
        Untrusted: not signed by the platform, an answer to another question (`stale_time`), or one that took longer
            to make than to get (`contradictory_time`).
    """
    nonce = crypto.random_bytes(NONCE_BYTES)
    sent = clock.boot_now()
    data = await platform.time(nonce)
    back = clock.boot_now()
    reply = site.platform.time(data, nonce)
    if not 0 <= reply.replied - reply.received <= back - sent + 1:
        raise Untrusted("an answer that took longer to make than to get", "contradictory_time")
    return clock.exchange(sent, reply.received, reply.replied, back, 0, "platform")


async def sync(site: Site) -> records.TimeSynced:
    """Takes the platform's time and records it; the record.

    Raises:
        Unavailable: not joined, no platform, or every answer came too late (`slow_time`).
        Refused: the answer lies before the dongle's mark (`clock_before_mark`); the time is kept as it was.
        Untrusted: an answer was not signed for this very question, or answers contradict themselves or each other.
    """
    if site.welcome is None:
        raise Unavailable("the platform's welcome is not here", "not_joined")
    async with Platform(site.welcome) as platform:
        samples = [await sample(site, platform) for _ in range(limits.TIME_SAMPLES)]
    good = [one for one in samples if one is not None]
    if not good:
        raise Unavailable("the platform's answers took too long", "slow_time")
    best = min(good, key=lambda one: one.error)
    if any(abs(one.offset - best.offset) > one.error + best.error for one in good):
        raise Untrusted("two answers of the platform exclude each other", "contradictory_time")
    site.marks.check_time(best.offset + clock.boot_now(), best.error)
    moved = site.clock.adopt(best) or 0
    now = site.clock.now()
    if moved:
        log.warning("trusted time moved by %d ms", moved)
    made = records.TimeSynced(now, now - clock.system_now(), best.error, moved)
    await site.write(made, facts={"anchor": codec.encode(best)})
    return made


async def keep(site: Site, moved: Callable[[int], None]) -> None:
    """Syncs again and again while the service runs; a platform that cannot be reached is no error.

    `moved` hears by how much (ms) the platform's word contradicted the time held.
    """
    while True:
        pause = RESYNC_SECONDS
        try:
            made = await sync(site)
            if made.moved:
                moved(made.moved)
        except KaodianError as error:
            if site.broken.is_set():
                raise
            log.info("no time from the platform: %s", error)
            pause = RETRY_SECONDS
        await asyncio.sleep(pause)
