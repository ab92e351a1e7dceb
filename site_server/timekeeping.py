"""校时: trusted time from the platform, by signed and nonce-bound exchanges.

Several samples are taken and the one with the smallest round trip counts; its error bound is kept with it, and all
with the id of the boot it belongs to. Does not read clocks itself (`shared.io.clock` does) and never sets the
system clock.
"""

import asyncio
import logging

from shared import codec, crypto, limits, records
from shared.errors import KaodianError, Unavailable
from shared.io import clock
from site_server.platform import Platform
from site_server.site import Site

log = logging.getLogger(__name__)
NONCE_BYTES = 32
RESYNC_SECONDS = 300
RETRY_SECONDS = 10


async def sample(site: Site, platform: Platform) -> clock.Anchor | None:
    """One exchange; None where it took too long or contradicts itself."""
    nonce = crypto.random_bytes(NONCE_BYTES)
    sent = clock.boot_now()
    data = await platform.time(nonce)
    back = clock.boot_now()
    reply = site.platform.time(data, nonce)
    return clock.exchange(sent, reply.received, reply.replied, back, 0, "platform")


async def sync(site: Site) -> clock.Anchor:
    """Takes the platform's time and records it.

    Raises:
        Unavailable: not joined, no platform, or every answer came too late (`no_time`).
        Untrusted: an answer was not signed for this very question.
    """
    if site.welcome is None:
        raise Unavailable("the platform's welcome is not here", "not_joined")
    async with Platform(site.welcome) as platform:
        samples = [await sample(site, platform) for _ in range(limits.TIME_SAMPLES)]
    best = min((one for one in samples if one is not None), key=lambda one: one.error, default=None)
    if best is None:
        raise Unavailable("the platform's answers took too long", "no_time")
    before = site.now()
    site.clock.adopt(best)
    now = best.offset + clock.boot_now()
    if before is not None and abs(now - before) > limits.CLOCK_JUMP:
        log.warning("trusted time moved by %d ms", now - before)
    made = records.TimeSynced(now, now - clock.system_now(), best.error)
    await site.write(made, facts={"anchor": codec.encode(best)})
    return best


async def keep(site: Site) -> None:
    """Syncs again and again while the service runs; a platform that cannot be reached is no error."""
    while True:
        pause = RESYNC_SECONDS
        try:
            await sync(site)
        except KaodianError as error:
            if site.broken.is_set():
                raise
            log.info("no time from the platform: %s", error)
            pause = RETRY_SECONDS
        await asyncio.sleep(pause)
