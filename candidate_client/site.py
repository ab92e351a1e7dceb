"""The site file on the install stick: where this PC's room listens and which CA it must prove itself with.

Whoever hands over the stick is believed; the signature by the CA inside only shows that the file is whole. Does not
connect.
"""

from pathlib import Path

from shared import documents as d
from shared import trust
from shared.errors import Refused, Unavailable
from shared.io.link import Address


def read_site_file(path: Path) -> d.SiteFile:
    """The site file at `path`.

    Raises:
        Unavailable: there is no such file.
        Malformed, BadSignature: it is no whole site file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unavailable(f"cannot read the site file {path}", "no_site_file") from error
    return trust.site_file(data)


def room_address(site: d.SiteFile, room: str, local: str = "") -> Address:
    """Where room `room` takes candidate PCs; raises `Refused` `unknown_room`."""
    where = site.rooms.get(room)
    if where is None:
        raise Refused(f"the site file names no room {room!r}", "unknown_room")
    return Address(where.host, where.port, f"room-{room}", "/ws", local)
