"""The payloads of signed documents: what platform, site and room vouch for in writing.

Each class names its document type; `shared.signed` makes the envelope, `shared.trust` checks them in order.
Instants are ms UTC. Byte-exact description in `docs/formats.md`.
"""

import msgspec

from shared import codec, ledger
from shared.crypto import PublicKey, WrapKey, sha256
from shared.ledger import Head, Point
from shared.messages import PaperRef
from shared.model import AnyChange, Person, Place, Room, Session
from shared.roles import RoleRules

ISSUER = "issuer"
ANCHOR = "site-anchor"
FORMAL = "formal-authorisation"
SESSION = "session-authorisation"
SPARE = "spare-authorisation"
CHANGES = "session-changes"
PACKAGE = "paper-package"
REGISTRATION = "site-registration"
WELCOME = "site-welcome"
TIME = "time"
TIME_FILE = "time-file"
GRANT = "grant"
MOVE = "move-grant"
MARK = "dongle-mark"
SITE_FILE = "site-file"
ATTEMPT_RECEIPT = "attempt-receipt"
BUNDLE = "bundle"
UPLOAD_RECEIPT = "upload-receipt"
WITNESS = "witness"
SAVE = "site-save"


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all payloads."""


class Issuer(Document, frozen=True):
    """Platform root -> issuing key, for a time."""

    key: PublicKey
    not_before: int
    not_after: int


class DongleKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public side of a dongle: what is wrapped to, and what its signatures verify with."""

    wrap: WrapKey
    sign: PublicKey


class SiteRegistration(Document, frozen=True):
    """A site introduces itself; signed with its CA's key, whose certificate it carries (DER)."""

    site: str
    name: str
    dongle: DongleKeys
    ca_certificate: bytes


class SiteWelcome(Document, frozen=True):
    """What the platform gives a registered site: where it is, how to pin it, and the site's bearer token."""

    site: str
    url: str
    root: PublicKey
    tls_certificate: bytes
    token: str
    seal_key: WrapKey
    """For keys that only the platform may open."""
    issuer: bytes
    """The signed issuing certificate."""


class RoomAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a room's service listens."""

    host: str
    port: int


class SiteFile(Document, frozen=True):
    """What the install stick carries to room machines and candidate PCs; signed with the site CA's key."""

    site: str
    name: str
    ca_certificate: bytes
    root: PublicKey
    issuer: bytes
    host: str
    port: int
    rooms: dict[str, RoomAddress]
    spares: dict[str, tuple[RoomAddress, ...]] = {}
    """Where else a room's machine may be found: addresses of spare machines, tried in this order."""


class SiteAnchor(Document, frozen=True):
    """The platform's word on whose keys count at a site for a session, without anybody's name: it stands in the formal
    authorisation, and alone in proofs for a single candidate.
    """

    site: str
    session: str
    ca_fingerprint: bytes
    dongle: PublicKey
    """The key with which the dongle signs."""


class FormalAuthorisation(Document, frozen=True):
    """正式考试授权 of one session at one site, from the day before.

    `anchor` is the signed `SiteAnchor` that agrees with it.
    `roster` is the MessagePack of `tuple[Person, ...]` sealed under the derived key `kaodian/roster` of the
    session key; `keys` is the MessagePack of `DataKeys` wrapped to the dongle with info `wrap_info(FORMAL, ...)`.
    """

    version: int
    site: str
    session: Session
    issued: int
    expires: int
    ca_fingerprint: bytes
    dongle: DongleKeys
    rooms: tuple[Room, ...]
    places: tuple[Place, ...]
    papers: tuple[PaperRef, ...]
    items: int
    roster: bytes
    keys: bytes
    anchor: bytes
    roles: RoleRules = RoleRules()


class DataKeys(Document, frozen=True):
    """The session's data key and one for each sitting, by room."""

    session: bytes
    sittings: dict[str, bytes]


class SessionAuthorisation(Document, frozen=True):
    """场次授权, from T-60: `keys` is the MessagePack of `dict[form, paper key]` wrapped to the dongle."""

    version: int
    site: str
    session: str
    issued: int
    expires: int
    dongle: bytes
    """`dongle_id` of the dongle that opens `keys`."""
    formal: bytes
    """SHA-256 of the formal authorisation this one goes with."""
    keys: bytes


class SpareAuthorisation(Document, frozen=True):
    """启用备用卷: `rooms` sit the spare `form`; `keys` is like that of the session authorisation, of this form only.

    A newer version names all rooms anew.
    """

    version: int
    site: str
    session: str
    issued: int
    expires: int
    dongle: bytes
    formal: bytes
    rooms: tuple[str, ...]
    form: str
    keys: bytes


class NamedChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change and the rooms whose sitting it is for."""

    rooms: tuple[str, ...]
    what: AnyChange


class SessionChanges(Document, frozen=True):
    """All changes of a session at one site so far, in order; a newer version only adds to the end.

    Changes are numbered from 1 by their place here. Whoever holds the newest version has missed nothing.
    """

    version: int
    site: str
    session: str
    issued: int
    expires: int
    changes: tuple[NamedChange, ...]


class PackageManifest(Document, frozen=True):
    """Head of a paper package: the sealed forms that follow, in order."""

    site: str
    session: str
    version: int
    papers: tuple[PaperRef, ...]


class TimeReply(Document, frozen=True):
    """The platform's word on the time, bound to the asker's nonce."""

    nonce: bytes
    received: int
    replied: int


class TimeFile(Document, frozen=True):
    """The platform's word that it is `at` or later, carried to a site on a stick: proves only *not before*."""

    site: str
    at: int


class Grant(Document, frozen=True):
    """A key may write an epoch of a stream: said by the site's CA, or by its dongle for the site's own stream."""

    stream: str
    epoch: int
    key: PublicKey
    issued: int


class MoveGrant(Document, frozen=True):
    """转考场: the site's CA lets room `room` go on with an attempt that room `origin` held, from epoch `epoch` on.

    The first epoch granted there goes on from `continues`, the last point accepted at `origin` that the site knew of.
    """

    session: str
    ticket: str
    origin: str
    room: str
    seat: int
    epoch: int
    continues: Point
    issued: int


class Mark(Document, frozen=True):
    """What a dongle remembers of its site and only ever moves on: the newest platform-signed time (0: none yet) and
    where the site stream stood at the last phase change. Signed by the dongle.
    """

    site: str
    time: int
    point: Point


class AttemptReceipt(Document, frozen=True):
    """A candidate's receipt, signed by the room: the accepted attempt head and the sitting head that covers it.

    `final` once the site's durable copy exists; `grant` is the signed grant of the key that signs this receipt.
    """

    session: str
    room: str
    ticket: str
    status: str
    attempt: Point
    sitting: Point
    answered: int
    issued: int
    final: bool
    grant: bytes


class BundleSummary(Document, frozen=True):
    """Last part of a bundle: its entries, records and bytes before this part, and their SHA-256, signed by the site.

    `tree` is the hash of the Merkle tree over all records (`shared.proof`).
    """

    site: str
    session: str
    made: int
    parts: int
    records: int
    size: int
    sha256: bytes
    tree: bytes


class UploadReceipt(Document, frozen=True):
    """The platform's receipt for a verified bundle."""

    site: str
    session: str
    sha256: bytes
    size: int
    records: int
    received: int


class HeldHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed head as somebody else holds it, and when it came there."""

    head: Head
    received: int


class Trail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The digests of the records 1, 2, 3 … of one epoch, 32 bytes each, one after another."""

    stream: str
    epoch: int
    digests: bytes


class Witness(Document, frozen=True):
    """What another machine holds of a site's record, signed by it, to be held against a bundle.

    `holder` is `platform`, or the room's id. `documents` are the chain to the signing key: the issuing certificate
    of a platform, the grants that a room saw.
    """

    site: str
    holder: str
    made: int
    documents: tuple[bytes, ...]
    heads: tuple[HeldHead, ...]
    trails: tuple[Trail, ...]


class SavedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a save, by its path below the save's folder."""

    name: str
    size: int
    sha256: bytes


class SiteSave(Document, frozen=True):
    """What a save of a site's data consists of, signed by the site's head key; written last, so that whatever it names
    is whole.

    `point` is where the saved site stream ends, `grant` the dongle's grant for the signing key.
    """

    site: str
    number: int
    made: int
    point: Point
    grant: bytes
    files: tuple[SavedFile, ...]


Roster = tuple[Person, ...]


def dongle_id(dongle: DongleKeys) -> bytes:
    """What names a dongle in a document that goes with a formal authorisation: SHA-256 of its `dongle`, encoded."""
    return sha256(codec.encode(dongle))


def wrap_info(type_: str, site: str, session: str, version: int) -> str:
    """The `info` that binds a wrapped key to document type, site, session and version."""
    return f"kaodian/{type_}/{site}/{session}/{version}"


def receipt_code(receipt: AttemptReceipt) -> str:
    """The short code of a receipt on screen and sign-out sheet.

    Over session, ticket and accepted head: what was accepted names it, so it stays when it becomes final.
    """
    return attempt_code(receipt.session, receipt.ticket, receipt.attempt)


def attempt_code(session: str, ticket: str, attempt: Point) -> str:
    """The code of a receipt about that point of an attempt."""
    return ledger.short_code(b"kaodian-receipt-1", (session, ticket, attempt))
