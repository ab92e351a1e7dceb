"""A real site in a folder, authorised by a `SmallDay` whose dongle and CA are the site's own.

`SiteDay` gives the files a platform would give; `made_site` makes and joins the site once and hands out copies, because
opening a dongle is slow on purpose.
"""

import shutil
from pathlib import Path

from shared import codec, crypto, documents, ledger, signed, trust
from shared.io import clock
from shared.io.store import Batch, Store
from shared.ledger import START, Chain
from shared.package import build_package, seal_paper
from shared.records import SittingOpened
from site_server import site as sites
from site_server.folder import Folder, Settings
from site_server.station import Station
from tests.support.fake_platform import FakePlatform
from tests.support.papers import small_paper
from tests.support.small_day import MINUTE, ROOM, SITE, SmallDay, T

PASSPHRASE = "correct horse battery"
NOW = T - 30 * MINUTE


class SiteDay(SmallDay):
    """The day of one real site: its documents name the site's CA and dongle."""

    def __init__(self, registration: bytes) -> None:
        super().__init__()
        found = trust.peek(registration, documents.REGISTRATION, documents.SiteRegistration)
        self.ca_certificate, self.dongle_keys = found.ca_certificate, found.dongle
        session = self.session.id
        self.papers = {form: seal_paper(small_paper(session, form), key) for form, key in self.paper_keys.items()}
        self.formal = signed.sign(self.issuing, documents.FORMAL, self._formal())
        self.session_document = signed.sign(self.issuing, documents.SESSION, self._session())
        manifest = documents.PackageManifest(SITE, self.session.id, 1, self.papers_of())
        self.package = build_package(
            signed.sign(self.issuing, documents.PACKAGE, manifest), list(self.papers.values())
        )  # fmt: skip

    def another(self, **changes: object) -> bytes:
        """The formal authorisation with other fields, signed as genuinely."""
        values = {name: getattr(self._formal(), name) for name in documents.FormalAuthorisation.__struct_fields__}
        values |= changes
        named = documents.SiteAnchor(
            values["site"], values["session"].id, values["ca_fingerprint"], values["dongle"].sign
        )
        values["anchor"] = changes.get("anchor") or signed.sign(self.issuing, documents.ANCHOR, named)
        info = documents.wrap_info(documents.FORMAL, values["site"], values["session"].id, values["version"])
        values["keys"] = crypto.wrap(self.dongle_keys.wrap, codec.encode(self.keys), info)
        return signed.sign(self.issuing, documents.FORMAL, documents.FormalAuthorisation(**values))

    def write_files(self, folder: Path) -> Path:
        """`formal.kdd`, `papers.kdp` and `session.kdd` as `issue` writes them."""
        folder.mkdir(exist_ok=True)
        (folder / "formal.kdd").write_bytes(self.formal)
        (folder / "papers.kdp").write_bytes(self.package)
        (folder / "session.kdd").write_bytes(self.session_document)
        return folder

    def take_room_key(self, signer: crypto.Ed25519Signer, epoch: int = 1) -> None:
        """The room's sitting begins anew in that epoch, opened by the key that was enrolled."""
        self.room_key = signer
        stream = ledger.sitting_stream(self.session.id, ROOM)
        self.chain = Chain(stream, ledger.stream_key(self.keys.sittings[ROOM], stream), ledger.open_epoch(epoch, START))
        self.sitting_entries = []
        self._write(SittingOpened(signer.public, START))

    def go_on_as(self, signer: crypto.Ed25519Signer) -> None:
        """A spare machine with that key goes on with the sitting in the next epoch, from where it stands."""
        at, self.room_key = self.chain.at, signer
        key = ledger.stream_key(self.keys.sittings[ROOM], self.chain.stream)
        self.chain = Chain(self.chain.stream, key, ledger.open_epoch(at.epoch + 1, at))
        self._write(SittingOpened(signer.public, at))


class Made:
    """A joined site in `folder`, its day and its platform (not serving yet)."""

    def __init__(self, folder: Folder, day: SiteDay, platform: FakePlatform) -> None:
        self.folder = folder
        self.day = day
        self.platform = platform

    def open(self) -> Station:
        """Opens the site with its dongle."""
        return Station.open(self.folder, PASSPHRASE)

    def give_time(self) -> None:
        """Trusted time, as after an exchange in this boot; the site must not be open."""
        store = Store(self.folder.database)
        anchor = clock.Anchor(NOW - clock.boot_now(), 1, clock.boot_now(), clock.boot_id(), "test")
        store.submit(Batch(facts={"anchor": codec.encode(anchor)})).result()
        store.close()

    def join(self, station: Station) -> None:
        """Takes the welcome in; the platform must be serving, so that its address is known."""
        station.site.join(self.platform.welcome(SITE))


def make(path: Path) -> Folder:
    """A new site, not joined."""
    folder = Folder(path)
    sites.create(folder, Settings(SITE, "第一考点", "127.0.0.1", 8441), lambda: PASSPHRASE)
    return folder


def copy_of(template: Path, path: Path) -> Made:
    """A fresh copy of a made site with a day of its own."""
    shutil.copytree(template, path)
    folder = Folder(path)
    day = SiteDay(folder.registration.read_bytes())
    return Made(folder, day, FakePlatform(day, NOW))
