"""Which room the console speaks to, as the site file names it. Connects to nothing."""

from pathlib import Path
from typing import NamedTuple

from shared import trust
from shared.errors import Malformed, WrongBinding
from shared.io.link import Address


class Target(NamedTuple):
    """The room to speak to: its address and the CA certificate (DER) that vouches for it."""

    address: Address
    ca_certificate: bytes
    site: str
    room: str


def read_target(path: Path, room: str, local: str = "") -> Target:
    """The room's address from a site file.

    Raises:
        Malformed, BadSignature: not a sound site file.
        WrongBinding: the site file names no such room.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from error
    found = trust.site_file(data)
    if room not in found.rooms:
        raise WrongBinding(f"the site file names no room {room!r}, only {', '.join(sorted(found.rooms))}")
    at = found.rooms[room]
    return Target(Address(at.host, at.port, f"room-{room}", "/ws", local), found.ca_certificate, found.name, room)
