"""A small exam day made by the pure core alone: two candidates, one room, one bundle, every key at hand.

Used where a test needs real bytes without processes. `SmallDay` plays platform, site and room on a clock of its own.
"""

import io
from dataclasses import dataclass, field

import msgspec

from shared import bundle, codec, crypto, documents, exam, ledger, receiving, signed, sitting, trust
from shared import commands as c
from shared import records as r
from shared.io import tls
from shared.ledger import Chain, Entry, Head, Parsed, Point
from shared.merkle import Tree
from shared.messages import PaperRef
from shared.model import AnyChange, Person, Place, Room, Rules, Session, mask_id
from shared.package import seal_paper
from shared.refusal import Refusal
from shared.roles import Role
from tests.support.papers import small_paper

T = 1_800_000_000_000
MINUTE = 60_000
SITE, ROOM = "s1", "01"
CHIEF = c.Actor("王监考", Role.CHIEF, "console-01-1", "127.0.0.1")
PROCTOR = c.Actor("李监考", Role.PROCTOR, "console-01-2", "127.0.0.2")
TICKETS = ("1001", "1002", "1003")


def session_of(**rules: int) -> Session:
    """A theory session that starts at `T`."""
    return Session("m1", "理论考试", "电工", "四级", "theory", T, Rules(**rules))  # type: ignore[arg-type]


@dataclass
class Candidate:
    """A candidate's PC: device and chain."""

    ticket: str
    device: crypto.Ed25519Signer
    chain: Chain
    entries: list[Entry] = field(default_factory=list)

    def write(self, record: r.Record, now: int, item: int = 0) -> Parsed:
        """One more record of the attempt stream."""
        entry = r.append(self.chain, record, now, item)
        self.entries.append(entry)
        return ledger.parse(entry)


class SmallDay:
    """Platform, site and one room of a day; `now` moves by hand."""

    rooms: tuple[Room, ...] = (Room(ROOM, "101 机房", 30, 3),)
    rules: dict[str, int] = {}  # noqa: RUF012  # of the session, never changed

    def __init__(self, tickets: tuple[str, ...] = TICKETS) -> None:
        self.root = crypto.Ed25519Signer(crypto.new_key())
        self.issuing = crypto.Ed25519Signer(crypto.new_key())
        self.issuer = signed.sign(self.root, documents.ISSUER, documents.Issuer(self.issuing.public, 0, 2**50))
        self.dongle, point = crypto.new_p256()
        self.dongle_signer: crypto.Signer = crypto.Ed25519Signer(crypto.new_key())
        self.dongle_keys = documents.DongleKeys(crypto.WrapKey(crypto.HPKE_P256, point), self.dongle_signer.public)
        ca_der, self.ca_certificate = tls.make_ca("site s1")
        self.ca = crypto.EcdsaSigner(ca_der)
        self.site_key = crypto.Ed25519Signer(crypto.new_key())
        self.room_key = crypto.Ed25519Signer(crypto.new_key())
        self.session = session_of(**self.rules)
        self.room = self.rooms[0]
        self.keys = documents.DataKeys(crypto.new_key(), {room.id: crypto.new_key() for room in self.rooms})
        self.places = tuple(Place(t, ROOM, n + 1, "AB"[n % 2]) for n, t in enumerate(tickets))
        self.paper_keys = {form: crypto.new_key() for form in ("A", "B", "spare")}
        self.papers = {
            form: seal_paper(small_paper(self.session.id, form), key) for form, key in self.paper_keys.items()
        }
        self.formal = signed.sign(self.issuing, documents.FORMAL, self._formal())
        self.session_document = signed.sign(self.issuing, documents.SESSION, self._session())
        self.now = T - 60 * MINUTE
        self.begin_sitting()
        self.pcs: dict[str, Candidate] = {}
        self.moves: list[tuple[bytes, r.MoveGranted]] = []
        self.changes: list[bytes] = []
        self.spares: list[bytes] = []
        self._named: tuple[documents.NamedChange, ...] = ()

    def begin_sitting(self) -> None:
        """The sitting of `room`, from its opening."""
        self.state = sitting.Sitting(self.session, self.room, self.places)
        stream = ledger.sitting_stream(self.session.id, self.room.id)
        key = ledger.stream_key(self.keys.sittings[self.room.id], stream)
        self.chain = Chain(stream, key, ledger.open_epoch(1, ledger.START))
        self.sitting_entries: list[Entry] = []
        self._write(r.SittingOpened(self.room_key.public, ledger.START))

    def sittings(self) -> list[tuple[Chain, crypto.Signer, list[Entry]]]:
        """Chain, key and entries of each sitting, by room."""
        return [(self.chain, self.room_key, self.sitting_entries)]

    def change(self, what: AnyChange) -> Refusal | list[r.SittingRecord]:
        """The platform signs one more change and the room takes it in."""
        self._named += (documents.NamedChange((ROOM,), what),)
        number = len(self._named)
        payload = documents.SessionChanges(number, SITE, self.session.id, 0, 2**50, self._named)
        self.changes.append(signed.sign(self.issuing, documents.CHANGES, payload))
        return self.put(c.TakeChange(number, what, crypto.sha256(self.changes[-1])))

    def use_spare(self) -> Refusal | list[r.SittingRecord]:
        """The platform releases the spare paper and the room takes it in."""
        self.spares.append(self.spare_document(len(self.spares) + 1))
        return self.put(c.TakeSpare("spare", crypto.sha256(self.spares[-1])))

    def spare_document(self, version: int, **changes: object) -> bytes:
        """A signed release of the spare form for the room, with other fields where given."""
        info = documents.wrap_info(documents.SPARE, SITE, self.session.id, version)
        keys = crypto.wrap(self.dongle_keys.wrap, codec.encode({"spare": self.paper_keys["spare"]}), info)
        dongle, formal = documents.dongle_id(self.dongle_keys), crypto.sha256(self.formal)
        payload = documents.SpareAuthorisation(
            version, SITE, self.session.id, 0, 2**50, dongle, formal, (ROOM,), "spare", keys
        )
        return signed.sign(self.issuing, documents.SPARE, msgspec.structs.replace(payload, **changes))

    def papers_of(self) -> tuple[PaperRef, ...]:
        """The sealed forms as authorised."""
        return tuple(PaperRef(form, crypto.sha256(data), len(data)) for form, data in self.papers.items())

    def put(self, command: c.AnyCommand | c.StaffCommand, by: c.Actor = CHIEF) -> Refusal | list[r.SittingRecord]:
        """Decides, stores and folds, as a room's desk does; a sign-in is left out of what is returned."""
        if isinstance(command, c.StaffCommand):
            command = c.ByStaff(command, by)
        if isinstance(command, c.Receive):
            new = receiving.fresh(self.state, command)
            made = exam.decide(self.state, command, self.now)
            if not isinstance(new, Refusal):
                for item in new:
                    sitting.note(self.state, command.ticket, item.header, item.digest)
        else:
            made = exam.decide(self.state, command, self.now)
        if not isinstance(made, Refusal):
            for record in made:
                self._write(record)
            made = [record for record in made if not isinstance(record, r.StaffSignedIn)]
        return made

    def agree(self, command: c.StaffCommand) -> Refusal | list[r.SittingRecord]:
        """A proctor proposes, the chief invigilator confirms; what it led to."""
        made = self.put(command, PROCTOR)
        return made if isinstance(made, Refusal) else self.put(c.Confirm(self.state.proposed))

    def log_in(self, ticket: str, seat: int = 0, device: crypto.Ed25519Signer | None = None) -> Candidate:
        """Logs a candidate in (or on, after approval) and opens the attempt epoch."""
        device = device or crypto.Ed25519Signer(crypto.new_key())
        seat = seat or self.state.candidates[ticket].place.seat
        made = self.put(c.LogIn(ticket, True, seat, device.public, "127.0.0.9", False))
        assert not isinstance(made, Refusal), made
        if self.state.candidates[ticket].waiting is not None:
            self.put(c.ApproveResume(ticket))
        one = self.state.candidates[ticket]
        stream = ledger.attempt_stream(self.session.id, ticket)
        chain = Chain(stream, ledger.stream_key(self.keys.session, stream), ledger.open_epoch(one.epoch, one.continues))
        pc = self.pcs[ticket] = Candidate(ticket, device, chain, self.pcs[ticket].entries if ticket in self.pcs else [])
        self.receive(pc, pc.write(r.AttemptOpened(device.public, one.continues), self.now))
        return pc

    def receive(self, pc: Candidate, *records: Parsed) -> Refusal | list[r.SittingRecord]:
        """What the room makes of records that arrive."""
        return self.put(c.Receive(pc.ticket, records[0].header.epoch, tuple(records)))

    def answer(self, ticket: str, item: int, *letters: str) -> Refusal | list[r.SittingRecord]:
        """One answer, written and received."""
        pc = self.pcs[ticket]
        return self.receive(pc, pc.write(r.Answered(letters), self.now, item))

    def hand_in(self, ticket: str, automatic: bool = False) -> Refusal | list[r.SittingRecord]:
        """A request to hand in."""
        pc = self.pcs[ticket]
        return self.receive(pc, pc.write(r.HandInRequested(automatic), self.now))

    def open(self) -> None:
        """From log-in to the opened paper."""
        self.put(c.AllowLogin())
        self.now = T - 40 * MINUTE
        self.put(c.AllowStart())

    def start(self) -> None:
        """The start itself."""
        self.now = T
        self.put(c.Tick())

    def bundle(self) -> bytes:
        """The result bundle of what has happened."""
        documents_, records, heads = self.parts()
        return build(documents_, records, heads, self.site_key, self.session.id)

    def parts(self) -> tuple[list[bytes], list[bytes], list[bytes]]:
        """Documents, records and heads of the bundle, each encoded, in order."""
        sittings = self.sittings()
        of_site = documents.Grant(ledger.site_stream(SITE), 1, self.site_key.public, T)
        grants = [signed.sign(self.dongle_signer, documents.GRANT, of_site)]
        grants += [
            signed.sign(self.ca, documents.GRANT, documents.Grant(chain.stream, 1, key.public, T))
            for chain, key, _ in sittings
        ]
        changed = [(documents.CHANGES, one) for one in self.changes] + [(documents.SPARE, one) for one in self.spares]
        papers = [self.issuer, self.formal, self.session_document, self.ca_certificate]
        papers += [*(one for _, one in changed), *grants, *(one for one, _ in self.moves)]
        attempts = [entry for ticket in sorted(self.pcs) for entry in self.pcs[ticket].entries]
        attempt_heads = [
            codec.encode(self.pcs[t].chain.sign_head(self.pcs[t].device, self.now)) for t in sorted(self.pcs)
        ]
        site = Chain(ledger.site_stream(SITE), crypto.new_key(), ledger.open_epoch(1, ledger.START))
        site_entries = [r.append(site, r.SiteOpened(self.site_key.public, ledger.START), self.now)]
        issued = [(documents.FORMAL, self.formal), (documents.SESSION, self.session_document)]
        for type_, document in issued + changed:
            loaded = r.AuthorisationLoaded(type_, self.session.id, 1, crypto.sha256(document))
            site_entries.append(r.append(site, loaded, self.now))
        site_entries += [r.append(site, granted, self.now) for _, granted in self.moves]
        sitting_entries = [entry for _, _, entries in sittings for entry in entries]
        count = len(attempts) + len(site_entries) + 1 + len(sitting_entries)
        made = r.BundleMade(self.session.id, count, bundle.heads_digest(attempt_heads))
        site_entries.append(r.append(site, made, self.now))
        heads: list[Head] = [site.sign_head(self.site_key, self.now)]
        heads += [chain.sign_head(key, self.now) for chain, key, _ in sittings]
        records = [codec.encode(entry) for entry in attempts + site_entries + sitting_entries]
        return papers, records, [codec.encode(head) for head in heads] + attempt_heads

    def _write(self, record: r.SittingRecord) -> None:
        sitting.apply(self.state, record)
        self.sitting_entries.append(r.append(self.chain, record, self.now))

    def _formal(self) -> documents.FormalAuthorisation:
        roster = tuple(Person(p.ticket, f"考生{p.seat}", mask_id("990000200001010010"), bytes(32)) for p in self.places)
        return documents.FormalAuthorisation(
            version=1,
            site=SITE,
            session=self.session,
            issued=0,
            expires=2**50,
            ca_fingerprint=crypto.sha256(self.ca_certificate),
            dongle=self.dongle_keys,
            rooms=self.rooms,
            places=self.places,
            papers=self.papers_of(),
            items=3,
            roster=trust.seal_roster(roster, self.session.id, self.keys.session),
            keys=crypto.wrap(
                self.dongle_keys.wrap,
                codec.encode(self.keys),
                documents.wrap_info(documents.FORMAL, SITE, self.session.id, 1),
            ),
            anchor=signed.sign(self.issuing, documents.ANCHOR, self.anchor()),
        )

    def anchor(self) -> documents.SiteAnchor:
        """The platform's word on the site's keys."""
        fingerprint = crypto.sha256(self.ca_certificate)
        return documents.SiteAnchor(SITE, self.session.id, fingerprint, self.dongle_keys.sign)

    def _session(self) -> documents.SessionAuthorisation:
        keys = {form: self.paper_keys[form] for form in ("A", "B")}
        info = documents.wrap_info(documents.SESSION, SITE, self.session.id, 1)
        return documents.SessionAuthorisation(
            1, SITE, self.session.id, 0, 2**50, documents.dongle_id(self.dongle_keys), crypto.sha256(self.formal),
            crypto.wrap(self.dongle_keys.wrap, codec.encode(keys), info),
        )  # fmt: skip


def build(
    documents_: list[bytes], records: list[bytes], heads: list[bytes], site_key: crypto.Signer, session: str
) -> bytes:
    """A container around any parts, its own digest and signature made anew."""
    out = io.BytesIO()
    writer = bundle.Writer(out)
    for type_, parts in ((bundle.DOCUMENT, documents_), (bundle.RECORD, records), (bundle.HEAD, heads)):
        for part in parts:
            writer.part(type_, part)
    tree = Tree()
    for record in records:
        parsed = ledger.parse(codec.decode(Entry, record, len(record)))
        tree.add(bundle.leaf(parsed.header.stream, parsed.point))
    summary = documents.BundleSummary(
        SITE, session, T, writer.parts, writer.records, writer.size, writer.sha256, tree.close()[0]
    )
    writer.part(bundle.SUMMARY, signed.sign(site_key, documents.BUNDLE, summary))
    return out.getvalue()


def usual_day() -> SmallDay:
    """Three candidates: one hands in, one moves to a spare PC and is collected, one is absent."""
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.log_in("1002")
    day.start()
    for item, letter in ((1, "A"), (2, "B"), (1, "C")):
        day.now += 1000
        day.answer("1001", item, letter)
        day.answer("1002", item, letter)
    day.log_in("1002", seat=31)
    day.answer("1002", 3, "A", "B")
    day.now = T + 31 * MINUTE
    day.put(c.MarkAbsent("1003"))
    day.hand_in("1001")
    day.now = T + 123 * MINUTE
    day.put(c.Tick())
    made = day.put(c.EndSitting())
    assert not isinstance(made, Refusal), made
    return day


def at(point: Point) -> tuple[int, int]:
    """Epoch and position, for short assertions."""
    return point.epoch, point.position
