"""This room as a witness: all that its ledger holds, as digests, with the heads and grants it saw, in one signed file.

To be held against a result bundle by `kaodian-verify --against`. Works beside a running service and changes nothing;
no record, answer or key leaves with it.
"""

from msgspec.structs import replace

from proctor_console.room.machine import Machine
from shared import documents as d
from shared import limits, signed
from shared.errors import Refused
from shared.io import witnesses
from shared.io.store import Store


def of(machine: Machine, session: str = "") -> bytes:
    """The signed witness, of one session or of all that this room holds.

    Raises:
        Damaged: the room's own ledger does not verify; the place is named.
        Refused: it is larger than a document may be (`too_large`): name a session.
    """
    store = Store(machine.database)
    try:
        found = witnesses.parts(store, session)
    finally:
        store.close()
    payload = replace(found, site=machine.site_file.site, holder=machine.room)
    document = signed.sign(machine.signer, d.WITNESS, payload)
    if len(document) > limits.DOCUMENT_BYTES:
        raise Refused("all sessions together are too large for one file", "too_large")
    return document
