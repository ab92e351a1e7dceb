"""Grants of sitting epochs: which room machine may write a sitting from where on, signed by the site's CA and kept.

A machine that takes another's place always gets an epoch of its own, even where nothing of the one before was ever
copied: no two machines share a number, so that no position of a stream is ever used twice. A site that went on from
older data leaves out what the lost one may have granted. Does not decide who is enrolled.
"""

from shared import crypto, ledger, limits, trust
from shared.errors import Refused
from shared.io.store import Batch
from shared.machines import Kind
from site_server.machines import Machines
from site_server.site import Site


def grants(site: Site, stream: str) -> list[tuple[int, bytes]]:
    """The grants made for a stream, by epoch ascending."""
    prefix = f"grant/{stream}/"
    found = site.store.facts(prefix)
    return sorted((int(name.removeprefix(prefix)), document) for name, document in found.items())


def key_of(site: Site, stream: str, epoch: int) -> crypto.PublicKey | None:
    """The key that a sitting epoch was granted to, or None."""
    document = site.store.fact(_fact(stream, epoch))
    return trust.grant(document, site.ca_public, stream).key if document else None


async def sitting_grant(site: Site, machines: Machines, session: str, room: str) -> bytes:
    """The grant of the sitting's newest epoch, for the machine enrolled now; made if it is another than the last.

    Raises:
        Refused: no machine is enrolled for the room (`not_enrolled`).
        Unavailable: the dongle is gone (`no_dongle`), or the disk refused.
    """
    machine = machines.current(Kind.ROOM, room)
    if machine is None or machine.device is None:
        raise Refused(f"room {room} is not enrolled", "not_enrolled")
    stream = ledger.sitting_stream(session, room)
    epoch, document = (grants(site, stream) or [(0, b"")])[-1]
    if document and trust.grant(document, site.ca_public, stream).key == machine.device:
        return document
    first = (site.end.epoch - 1) * limits.SITTING_EPOCHS + 1
    epoch = max(epoch + 1, first)
    made = site.grant(stream, epoch, machine.device)
    await site.commit(Batch(facts={_fact(stream, epoch): made}))
    site.unsaved.set()
    return made


def _fact(stream: str, epoch: int) -> str:
    return f"grant/{stream}/{epoch:06}"
