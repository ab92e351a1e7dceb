"""Enrolment of this PC at its room: its device key, its TLS key, a code, and in return a certificate for its seat.

The seat is what the PC says, else what its address suggests; staff confirm it. Does not sit an exam.
"""

from collections.abc import Callable
from pathlib import Path

from candidate_client.device import device_key
from shared.io import identity
from shared.machines import Kind
from shared.messages import EnrolRequest


async def enrol(
    folder: Path,
    site_bytes: bytes,
    room: str,
    code: str,
    seat: int = 0,
    local: str = "",
    on_waiting: Callable[[], None] = lambda: None,
) -> identity.Identity:
    """Has this PC certified for a seat of `room` and keeps the identity in `folder`.

    `seat` 0 lets the address suggest it; `on_waiting` is called once staff must confirm.

    Raises:
        Refused: the code, the room or this PC were turned down.
        Unavailable: the room or the site do not answer.
        Untrusted: site file or certificate are not what they should be.
    """
    request = EnrolRequest(Kind.PC, room, seat, code, b"", device_key(folder).public)
    return await identity.enrol(folder, site_bytes, request, local, on_waiting)
