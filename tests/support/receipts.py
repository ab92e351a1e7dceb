"""Candidates' receipts of a small day, as its room signs them."""

from shared import documents as d
from shared import ledger, signed
from shared import records as r
from shared.crypto import PublicKey, Signer
from shared.ledger import Point
from tests.support.small_day import ROOM, SmallDay, T


def grant(day: SmallDay, key: PublicKey | None = None, stream: str = "") -> bytes:
    """The room's grant as the CA signed it."""
    return signed.sign(day.ca, d.GRANT, d.Grant(stream or day.chain.stream, 1, key or day.room_key.public, T))


def receipt(day: SmallDay, of: str = "1001", signer: Signer | None = None, **changes: object) -> bytes:
    """The receipt of a candidate who handed in or was collected; `changes` are other fields, signed as genuinely."""
    headers = [ledger.header_of(entry) for entry in day.sitting_entries]
    closings = [(n, r.read_clear(h)) for n, h in enumerate(headers) if h.kind in ("HandedIn", "Collected")]
    number, record = next((n, one) for n, one in closings if getattr(one, "ticket", "") == of)
    assert isinstance(record, r.HandedIn | r.Collected)
    status = "submitted" if isinstance(record, r.HandedIn) else "collected"
    values = {
        "session": day.session.id, "room": ROOM, "ticket": of, "status": status, "attempt": record.point,
        "sitting": Point(1, number + 1, day.sitting_entries[number].digest), "answered": 2, "issued": T,
        "final": True, "grant": grant(day),
    }  # fmt: skip
    payload = d.AttemptReceipt(**(values | changes))  # type: ignore[arg-type]  # the fields by name
    return signed.sign(signer or day.room_key, d.ATTEMPT_RECEIPT, payload)
