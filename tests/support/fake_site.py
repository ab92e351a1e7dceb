"""A real small site for room tests: TLS, enrolment, one session, paper keys, copies checked by chain, trusted time.

Its trusted time is the boot clock plus a shift of its own, far from the system clock. Everything signed is signed with
real keys of its own platform and CA. `up` and `down` open and cut it on the same port. It stores in memory only.
"""

from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from shared import codec, crypto, documents, ledger, limits, signed, trust
from shared import messages as m
from shared.errors import Unavailable
from shared.io import peer as peers
from shared.io import tls
from shared.io.clock import boot_now
from shared.io.tasks import Tasks
from shared.ledger import Entry, Head, Point
from shared.machines import Enrolled
from shared.model import AnyChange, Person, Place, Room, Rules, Session, Staff, mask_id
from shared.package import seal_paper
from shared.refusal import Refusal
from shared.roles import Role
from tests.support.machines import Population
from tests.support.papers import small_paper

HISTORY_FRAME = 3
"""Few, so that every history comes in several frames."""
SEATS, CONSOLES = 34, 3
"""Machines the room knows from the start."""
SITE, ROOM, CODE, PIN = "s1", "01", "12345678", "246810"
SALT = b"salt" * 4
PIN_HASH = crypto.pin_hash(PIN, SALT)
PEOPLE = tuple(
    Staff(name, role, SALT, b"")
    for name, role in (
        ("王监考", Role.PROCTOR), ("李监考", Role.PROCTOR), ("张主考", Role.CHIEF), ("赵技术", Role.TECHNICIAN),
        ("督导", Role.SUPERVISOR), ("周巡考", Role.INSPECTOR),
    )
)  # fmt: skip
QUICK = Rules(
    duration=90_000, late_entry=60_000, earliest_hand_in=500, last_leave=0, reminders=(5_000,), grace=900, makeup=20_000
)
HOUR = 3_600_000
LONG = Rules(duration=8 * HOUR, late_entry=HOUR, earliest_hand_in=500, last_leave=0, reminders=(), makeup=0)
"""Nothing happens by itself, however slow the machine is."""
SHIFT = 900_000_000_000


def site_now() -> int:
    """The fake site's trusted time."""
    return boot_now() + SHIFT


def id_number(ticket: str) -> str:
    """A made-up ID number of a candidate."""
    return f"99000020000101{ticket}"


@dataclass
class Exam:
    """One session: everything the platform would have made."""

    session: Session
    places: tuple[Place, ...]
    room: Room = field(default_factory=lambda: Room(ROOM, "101 机房", 30, 3))
    session_key: bytes = field(default_factory=crypto.new_key)
    sitting_key: bytes = field(default_factory=crypto.new_key)
    version: int = 1

    def __post_init__(self) -> None:
        self.keys = {form: crypto.new_key() for form in ("A", "B", "spare")}
        self.changes: tuple[documents.NamedChange, ...] = ()
        self.spare: tuple[str, ...] = ()
        self.papers = {form: seal_paper(small_paper(self.session.id, form), key) for form, key in self.keys.items()}
        self.refs = tuple(m.PaperRef(form, crypto.sha256(data), len(data)) for form, data in self.papers.items())


def exam(start_in: int, rules: Rules = QUICK, session: str = "m1", tickets: tuple[str, ...] = ("1001", "1002")) -> Exam:
    """A session that starts `start_in` ms from now, candidates at seats 1, 2, ... with forms A, B in turn."""
    places = tuple(Place(ticket, ROOM, n + 1, "AB"[n % 2]) for n, ticket in enumerate(tickets))
    return Exam(Session(session, "理论考试", "电工", "四级", "theory", site_now() + start_in, rules), places)


class FakeSite:
    """The site. `copies` holds what rooms pushed; without `release` it gives no keys, without `acks` no copy counts."""

    def __init__(self, *exams: Exam, seats: int = SEATS) -> None:
        self.exams = {one.session.id: one for one in exams}
        self.release = self.acks = True
        self.copies: dict[tuple[str, int], list[Entry]] = {}
        self.heads: dict[tuple[str, int], Head] = {}
        self.statuses: list[m.RoomStatus] = []
        self.kept: list[m.Kept] = []
        self.port = 0
        self.site_file = b""
        self._root, self._issuing = (crypto.Ed25519Signer(crypto.new_key()) for _ in range(2))
        self._issuer = signed.sign(self._root, documents.ISSUER, documents.Issuer(self._issuing.public, 0, 2**50))
        self._ca_key, self.ca_certificate = tls.make_ca("site s1")
        self._ca = crypto.EcdsaSigner(self._ca_key)
        dongle_wraps = crypto.WrapKey(crypto.HPKE_P256, crypto.new_p256()[1])
        dongle_signs = crypto.Ed25519Signer(crypto.new_key()).public
        self._dongle = documents.DongleKeys(dongle_wraps, dongle_signs)
        self.machines = Population(self._ca_key, self.ca_certificate, ROOM, "127.0.1", seats)
        for number in range(1, CONSOLES + 1):
            self.machines.console(number)
        self.confirming = True
        self.asked: list[m.EnrolAsk] = []
        self.orders: list[m.SiteOrder] = []
        self.alarms: list[m.Alarm] = []
        self.revoked: set[bytes] = set()
        """TLS keys of room machines that count no more."""
        self._head_keys: list[crypto.PublicKey] = []
        """Of the machines enrolled as the room, one after another: each gets the next epoch."""
        self._runner: web.AppRunner | None = None
        self._tasks = Tasks()
        self._formals: dict[bytes, bytes] = {}
        self._links: set[peers.ServerPeer] = set()
        self.staff = tuple(Staff(one.name, one.role, SALT, PIN_HASH) for one in PEOPLE)

    async def up(self, folder: Path, room_port: int = 0) -> None:
        """Listens (again)."""
        if not (folder / "tls.key").exists():
            key, point = crypto.new_p256()
            tls.write_identity(folder, key, tls.issue(self._ca_key, self.ca_certificate, "site", point))
        app = web.Application()
        routes = [web.post("/enrol", self._enrol), web.get("/link", self._link), web.get("/paper/{name}", self._paper)]
        app.add_routes(routes)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        context = tls.server_context(folder, self.ca_certificate)
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=context).start()
        self.port = self._runner.addresses[0][1]
        rooms = {ROOM: documents.RoomAddress("127.0.0.1", room_port)}
        self.site_file = signed.sign(
            self._ca,
            documents.SITE_FILE,
            documents.SiteFile(
                SITE, "测试考点", self.ca_certificate, self._root.public, self._issuer, "127.0.0.1", self.port, rooms
            ),
        )

    async def down(self) -> None:
        """Cuts all links and stops listening."""
        for peer in list(self._links):
            peer.drop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def close(self) -> None:
        """Ends it."""
        await self.down()
        await self._tasks.close()

    def offer(self, one: Exam) -> m.SessionOffer:
        """The offer of a session to the enrolled room."""
        stream, epoch = ledger.sitting_stream(one.session.id, ROOM), len(self._head_keys)
        granted = documents.Grant(stream, epoch, self._head_keys[-1], site_now())
        grant = signed.sign(self._ca, documents.GRANT, granted)
        return m.SessionOffer(self.formal(one), one.session_key, one.sitting_key, grant, one.refs)

    def change(self, session: str, *what: AnyChange, spare: bool = False) -> None:
        """The platform changes a session for the room; every linked room hears of it."""
        one = self.exams[session]
        one.changes += tuple(documents.NamedChange((ROOM,), change) for change in what)
        one.spare = (ROOM,) if spare else one.spare
        for peer in self._links:
            peer.send(self.changed(one))

    def changed(self, one: Exam) -> m.SessionChanged:
        """The signed changes and spare authorisation of a session as they stand."""
        version, site, session = len(one.changes), SITE, one.session.id
        changes = documents.SessionChanges(version, site, session, 0, 2**50, one.changes)
        dongle, formal = documents.dongle_id(self._dongle), crypto.sha256(self.formal(one))
        spare = documents.SpareAuthorisation(1, site, session, 0, 2**50, dongle, formal, one.spare, "spare", b"")
        return m.SessionChanged(
            session,
            signed.sign(self._issuing, documents.CHANGES, changes) if one.changes else b"",
            signed.sign(self._issuing, documents.SPARE, spare) if one.spare else b"",
        )

    def formal(self, one: Exam) -> bytes:
        """The signed formal authorisation, the same bytes as long as nothing of the exam is changed."""
        what = codec.encode((one.session, one.version, one.room, one.places, one.refs))
        return self._formals.get(what) or self._formals.setdefault(what, self._issue(one))

    def _issue(self, one: Exam) -> bytes:
        roster = tuple(
            Person(
                p.ticket, f"考生{p.seat}", mask_id(id_number(p.ticket)),
                crypto.id_mac(one.session_key, p.ticket, id_number(p.ticket)),
            )
            for p in one.places
        )  # fmt: skip
        anchor = documents.SiteAnchor(SITE, one.session.id, crypto.sha256(self.ca_certificate), self._dongle.sign)
        found = documents.FormalAuthorisation(
            version=one.version,
            site=SITE,
            session=one.session,
            issued=0,
            expires=2**50,
            ca_fingerprint=crypto.sha256(self.ca_certificate),
            dongle=self._dongle,
            rooms=(one.room,),
            places=one.places,
            papers=one.refs,
            items=3,
            roster=trust.seal_roster(roster, one.session.id, one.session_key),
            keys=b"",
            anchor=signed.sign(self._issuing, documents.ANCHOR, anchor),
        )
        return signed.sign(self._issuing, documents.FORMAL, found)

    def ends(self, stream: str, epoch: int = 1) -> int:
        """How many records of a stream's epoch are copied."""
        return len(self.copies.get((stream, epoch), ()))

    def answer(self, asked: m.EnrolAsk) -> None:
        """Certifies a machine that asked, and tells the room; another code is refused."""
        request = asked.request
        if request.code != CODE:
            self.say(m.EnrolAnswer(asked.id, b"", 0, Refusal("wrong_code", count=len(self.asked))))
            return
        number = request.number or 1
        valid = tls.ALWAYS
        machine = Enrolled(request.kind, request.room, number, request.point, request.device, asked.address, *valid)
        certificate = tls.issue(self._ca_key, self.ca_certificate, machine.name, request.point, valid)
        self.tell_machines(self.machines.told(machine))
        self.say(m.EnrolAnswer(asked.id, certificate, number, None))

    def _about_machines(self, message: m.EnrolAsk | m.SiteOrder | m.Alarm) -> None:
        match message:
            case m.EnrolAsk():
                self.asked.append(message)
                if self.confirming or message.request.code != CODE:
                    self.answer(message)
            case m.SiteOrder():
                self.orders.append(message)
                self.say(m.OrderDone(message.id))
            case m.Alarm():
                self.alarms.append(message)

    def say(self, message: m.Message) -> None:
        """Says something to the linked rooms."""
        for peer in self._links:
            peer.send(message)

    def tell_machines(self, told: m.Machines | None = None) -> None:
        """Tells linked rooms their machines (again)."""
        self.say(told or self.machines.told())

    async def _enrol(self, request: web.Request) -> web.Response:
        body = codec.decode(m.EnrolRequest, await request.read(), limits.FRAME_BYTES)
        if body.code != CODE:
            return web.json_response({"code": "wrong_code", "detail": "the enrolment code is wrong"}, status=403)
        assert body.device is not None
        if body.device not in self._head_keys:
            self._head_keys.append(body.device)
        certificate = tls.issue(self._ca_key, self.ca_certificate, f"room-{body.room}", body.point)
        return web.Response(body=codec.encode(m.EnrolReply(certificate, 0)))

    async def _paper(self, request: web.Request) -> web.Response:
        found = {crypto.sha256(data).hex(): data for one in self.exams.values() for data in one.papers.values()}
        data = found.get(request.match_info["name"])
        return web.Response(body=data) if data is not None else web.Response(status=404)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        assert tls.certificate_name(tls.presented(transport)) == f"room-{ROOM}"
        if tls.certificate_key(tls.presented(transport)).raw in self.revoked:
            return web.json_response({"code": "revoked", "detail": ""}, status=403)
        peer = await peers.accept(request)
        self._links.add(peer)
        try:
            await peer.receive(m.Link)
            while self._keep(await peer.receive(m.Kept)):
                pass
            points: dict[str, tuple[Point, ...]] = {stream: () for stream, _ in self.copies}
            for (stream, epoch), entries in self.copies.items():
                points[stream] = (*points[stream], Point(epoch, len(entries), entries[-1].digest))
            peer.send(m.Linked(points, self.staff, tuple(self.exams)))
            peer.send(self.machines.told())
            for one in self.exams.values():
                peer.send(self.offer(one))
                if one.changes or one.spare:
                    peer.send(self.changed(one))
            while True:
                await self._take(peer, await peer.receive(m.RoomToSite))
        except Unavailable:
            pass
        finally:
            self._links.discard(peer)
            await peer.gone()
        return web.Response()

    def _keep(self, told: m.Kept) -> bool:
        self.kept.append(told)
        return told.more

    async def _take(self, peer: peers.ServerPeer, message: m.Message) -> None:
        match message:
            case m.Beacon(sent=sent):
                peer.send(m.BeaconReply(sent, site_now(), site_now(), 5))
            case m.KeysWanted(session=session) if self.release:
                one = self.exams[session]
                used = {"spare"} if one.spare else {place.form for place in one.places}
                peer.send(m.Keys(session, {form: key for form, key in one.keys.items() if form in used}))
            case m.Push(entries=entries):
                for entry in entries:
                    parsed = ledger.parse(entry)
                    header = parsed.header
                    kept = self.copies.setdefault((header.stream, header.epoch), [])
                    assert header.position == len(kept) + 1, "the room repeats or skips"
                    assert not kept or header.previous == kept[-1].digest
                    kept.append(entry)
                    if self.acks:
                        peer.send(m.PushAck({header.stream: (parsed.point,)}))
            case m.HistoryWanted(id=number, stream=stream, epoch=epoch, after=after):
                held = self.copies.get((stream, epoch), [])
                part = held[after : after + HISTORY_FRAME]
                peer.send(m.History(number, tuple(part), len(held) - after - len(part)))
            case m.PushHead(head=head):
                self.heads[head.stream, head.point.epoch] = head
            case m.RoomStatus():
                self.statuses.append(message)
            case m.EnrolAsk() | m.SiteOrder() | m.Alarm():
                self._about_machines(message)
            case _:
                pass


def read_site_file(data: bytes) -> documents.SiteFile:
    """As a PC would read it from the stick."""
    return trust.site_file(data)
