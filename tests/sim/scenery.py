"""What all simulated exams share, made once in a process: keys, documents, machines, a site's folder, sealed papers.

The exam is short (`RULES`): a minute of answering for forty candidates at forty PCs and four spares. Nothing here
changes while exams are played.
"""

import ssl
import tempfile
from functools import cache
from pathlib import Path

from candidate_client import device as pc_files
from proctor_console.room import machine as room_files
from shared import codec, crypto, documents, ledger, limits, signed, trust
from shared.documents import Mark
from shared.io import identity, tls
from shared.io.files import write_durably
from shared.ledger import START
from shared.machines import Kind
from shared.messages import PaperRef
from shared.model import Item, ItemKind, Option, Paper, Person, Place, Room, Rules, Session, mask_id
from shared.package import seal_paper
from site_server.dongle.place import KeyFilePlace
from site_server.folder import Folder, Settings
from site_server.keys import info
from tests.sim.host import BEGAN
from tests.support.machines import Known, Population

SITE, ROOM, SESSION = "s1", "01", "m1"
SEATS, SPARES, ITEMS = 40, 4, 8
START_AT = BEGAN + 45_000
RULES = Rules(
    duration=60_000,
    login_opens_before=45_000,
    arm_opens_before=40_000,
    late_entry=25_000,
    earliest_hand_in=15_000,
    last_leave=0,
    reminders=(10_000,),
    grace=8_000,
    makeup=20_000,
    shuffle_items=False,
    shuffle_options=False,
)
LETTERS = "ABCDEFGH"


class MemoryDongle:
    """A dongle whose keys rest in memory; every site that is opened with it has its own mark."""

    def __init__(self, pkcs8: bytes, signer: crypto.Ed25519Signer, keys: documents.DongleKeys) -> None:
        self._pkcs8, self._signer = pkcs8, signer
        self.keys = keys
        self.public = signer.public
        self.mark = Mark(SITE, 0, START)

    def sign(self, data: bytes) -> bytes:
        """Signs grants and marks."""
        return self._signer.sign(data)

    def unwrap(self, sealed: bytes, info: str) -> bytes:
        """As the port says."""
        return crypto.unwrap(self._pkcs8, sealed, info)

    def read_mark(self) -> Mark:
        """As the port says."""
        return self.mark

    def write_mark(self, mark: Mark) -> None:
        """As the port says."""
        self.mark = mark

    def alive(self) -> bool:
        """It is never taken out."""
        return True

    def close(self) -> None:
        """As the port says."""


class SimIdentity(identity.Identity):
    """An enrolled PC; all share one folder of TLS files and one context made of them, which nothing here uses."""

    def context(self) -> ssl.SSLContext:
        """As any machine's, loaded once."""
        return _context(self.site_file.ca_certificate, self.folder)


_context = cache(tls.client_context)


class Scenery:
    """Everything that does not change; `pc(seat)`, `room(number)` and `site_folder` are machines enrolled already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root, self.issuing = (crypto.Ed25519Signer(crypto.new_key()) for _ in range(2))
        self.issuer = signed.sign(self.root, documents.ISSUER, documents.Issuer(self.issuing.public, 0, 2**50))
        self._dongle_key, point = crypto.new_p256()
        self._dongle_signer = crypto.Ed25519Signer(crypto.new_key())
        wraps = crypto.WrapKey(crypto.HPKE_P256, point)
        self.dongle_keys = documents.DongleKeys(wraps, self._dongle_signer.public)
        self.ca_key, self.ca_certificate = tls.make_ca("site s1")
        self.machines = Population(self.ca_key, self.ca_certificate, ROOM, "127.0.1")
        self.rooms = [self.machines.make(Kind.ROOM, 0, f"127.0.0.{number}") for number in (1, 2)]
        self.keys = documents.DataKeys(crypto.new_key(), {ROOM: crypto.new_key()})
        self.session = Session(SESSION, "理论考试", "电工", "四级", "theory", START_AT, RULES)
        self.room = Room(ROOM, "101 机房", SEATS, SPARES)
        self.places = tuple(
            Place(str(1000 + seat), ROOM, seat, "AB"[seat % 2], 4_000 if seat == 7 else 0)
            for seat in range(1, SEATS + 1)
        )
        self.tickets = tuple(place.ticket for place in self.places)
        self._attempt_keys = {
            ticket: ledger.stream_key(self.keys.session, ledger.attempt_stream(SESSION, ticket))
            for ticket in self.tickets
        }
        self.sitting_stream = ledger.sitting_stream(SESSION, ROOM)
        self.sitting_key = ledger.stream_key(self.keys.sittings[ROOM], self.sitting_stream)
        paper_keys = {form: crypto.new_key() for form in ("A", "B")}
        self.papers = {form: seal_paper(_paper(form), key) for form, key in paper_keys.items()}
        self.refs = tuple(PaperRef(form, crypto.sha256(data), len(data)) for form, data in self.papers.items())
        self.formal = signed.sign(self.issuing, documents.FORMAL, self._formal())
        self.paper_document = signed.sign(self.issuing, documents.SESSION, self._session(paper_keys))
        self.site_file = self._site_file()
        self.site_folder = self._make_site()
        self.pc_folder = self._make_pcs()
        site = trust.site_file(self.site_file)
        self.identities = {
            seat: SimIdentity(self.pc_folder, identity.Place(Kind.PC, ROOM, seat), site)
            for seat in range(1, SEATS + SPARES + 1)
        }
        """The PC of every seat."""
        self.room_machines = [self._make_room(known) for known in self.rooms]

    def dongle(self) -> MemoryDongle:
        """The site's dongle, its mark as at the beginning."""
        return MemoryDongle(self._dongle_key, self._dongle_signer, self.dongle_keys)

    def attempt_key(self, ticket: str) -> bytes:
        """The sealing key of a candidate's stream."""
        return self._attempt_keys[ticket]

    def _formal(self) -> documents.FormalAuthorisation:
        roster = tuple(
            Person(
                p.ticket, f"考生{p.seat}", mask_id(id_number(p.ticket)),
                crypto.id_mac(self.keys.session, p.ticket, id_number(p.ticket)),
            )
            for p in self.places
        )  # fmt: skip
        fingerprint = crypto.sha256(self.ca_certificate)
        anchor = documents.SiteAnchor(SITE, SESSION, fingerprint, self.dongle_keys.sign)
        wrapped = crypto.wrap(
            self.dongle_keys.wrap, codec.encode(self.keys), documents.wrap_info(documents.FORMAL, SITE, SESSION, 1)
        )
        return documents.FormalAuthorisation(
            version=1,
            site=SITE,
            session=self.session,
            issued=0,
            expires=2**50,
            ca_fingerprint=fingerprint,
            dongle=self.dongle_keys,
            rooms=(self.room,),
            places=self.places,
            papers=self.refs,
            items=ITEMS,
            roster=trust.seal_roster(roster, SESSION, self.keys.session),
            keys=wrapped,
            anchor=signed.sign(self.issuing, documents.ANCHOR, anchor),
        )

    def _session(self, paper_keys: dict[str, bytes]) -> documents.SessionAuthorisation:
        told = documents.wrap_info(documents.SESSION, SITE, SESSION, 1)
        keys = crypto.wrap(self.dongle_keys.wrap, codec.encode(paper_keys), told)
        dongle = documents.dongle_id(self.dongle_keys)
        return documents.SessionAuthorisation(1, SITE, SESSION, 0, 2**50, dongle, crypto.sha256(self.formal), keys)

    def _site_file(self) -> bytes:
        rooms = {ROOM: documents.RoomAddress("127.0.0.1", limits.ROOM_PORT)}
        made = documents.SiteFile(
            SITE, "测试考点", self.ca_certificate, self.root.public, self.issuer, "127.0.0.9", limits.SITE_PORT, rooms
        )
        return signed.sign(crypto.EcdsaSigner(self.ca_key), documents.SITE_FILE, made)

    def _make_site(self) -> Folder:
        folder = Folder(self.folder / "site")
        for name, key in zip(("ca", "site", "stream"), (self.ca_key, crypto.new_key(), crypto.new_key()), strict=True):
            write_durably(folder.wrapped(name), crypto.wrap(self.dongle_keys.wrap, key, info(name, SITE)))
        write_durably(folder.ca_certificate, self.ca_certificate)
        seal_key = crypto.WrapKey(crypto.HPKE_P256, crypto.new_p256()[1])
        welcome = documents.SiteWelcome(
            SITE, "https://127.0.0.99:1", self.root.public, self.ca_certificate, "token", seal_key, self.issuer
        )
        write_durably(folder.welcome, signed.sign(self.issuing, documents.WELCOME, welcome))
        for data in self.papers.values():
            write_durably(folder.papers / crypto.sha256(data).hex(), data)
        folder.write_settings(Settings(SITE, "测试考点", "127.0.0.9", limits.SITE_PORT, KeyFilePlace()))
        return folder

    def _make_pcs(self) -> Path:
        folder = self.machines.pc(1).keep(self.folder / "pc", self.site_file)
        for data in self.papers.values():
            write_durably(folder / pc_files.PAPERS / f"{crypto.sha256(data).hex()}.sealed", data)
        return folder

    def _make_room(self, known: Known) -> room_files.Machine:
        folder = known.keep(self.folder / known.machine.id, self.site_file)
        write_durably(folder / room_files.HEAD_KEY, known.device.seed)
        for data in self.papers.values():
            write_durably(folder / "papers" / crypto.sha256(data).hex(), data)
        return room_files.load(folder)


def _paper(form: str) -> Paper:
    options = tuple(Option(letter, f"选项{letter}") for letter in LETTERS)
    items = tuple(Item(n, f"q{n}", ItemKind.MULTIPLE, "？", options, 100) for n in range(1, ITEMS + 1))
    return Paper(SESSION, form, f"理论试卷 {form}", items)


def id_number(ticket: str) -> str:
    """A made-up ID number."""
    return f"99000020000101{ticket}"


@cache
def scenery() -> Scenery:
    """The one of this process; its folder goes with the process."""
    held = tempfile.TemporaryDirectory(prefix="kaodian-sim-")
    _HELD.append(held)
    return Scenery(Path(held.name))


_HELD: list[tempfile.TemporaryDirectory[str]] = []
