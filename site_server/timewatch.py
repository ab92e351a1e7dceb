"""What the site does about time without the platform: an eye on the system clock, time back from its rooms after a
reboot, and the wall clock confirmed by two people.

The platform's time (`site_server.timekeeping`) takes over as soon as it comes. Whatever happens is recorded in the
site stream and shown. Does not know who may confirm: the caller has checked the two people.
"""

import asyncio
import logging
from typing import NoReturn

from shared import codec, records
from shared.errors import Refused
from shared.io import clock
from site_server import enrolment, timefile
from site_server.site import Site
from site_server.station import Station

log = logging.getLogger(__name__)
_LOOK = 0.25
"""Seconds between two looks."""


def proven(site: Site) -> int:
    """An instant that has surely passed, ms UTC: the newest in the site's own records, time files and dongle's mark."""
    return max(site.newest, site.marks.mark.time, timefile.not_before(site) if site.welcome is not None else 0)


async def watch(station: Station) -> NoReturn:
    """Works while the service runs."""
    jumps = clock.JumpWatch()
    doubted = False
    while True:
        jumped = jumps.look()
        if jumped:
            station.rooms.warn("clock_jumped", f"{jumped} ms")
            await station.site.write(records.ClockJumped(jumped))
        if not station.site.clock.known and not doubted:
            doubted = await _hear_rooms(station)
        await asyncio.sleep(_LOOK)


async def confirm(station: Station, first: str, second: str, instant: int) -> int:
    """Two people confirm that the wall clock shows `instant` (ms UTC) now; the error bound, ms.

    Raises:
        Refused: there is trusted time already (`time_known`), or the time lies before what is proven
            (`before_record`).
    """
    site = station.site
    if site.clock.known:
        raise Refused("trusted time is there", "time_known")
    if instant < proven(site):
        raise Refused(f"it is {proven(site)} (ms UTC) or later", "before_record")
    anchor = clock.wall_anchor(instant)
    site.clock.adopt(anchor)
    log.warning("%s and %s confirm the wall clock", first, second)
    station.rooms.warn("time_confirmed", f"{first}, {second}")
    await site.write(records.TimeConfirmed(first, second, instant), facts={"anchor": codec.encode(anchor)})
    return anchor.error


async def _hear_rooms(station: Station) -> bool:
    """Takes the time on which rooms agree; whether they agree on one that cannot be."""
    site = station.site
    try:
        rooms = len(enrolment.known_rooms(site))
        found = station.rooms.neighbours.agreed(clock.ROOMS, rooms, proven(site))
    except Refused as error:
        station.rooms.warn(error.wire_code, error.detail)
        return True
    if found is not None:
        anchor, count = found
        site.clock.adopt(anchor)
        station.rooms.warn("time_from_neighbours", str(count))
        await site.write(records.TimeTaken(clock.ROOMS, count, anchor.error, 0), facts={"anchor": codec.encode(anchor)})
    return False
