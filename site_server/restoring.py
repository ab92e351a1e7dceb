"""Going on although the dongle's mark says no: a site rebuilt from a save, an older folder, a clock set right, a
lost mark.

Two different named people of the site, one of them 主考 or 副主考, give their PINs; then the dongle grants the next
epoch of the site stream, its first records say who overrode what and why, and the mark moves on to it. Nothing that is
in the folder is changed or removed.
"""

import asyncio

from shared import documents as d
from shared import limits, records
from shared.errors import Damaged, Refused
from site_server.people import Credentials, People
from site_server.site import Site

OVERRIDABLE = ("rebuilt", "rolled_back", "clock_before_mark", "mark_damaged")


def forbidden(site: Site) -> str:
    """The code of what the mark forbids now, or an empty string; raises what nobody can override (`other_dongle`)."""
    if site.marks.behind:
        return "clock_before_mark"
    try:
        site.check_mark()
    except (Refused, Damaged) as error:
        if error.wire_code not in OVERRIDABLE:
            raise
        return error.wire_code
    return ""


async def restore(site: Site, reason: str, first: Credentials, second: Credentials) -> str:
    """Overrides what the mark forbids; its code.

    Raises:
        Refused: nothing is forbidden (`nothing_to_override`), no reason (`reason_needed`), or what `People.agreed`
            refuses (wrong PINs, roles, the same person twice); nothing is changed.
        Unavailable: the dongle is out.
    """
    what = await asyncio.to_thread(forbidden, site)
    if not what:
        raise Refused("the dongle's mark forbids nothing", "nothing_to_override")
    if not 0 < len(reason.strip()) <= limits.CHANGE_CHARS:
        raise Refused(f"a reason has 1 to {limits.CHANGE_CHARS} characters", "reason_needed")
    await People(site).agreed("verb:restore", first, second)
    time = (site.now() or 0) if what == "clock_before_mark" else site.marks.mark.time
    await site.begin_epoch(records.Overridden(what, first.name, second.name, reason.strip()))
    await asyncio.to_thread(site.marks.replace, site.keys.dongle, d.Mark(site.id, time, site.end))
    return what
