"""The site: its folder, keys, clock and ledger, and the only writer of the site stream.

`create` makes a new site, `Site.open` opens one with its dongle or, for looking only, without. Keys at rest are
wrapped to the dongle (`site_server.keys`), whose mark moves on with every record (`site_server.marks`). What rooms push
is copied by `site_server.copies`, which shares the store. A failed commit is final: `broken` is set and nothing is
acknowledged until a restart.
"""

import asyncio
from collections.abc import Callable
from typing import IO

import msgspec

from shared import codec, crypto, ledger, limits, records, signed, trust
from shared import documents as d
from shared.crypto import EcdsaSigner
from shared.errors import Refused, Unavailable, WrongBinding
from shared.io import clock, tls
from shared.io.files import read_limited, write_durably
from shared.io.store import Batch, Store
from shared.ledger import START, Chain, Point
from site_server import marks
from site_server.dongle import opening
from site_server.folder import Folder, Settings, check_id
from site_server.keys import NAMES, Keys, info

REBUILT = "rebuilt"
"""Fact of a folder that was rebuilt from a save and for which nobody has answered yet."""
PHASES = (
    records.AuthorisationLoaded,
    records.KeysReleased,
    records.BundleMade,
    records.BackedUp,
    records.Uploaded,
    records.PhaseSeen,
    records.Overridden,
)


class Site:
    """An opened site. Without keys it can be looked at, not written to."""

    def __init__(self, folder: Folder, lock: IO[bytes] | None, keys: Keys | None, store: Store | None = None) -> None:
        self.folder = folder
        self.settings = folder.settings()
        """As `init` wrote them; where the data are saved to may change."""
        self.id = self.settings.site
        self.ca_certificate = read_limited(folder.ca_certificate)
        self.store = store or Store(folder.database)
        self.broken = asyncio.Event()
        self.phase = asyncio.Event()
        """Set when a record that ends a phase was written: its head is signed and told at once."""
        self.unsaved = asyncio.Event()
        """Set when something changed that no room could give back: the data are saved soon."""
        self.changed = False
        """Whether anything was committed since this was last set to False."""
        self._lock = lock
        self._keys = keys
        anchor = self.store.fact("anchor")
        held = codec.decode(clock.Anchor, anchor, limits.FRAME_BYTES) if anchor else None
        self.clock = clock.TrustedClock(held)
        self.stream = ledger.site_stream(self.id)
        self.ca_public = crypto.certificate_key(self.ca_certificate)
        self.marks = marks.Marks(d.Mark(self.id, 0, START))
        self._continues = START
        end = self.store.points(self.stream).get(self.stream, (ledger.open_epoch(1, START),))[-1]
        self._chain = Chain(self.stream, keys.stream_key if keys else b"", end)
        last = self.store.entries(self.stream, end.epoch, end.position - 1, 1) if end.position else []
        self.newest = max([held.offset + held.taken if held else 0, *(ledger.header_of(one).time for one in last)])
        """An instant that has surely passed: of the last record, or when the kept time was taken."""
        self.welcome: d.SiteWelcome | None = None
        self.platform_trust: trust.PlatformTrust | None = None
        if folder.welcome.exists():
            self._take_welcome(read_limited(folder.welcome))

    @classmethod
    def open(cls, folder: Folder, secret: str | None, *, overriding: bool = False) -> "Site":
        """Opens a site for work with its dongle's passphrase or PIN, or for looking only when `secret` is None.

        `overriding` opens it although the dongle's mark may forbid it: the caller asks `check_mark` itself.

        Raises:
            Unavailable: no site here (`not_initialised`), or its dongle is missing.
            Refused: another process works here (`in_use`), the dongle does not open, or its mark forbids it.
            Damaged: the dongle has lost its mark.
        """
        settings = folder.settings()
        if secret is None:
            return cls(folder, None, None)
        lock = folder.lock()
        try:
            dongle = opening.unlock(settings.dongle, folder, settings.site, secret)
            try:
                site = cls(folder, lock, Keys(dongle, folder, settings.site))
            except BaseException:
                dongle.close()
                raise
        except BaseException:
            lock.close()
            raise
        if not overriding:
            try:
                site.check_mark()
            except BaseException:
                site.close()
                raise
        return site

    @property
    def keys(self) -> Keys:
        """The opened keys; raises `Unavailable` when the site was opened for looking only."""
        if self._keys is None:
            raise Unavailable("the dongle is not open", "no_dongle")
        return self._keys

    @property
    def open_for_work(self) -> bool:
        """Whether the dongle is open."""
        return self._keys is not None

    @property
    def platform(self) -> trust.PlatformTrust:
        """Trust in the platform; raises `Unavailable` (`not_joined`) before `join`."""
        if self.platform_trust is None:
            raise Unavailable("the platform's welcome is not here", "not_joined")
        return self.platform_trust

    @property
    def end(self) -> Point:
        """Where the site stream ends, commits under way included."""
        return self._chain.at

    @property
    def restored(self) -> bool:
        """Whether this site ever went on from older data: what happened after them stands elsewhere only."""
        return self._chain.at.epoch > 1

    def now(self) -> int | None:
        """Trusted time in ms UTC, or None where there is none yet."""
        return self.clock.now() if self.clock.known else None

    def stamp(self) -> int:
        """The time written into records and grants: trusted, or without it the newest known to have passed."""
        now = self.now()
        return self.newest if now is None else now

    async def write(self, *made: records.SiteRecord, facts: dict[str, bytes | None] | None = None) -> None:
        """Appends records to the site stream, durable together with `facts` (None deletes one)."""
        held, entries = dict(facts or {}), []
        if not self._chain.at.position:
            held |= self._own_grant()
            entries.append(self._append(records.SiteOpened(self.keys.signer.public, self._continues)))
        entries += [self._append(record) for record in made]
        end = self._chain.at
        await self.commit(Batch([ledger.parse(entry) for entry in entries], facts=held))
        if any(isinstance(record, PHASES) for record in made):
            self.phase.set()
        if any(not isinstance(record, records.TimeSynced | records.TimeNote) for record in made):
            self.unsaved.set()
        told = max(map(_told, made), default=0)
        await asyncio.to_thread(self.marks.move, self.keys.dongle if self.keys.here else None, told, end)

    async def commit(self, batch: Batch) -> None:
        """Durable write of anything; raises `Unavailable` (`disk_failed`) and ends the service when the disk
        refuses.
        """
        try:
            await self.store.commit(batch)
        except Unavailable:
            self.broken.set()
            raise
        self.changed = True

    def save_to(self, folder: str) -> None:
        """From now on the running service saves the data to this folder; raises `OSError`, and nothing changed then."""
        settings = msgspec.structs.replace(self.settings, saves=folder)
        self.folder.write_settings(settings)
        self.settings = settings

    async def sign_head(self) -> ledger.Head | None:
        """A signed head over the end of the site stream, kept in the store; None when nothing is written yet."""
        if not self._chain.at.position:
            return None
        head = self.head_at(self._chain.at, self.stamp())
        await self.commit(Batch(heads=[head]))
        return head

    def head_at(self, point: Point, time: int) -> ledger.Head:
        """A signed head over an earlier point of the site stream."""
        signature = self.keys.signer.sign(ledger.head_bytes(self.stream, point, time))
        return ledger.Head(self.stream, point, time, signature)

    def grant(self, stream: str, epoch: int, key: crypto.PublicKey) -> bytes:
        """The CA's signed grant for an epoch of a stream."""
        return signed.sign(self.keys.ca, d.GRANT, d.Grant(stream, epoch, key, self.stamp()))

    async def begin(self) -> None:
        """Opens the stream of a new site, so that what happens is recorded even if its dongle is taken out next."""
        if not self._chain.at.position:
            await self.write()

    async def begin_epoch(self, *made: records.SiteRecord) -> None:
        """Opens the next epoch of the site stream, granted by the dongle, with `made` as its first records.

        It is later than any epoch in this folder and in the dongle's mark, so no position is ever used twice.
        """
        after, marked = self._chain.at, self.marks.mark.point
        self._continues = after if after.position else START
        epoch = max(after.epoch, marked.epoch) + 1
        self._chain = Chain(self.stream, self.keys.stream_key, ledger.open_epoch(epoch, self._continues))
        await self.write(*made, facts={REBUILT: None})

    def check_mark(self) -> None:
        """Holds this folder and its clock against the dongle's mark, which from then on moves on with every record.

        Raises:
            Refused: `rolled_back`, `clock_before_mark`, `other_dongle`, or `rebuilt`: what came after the save is not
                known here, whatever the mark says.
            Damaged: the dongle has lost its mark (`mark_damaged`).
        """
        mark = self.keys.dongle.read_mark()
        self.marks = marks.Marks(mark)
        if mark.site == self.id and self.store.fact(REBUILT) is not None:
            raise Refused("this folder was rebuilt from a save", "rebuilt")
        marks.check(mark, self.id, self.store, self.stream)
        if self.clock.known:
            self.marks.check_time(self.clock.now(), self.clock.error())

    def join(self, data: bytes) -> d.SiteWelcome:
        """Takes the platform's welcome in. The first one is believed (it came on a stick); later ones need the same
        root.

        Raises:
            Untrusted: not a welcome, not signed along its own chain, or for another site.
            Refused: another platform than the one joined (`other_platform`).
        """
        claimed = trust.peek(data, d.WELCOME, d.SiteWelcome)
        if self.welcome is not None and self.welcome.root != claimed.root:
            raise Refused("the welcome comes from another platform", "other_platform")
        welcome = self._check_welcome(data)
        sealed = crypto.wrap(welcome.seal_key, self.keys.stream_key, info("stream", self.id))
        write_durably(self.folder.platform_stream_key, sealed)
        write_durably(self.folder.welcome, data)
        self._take_welcome(data)
        return welcome

    def close(self) -> None:
        """Finishes what is queued and lets the folder go."""
        self.store.close()
        if self._keys is not None:
            self._keys.close()
        if self._lock is not None:
            self._lock.close()

    def _own_grant(self) -> dict[str, bytes | None]:
        """The dongle's grant of the epoch that begins now, as a fact."""
        epoch = self._chain.at.epoch
        one = d.Grant(self.stream, epoch, self.keys.signer.public, self.stamp())
        return {f"grant/{self.stream}/{epoch:06}": signed.sign(self.keys.dongle, d.GRANT, one)}

    def _append(self, record: records.Record) -> ledger.Entry:
        if self._keys is None:
            raise Unavailable("the dongle is not open", "no_dongle")
        self.newest = self.stamp()
        return records.append(self._chain, record, self.newest)

    def _check_welcome(self, data: bytes) -> d.SiteWelcome:
        claimed = trust.peek(data, d.WELCOME, d.SiteWelcome)
        welcome = trust.PlatformTrust(claimed.root, claimed.issuer).read(data, d.WELCOME, d.SiteWelcome)
        if welcome.site != self.id:
            raise WrongBinding(f"the welcome is for site {welcome.site!r}, not {self.id!r}", "other_site")
        return welcome

    def _take_welcome(self, data: bytes) -> None:
        self.welcome = self._check_welcome(data)
        self.platform_trust = trust.PlatformTrust(self.welcome.root, self.welcome.issuer)


def _told(record: records.SiteRecord) -> int:
    """The platform-signed time that a record brings, or 0."""
    match record:
        case records.TimeSynced(platform_time=at) | records.TimeFileTaken(at=at):
            return at
        case _:
            return 0


def fingerprint(folder: Folder) -> str:
    """SHA-256 of the CA certificate in hex, to be compared by people."""
    return crypto.sha256(read_limited(folder.ca_certificate)).hex()


def create(folder: Folder, settings: Settings, secret: Callable[[], str]) -> None:
    """Makes a new site: dongle, CA, keys, TLS identity and `registration.kdd`; `settings.json` last.

    `secret` gives the new dongle's passphrase or PIN once it is needed.

    Raises:
        Refused: `exists` when a site is here already, or the dongle's refusal.
        Malformed: the id cannot be one.
    """
    check_id(settings.site, "site")
    if folder.made:
        raise Refused(f"{folder.path} holds a site already", "exists")
    with folder.lock():
        opened = opening.create(settings.dongle, folder, settings.site, secret())
        ca_key, ca_certificate = tls.make_ca(f"kaodian-site-{settings.site}")
        for name, key in zip(NAMES, (ca_key, crypto.new_key(), crypto.new_key()), strict=True):
            write_durably(folder.wrapped(name), crypto.wrap(opened.keys.wrap, key, info(name, settings.site)))
        write_durably(folder.ca_certificate, ca_certificate)
        tls_key, point = crypto.new_p256()
        tls.write_identity(folder.tls, tls_key, tls.issue(ca_key, ca_certificate, "site", point))
        registration = d.SiteRegistration(settings.site, settings.name, opened.keys, ca_certificate)
        write_durably(folder.registration, signed.sign(EcdsaSigner(ca_key), d.REGISTRATION, registration))
        folder.write_settings(settings)
        opened.close()
