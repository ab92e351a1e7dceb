"""What this room hands back to the site on every link: its machines, grants and sessions, all by the site's own word.

A site rebuilt from a save lacks what it certified and granted since; the rooms still hold it, signed by its CA, so
nobody is enrolled twice. Reads only what is kept here; what of it counts is decided in `site_server.returning`.
"""

import ssl
from collections.abc import Iterator

from proctor_console.room.hall import Hall
from proctor_console.room.machine import Machine
from shared import codec, crypto, limits
from shared import messages as m
from shared.io import tls
from shared.machines import Certified, Enrolled, Kind


def frames(hall: Hall) -> Iterator[m.Kept]:
    """Everything this room holds by the site's word, in frames that fit; the last one has no `more`."""
    part: list[Certified] = []
    size = 0
    for one in (own(hall.machine), *hall.machines.told):
        size += len(codec.encode(one))
        if part and size > limits.BATCH_BYTES:
            yield m.Kept(tuple(part), (), (), (), b"", True)
            part, size = [], len(codec.encode(one))
        part.append(one)
    yield m.Kept(tuple(part), (), (), (), b"", True)
    offers = [desk.briefing.offer for desk in hall.desks.values()]
    grants = tuple(grant for offer in offers for grant in (*offer.earlier, offer.grant))
    yield m.Kept((), hall.machines.gone_rooms, grants, tuple(_sessions(hall)), hall.staff.digest, False)


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
