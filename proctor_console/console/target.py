"""Which room the console speaks to and as which machine: read from its folder, or enrolled into it."""

from pathlib import Path
from typing import NamedTuple

from shared.io import identity
from shared.io.ways import Ways
from shared.machines import Kind
from shared.messages import EnrolRequest


class Target(NamedTuple):
    """The room to speak to: the ways to it, the CA certificate (DER) that vouches for it, and the folder of our own."""

    ways: Ways
    ca_certificate: bytes
    site: str
    room: str
    folder: Path


def read_target(folder: Path, local: str = "") -> Target:
    """The room of the console enrolled in `folder`.

    Raises:
        Unavailable: no console was enrolled here (`not_enrolled`).
        Untrusted: the folder is another machine's, or damaged.
        Refused: the site file names its room no more.
    """
    found = identity.load(folder, Kind.CONSOLE)
    site = found.site_file
    return Target(found.ways(local), site.ca_certificate, site.name, found.place.room, folder)


async def enrol(folder: Path, site_bytes: bytes, room: str, code: str, local: str = "") -> identity.Identity:
    """Has this console certified for a room and keeps the identity in `folder`; raises like
    `shared.io.identity.enrol`.
    """
    return await identity.enrol(folder, site_bytes, EnrolRequest(Kind.CONSOLE, room, 0, code, b"", None), local)
