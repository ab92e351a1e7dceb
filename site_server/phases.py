"""Phase changes of the rooms as the copies show them, each noted once in the site stream.

With every record of the site stream the dongle's mark moves on, so an older copy of the site's folder is told apart
even when nothing else happened at the site meanwhile. Reads clear headers only.
"""

from shared import records
from site_server.copies import Copies
from site_server.site import Site


async def note(site: Site, copies: Copies, session: str, room: str) -> None:
    """Writes a `PhaseSeen` for whatever the copies of one sitting show for the first time."""
    known = copies.progress(session, room)
    for phase, seen in (("opened", known.opened), ("ended", known.ended is not None)):
        name = f"phase/{session}/{room}/{phase}"
        if seen and site.store.fact(name) is None:
            await site.write(records.PhaseSeen(session, room, phase), facts={name: b""})
