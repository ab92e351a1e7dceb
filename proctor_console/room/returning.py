"""What this room hands back to the site on every link: machines, grants, guests, sessions, all by the site's own word.

A site rebuilt from a save lacks what it certified and granted since; the rooms still hold it, signed by its CA, so
nobody is enrolled twice. Reads only what is kept here; what of it counts is decided in `site_server.returning`.
"""

import ssl
from collections.abc import Iterable, Iterator
from typing import TypeVar

from proctor_console.room.briefing import GUESTS
from proctor_console.room.hall import Hall
from proctor_console.room.machine import Machine
from shared import codec, crypto, limits
from shared import messages as m
from shared.io import tls
from shared.machines import Certified, Enrolled, Kind

T = TypeVar("T")


def frames(hall: Hall) -> Iterator[m.Kept]:
    """Everything this room holds by the site's word, in frames that fit; the last one has no `more`."""
    for machines in _parts((own(hall.machine), *hall.machines.told)):
        yield m.Kept(machines, (), (), (), b"", True)
    for guests in _parts(_guests(hall)):
        yield m.Kept((), (), (), (), b"", True, guests)
    offers = [desk.briefing.offer for desk in hall.desks.values()]
    grants = tuple(grant for offer in offers for grant in (*offer.earlier, offer.grant))
    yield m.Kept((), hall.machines.gone_rooms, grants, tuple(_sessions(hall)), hall.staff.digest, False)


def _parts(found: Iterable[T]) -> Iterator[tuple[T, ...]]:
    """`found` in parts that fit into a frame."""
    part: list[T] = []
    size = 0
    for one in found:
        more = len(codec.encode(one))
        if part and size + more > limits.BATCH_BYTES:
            yield tuple(part)
            part, size = [], 0
        part.append(one)
        size += more
    if part:
        yield tuple(part)


def _guests(hall: Hall) -> Iterator[m.Guest]:
    """Whoever came from another room to a sitting that is known here, as the site told it."""
    for session in hall.desks:
        for _, told in sorted(hall.store.facts(f"{GUESTS}{session}/").items()):
            yield codec.decode(m.Guest, told, limits.FRAME_BYTES)


def own(machine: Machine) -> Certified:
    """This room machine as the site certified it; what the certificate does not say stands empty."""
    certificate = ssl.PEM_cert_to_DER_cert((machine.folder / "tls.crt").read_text())
    point, (begins, expires) = crypto.certificate_key(certificate).raw, tls.validity(certificate)
    return Certified(
        Enrolled(Kind.ROOM, machine.room, 0, point, machine.signer.public, "", begins, expires), certificate
    )


def _sessions(hall: Hall) -> Iterator[m.SessionKept]:
    for session, desk in hall.desks.items():
        state = desk.state
        opened = state.opened_at is not None
        yield m.SessionKept(session, desk.briefing.version, opened, state.changed, state.spare)
