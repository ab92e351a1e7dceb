"""Verifies a result bundle with the platform's root key alone, in one pass and constant memory per record.

Checked in order: container framing and fixed order of parts; issuing certificate, authorisations, CA, grants;
every chain; every grant of an attempt epoch; that accepted and held ranges cover each attempt exactly; hand-ins,
collections and counts; signed heads over the last record of every stream; the summary. With the data keys every
record is unsealed as well and the sitting folded. Memory grows with candidates, never with records.
"""

from collections.abc import Callable
from typing import IO

import msgspec

from shared import bundle, codec, crypto, ledger, limits, signed, stays
from shared import documents as d
from shared import records as r
from shared.amendments import Amendments, ChangeRecord
from shared.attempts import AttemptLedger
from shared.errors import Damaged, KaodianError
from shared.ledger import Parsed, Point
from shared.merkle import Tree
from shared.retold import Retold
from shared.sitting import Candidate, Sitting, Status
from shared.testimony import Basis, claimed_grant
from shared.trust import PlatformTrust, grant

Visit = Callable[[Parsed, r.Record | None], None]


class Report(msgspec.Struct):
    """What a verified bundle holds. `accepted` are the counted ranges of each ticket; `statuses` only with keys.

    `starts` is the T that counted in each room, `forms` the form that counted for each ticket.
    `basis` judges other machines' testimonies about it; `summary` is its signed last part.
    """

    site: str
    session: str
    size: int
    sha256: bytes
    records: int
    streams: int
    heads: int
    grants: int
    candidates: int
    attempts: int
    held: int
    submitted: int
    collected: int
    absent: int
    void: int
    cancelled: int
    starts: dict[str, int]
    forms: dict[str, str]
    unsealed: bool
    accepted: dict[str, list[r.Range]]
    statuses: dict[str, str]
    formal: d.FormalAuthorisation
    basis: Basis
    summary: bytes


def verify(
    source: IO[bytes], root: crypto.PublicKey, keys: d.DataKeys | None = None, visit: Visit | None = None
) -> Report:
    """Reads the whole bundle; `visit` sees every record (decoded if clear or unsealed) before the verdict is known.

    Raises:
        Damaged: something is changed, missing, added or out of order; the message names byte, part and record.
    """
    reading = _Reading(root, keys, visit)
    part = None
    try:
        for part in bundle.read(source):
            reading.take(part)
    except KaodianError as error:
        where = f"byte {part.offset}, part {part.number}: " if part is not None else ""
        raise Damaged(where + error.detail) from error
    assert part is not None  # noqa: S101  # bundle.read yields a summary or raises
    return reading.report(part)


class _Reading:
    """The state of one pass."""

    def __init__(self, root: crypto.PublicKey, keys: d.DataKeys | None, visit: Visit | None) -> None:
        self._root = root
        self._keys = keys
        self._visit = visit
        self._type = bundle.DOCUMENT
        self._documents: list[bytes] = []
        self._grants: dict[tuple[str, int], d.Grant] = {}
        self._signed_grants: dict[tuple[str, int], bytes] = {}
        self._last: dict[tuple[str, int], Point] = {}
        self._now: tuple[str, int] = ("", 0)
        self._tree = Tree()
        self._heads: list[tuple[str, int]] = []
        self._covered: dict[tuple[str, int], Point] = {}
        self._heads_hash = b""
        self._stream_keys: dict[str, bytes] = {}
        self._sittings: dict[str, Sitting] = {}
        self._retold: dict[str, Retold] = {}
        self._ended: dict[str, r.SittingEnded] = {}
        self._made: r.BundleMade | None = None
        self._loaded: set[bytes] = set()

    def take(self, part: bundle.Part) -> None:
        """One part, in order."""
        if part.type < self._type:
            raise Damaged("parts are out of order")
        if part.type > bundle.DOCUMENT and self._type == bundle.DOCUMENT:
            self._check_documents()
        if part.type > bundle.RECORD and self._type <= bundle.RECORD:
            self._check_records()
        self._type = part.type
        match part.type:
            case bundle.DOCUMENT:
                self._documents.append(part.data)
            case bundle.RECORD:
                self._record(codec.decode(ledger.Entry, part.data, limits.RECORD_BYTES + 64), part.data)
            case bundle.HEAD:
                self._head(codec.decode(ledger.Head, part.data, limits.RECORD_BYTES), part.data)
            case _:
                self._summary(part)

    # Documents.

    def _check_documents(self) -> None:
        if len(self._documents) < 5:
            raise Damaged("documents are missing")
        issuer, formal, session, ca, *others = self._documents
        self._platform = trust = PlatformTrust(self._root, issuer)
        self.formal = trust.read(formal, d.FORMAL, d.FormalAuthorisation)
        trust.anchor(self.formal)
        trust.session(session, formal)
        if crypto.sha256(ca) != self.formal.ca_fingerprint:
            raise Damaged("the CA is not the one the platform certified")
        self.ca_certificate, self.ca = ca, crypto.certificate_key(ca)
        self.site_stream = ledger.site_stream(self.formal.site)
        session_id = self.formal.session.id
        self._stays, moves = stays.read(others, self.formal, self.ca)
        due = [self.site_stream, *sorted(ledger.sitting_stream(session_id, room) for room in self._stays.rooms())]
        self._amendments = Amendments(trust, formal, self.formal)
        found: list[str] = []
        for document in others[: len(others) - len(moves)]:
            if not found and self._amendments.take(document):
                continue
            stream = claimed_grant(document).stream
            one = grant(document, self.formal.dongle.sign if stream == self.site_stream else self.ca, stream)
            found += [] if self._known(one) else [one.stream]
            self._grants[one.stream, one.epoch] = one
            self._signed_grants[one.stream, one.epoch] = document
        if found != due:
            raise Damaged("the grants are not those of the authorised rooms")
        self._digests = {crypto.sha256(formal), crypto.sha256(session), *self._amendments.digests, *moves}
        self._prepare()

    def _known(self, one: d.Grant) -> bool:
        """Whether the stream has an earlier grant. Epochs ascend; left out are those of which nothing is known: of a
        restored site, and of a room machine that was replaced before anything of it was copied.
        """
        before = max((epoch for stream, epoch in self._grants if stream == one.stream), default=0)
        if one.epoch <= before:
            raise Damaged(f"grant of {one.stream} epoch {one.epoch} is out of order")
        return before > 0

    def _prepare(self) -> None:
        session = self.formal.session
        self._attempts = AttemptLedger(self._stays)
        for room in (room for room in self.formal.rooms if room.id in self._stays.rooms()):
            stream = ledger.sitting_stream(session.id, room.id)
            self._sittings[stream] = Sitting(session, room, self.formal.places)
            self._retold[stream] = Retold(self._sittings[stream])
            if self._keys is not None:
                if room.id not in self._keys.sittings:
                    raise Damaged(f"the data keys have none for room {room.id!r}: they are another session's")
                self._stream_keys[stream] = ledger.stream_key(self._keys.sittings[room.id], stream)
        for place in self.formal.places:
            stream = ledger.attempt_stream(session.id, place.ticket)
            self._attempts.expect(stream, place.ticket)

    # Records.

    def _record(self, entry: ledger.Entry, data: bytes) -> None:
        if codec.encode(entry) != data:
            raise Damaged("a record is not in its canonical encoding")
        parsed = ledger.parse(entry)
        header = parsed.header
        where = (header.stream, header.epoch)
        if where < self._now:
            raise Damaged(f"{header.stream} {header.epoch}.{header.position}: out of order")
        record = self._decode(parsed)
        if where != self._now:
            self._begin(where, record)
            self._now = where
        self._last[where] = ledger.follow(self._last[where], header, parsed.digest)
        self._tree.add(bundle.leaf(header.stream, self._last[where]))
        self._meaning(header, record)
        if self._visit is not None:
            self._visit(parsed, record)

    def _decode(self, parsed: Parsed) -> r.Record | None:
        stream = parsed.header.stream
        key = self._stream_keys.get(stream)
        if key is None and self._keys is not None and stream.startswith("attempt/"):
            key = ledger.stream_key(self._keys.session, stream)
        return r.read_clear(parsed.header) if key is None else r.read(parsed.header, parsed.entry, key)

    def _begin(self, where: tuple[str, int], record: r.Record | None) -> None:
        """The first record of an epoch names its writer and what it continues."""
        stream, epoch = where
        if isinstance(record, r.AttemptOpened):
            self._attempts.open(stream, epoch, record)
            self._last[where] = ledger.open_epoch(epoch, record.continues)
            return
        allowed = self._grants.get(where)
        if not isinstance(record, r.SittingOpened | r.SiteOpened) or allowed is None:
            raise Damaged(f"{stream} {epoch}.1: not the granted opening of an epoch")
        key = record.room_key if isinstance(record, r.SittingOpened) else record.site_key
        older = max((n for name, n in self._grants if name == stream and n < epoch), default=0)
        before = self._last.get((stream, older), ledger.START)
        if key != allowed.key or record.continues != before:
            raise Damaged(f"{stream} {epoch}.1: opened by another key, or continues another point")
        self._last[where] = ledger.open_epoch(epoch, record.continues)

    def _meaning(self, header: ledger.Header, record: r.Record | None) -> None:
        stream = header.stream
        if stream.startswith("attempt/"):
            self._attempts.record(stream, self._last[stream, header.epoch])
            return
        if self._made is not None and stream == self.site_stream:
            raise Damaged("a site record stands after the making of the bundle")
        if stream in self._ended and header.kind not in r.AFTER_END:
            raise Damaged(f"{stream} {header.epoch}.{header.position}: stands after the end of the sitting")
        if stream in self._sittings:
            self._sitting(stream, record, header.time)
        elif isinstance(record, r.AuthorisationLoaded | r.MoveGranted):
            self._loaded.add(record.digest)
        elif isinstance(record, r.BundleMade) and record.session == self.formal.session.id:
            self._made = record

    def _sitting(self, stream: str, record: r.Record | None, time: int) -> None:
        self._attempts.verdict(self._sittings[stream].room.id, record)
        if isinstance(record, r.SittingEnded):
            self._ended[stream] = record
        if isinstance(record, ChangeRecord):
            self._amendments.record(self._sittings[stream].room.id, record)
        if record is not None and (self._keys is not None or isinstance(record, ChangeRecord)):
            self._retold[stream].take(record, time)

    def _check_records(self) -> None:
        missing = [stream for stream, _ in self._grants if stream != self.site_stream and stream not in self._ended]
        if missing:
            raise Damaged(f"{missing[0]}: the sitting does not end")
        if any(where not in self._last for where in self._grants):
            raise Damaged("a granted stream has no records")
        if self._made is None or self._made.records != self._tree.size or not self._digests <= self._loaded:
            raise Damaged(f"{self.site_stream}: records and documents of the bundle are not those the site recorded")
        self._attempts.finish(
            sum(end.submitted for end in self._ended.values()), sum(end.collected for end in self._ended.values())
        )
        self._last_epochs = dict(sorted(self._grants))

    # Heads and summary.

    def _head(self, head: ledger.Head, data: bytes) -> None:
        where = (head.stream, head.point.epoch)
        granted, last = self._grants.get(where), self._last.get(where)
        late = granted is not None and len(self._heads) > len(self._covered)
        if codec.encode(head) != data or where in self._heads or late or (granted and self._heads[-1:] > [where]):
            raise Damaged(f"head of {head.stream}: doubled, out of order or not canonical")
        if last is None or head.point.position > last.position:
            raise Damaged(f"head of {head.stream} covers more than the bundle holds")
        if head.point.position == last.position and head.point.digest != last.digest:
            raise Damaged(f"head of {head.stream} contradicts its last record")
        ledger.verify_head(head, granted.key if granted is not None else self._attempts.device(*where))
        if granted is not None:
            self._covered[where] = head.point
        else:
            self._heads_hash = bundle.heads_digest([data], self._heads_hash)
        self._heads.append(where)

    def _summary(self, part: bundle.Part) -> None:
        for where in self._last_epochs.items():
            if self._covered.get(where) != self._last[where]:
                raise Damaged(f"head of {where[0]} does not cover its last record, or is missing")
        if self._made is None or self._made.heads != self._heads_hash:
            raise Damaged("the heads are not those the site recorded")
        key = max((g for g in self._grants.values() if g.stream == self.site_stream), key=lambda g: g.epoch).key
        found = signed.verify(part.data, d.BUNDLE, key, d.BundleSummary)
        due = d.BundleSummary(
            site=self.formal.site,
            session=self.formal.session.id,
            made=found.made,
            parts=part.number,
            records=self._tree.size,
            size=part.offset,
            sha256=part.before,
            tree=self._tree.close()[0],
        )
        if found != due:
            raise Damaged("the summary does not describe this bundle")

    def report(self, part: bundle.Part) -> Report:
        """The verdict, after everything was checked."""
        candidates = self._candidates()
        ends = list(self._ended.values())
        return Report(
            site=self.formal.site,
            session=self.formal.session.id,
            size=part.offset + 5 + len(part.data),
            sha256=part.whole,
            records=self._tree.size,
            streams=len({stream for stream, _ in self._last}),
            heads=len(self._heads),
            grants=len(self._grants),
            candidates=len(self.formal.places),
            attempts=self._attempts.count,
            held=self._attempts.held,
            submitted=sum(end.submitted for end in ends),
            collected=sum(end.collected for end in ends),
            absent=sum(end.absent for end in ends),
            void=sum(end.void for end in ends),
            cancelled=sum(one.count(Status.CANCELLED) for one in self._sittings.values()),
            starts={one.room.id: one.session.start for one in self._sittings.values()},
            forms={ticket: one.place.form for ticket, one in candidates.items()},
            unsealed=self._keys is not None,
            accepted=self._attempts.accepted,
            statuses={t: one.status.value for t, one in candidates.items()} if self._keys is not None else {},
            formal=self.formal,
            basis=Basis(
                platform=self._platform,
                ca_certificate=self.ca_certificate,
                formal=self.formal,
                granted={where: one.key for where, one in self._grants.items()},
                grants=self._signed_grants,
                devices=self._attempts.devices(),
                last=self._last,
                stays=self._stays,
            ),
            summary=part.data,
        )

    def _candidates(self) -> dict[str, Candidate]:
        """Each candidate as the last room has it; without data keys the first one: a move keeps the form."""
        found: dict[str, Candidate] = {}
        for one in self._sittings.values():
            last = {t for t in one.candidates if t not in found or self._stays.last(t).room == one.room.id}
            found |= {ticket: one.candidates[ticket] for ticket in last}
        return found
