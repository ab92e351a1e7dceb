"""What the platform changed of a session, as a result bundle shows it: the documents, and the records that name them.

A record counts only if the document it names is there and says so. Knows no streams: `shared.verifier` brings the
records of each room.
"""

from shared import crypto, signed
from shared import documents as d
from shared import records as r
from shared.errors import Damaged
from shared.trust import PlatformTrust

ChangeRecord = r.SittingChanged | r.SpareTaken | r.ChangeRefused


class Amendments:
    """The changes and spare authorisations of one session at one site."""

    def __init__(self, trust: PlatformTrust, formal: bytes, payload: d.FormalAuthorisation) -> None:
        self._trust = trust
        self._formal = formal
        self._payload = payload
        self._changes: dict[bytes, d.SessionChanges] = {}
        self._spares: dict[bytes, d.SpareAuthorisation] = {}
        self._last: dict[str, int] = {}

    @property
    def digests(self) -> set[bytes]:
        """SHA-256 of every document taken."""
        return {*self._changes, *self._spares}

    def take(self, data: bytes) -> bool:
        """Takes a document of either type, versions ascending and changes first; False for any other.

        Raises:
            Untrusted: it does not belong to this session, or does not continue the one before.
        """
        digest, type_ = crypto.sha256(data), signed.open_envelope(data).type
        if type_ == d.CHANGES:
            former = next(reversed(self._changes.values()), None)
            found = self._trust.changes(data, self._payload, former)
            if self._spares or (former is not None and found.version == former.version):
                raise Damaged("changes are out of order")
            self._changes[digest] = found
            return True
        if type_ == d.SPARE:
            before = max((one.version for one in self._spares.values()), default=0)
            self._spares[digest] = self._trust.spare(data, self._formal, before + 1)
            return True
        return False

    def record(self, room: str, record: ChangeRecord) -> None:
        """A room's word on a change; raises `Damaged` unless its document says so."""
        number = 0 if isinstance(record, r.SpareTaken) else record.number
        if number == 0:
            spare = self._spares.get(record.document)
            if spare is None or room not in spare.rooms:
                raise Damaged(f"room {room}: a spare paper that no document of the bundle gives it")
            if isinstance(record, r.SpareTaken) and record.form != spare.form:
                raise Damaged(f"room {room}: another spare form than the document's")
            return
        found = self._changes.get(record.document)
        one = found.changes[number - 1] if found is not None and 0 < number <= len(found.changes) else None
        fits = one is not None and room in one.rooms and number > self._last.get(room, 0)
        if not fits or (isinstance(record, r.SittingChanged) and (one is None or one.what != record.what)):
            raise Damaged(f"room {room}: change {number} is in no document of the bundle, or out of order")
        self._last[room] = number
