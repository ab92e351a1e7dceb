"""The platform's time on a stick: proves that it is not earlier. Taken in once checked, kept, and never gone behind.

Says nothing about how much later it is: what else an offline site needs for trusted time is in
`site_server.timekeeping`.
"""

from shared import crypto, records
from shared import documents as d
from site_server.site import Site

FACT = "time-file"


def not_before(site: Site) -> int:
    """The newest time proven by a time file, ms UTC; 0 when none was taken in."""
    held = site.store.fact(FACT)
    return site.platform.time_file(held, site.id).at if held is not None else 0


def check(site: Site, data: bytes) -> d.TimeFile:
    """A time file of the platform for this site, not older than the one held.

    Raises:
        Untrusted: it is none; nothing changed.
    """
    return site.platform.time_file(data, site.id, not_before(site))


async def take(site: Site, data: bytes, found: d.TimeFile) -> bool:
    """Keeps a checked time file and records it; False when this very one is here."""
    if data == site.store.fact(FACT):
        return False
    await site.write(records.TimeFileTaken(found.at, crypto.sha256(data)), facts={FACT: data})
    return True
