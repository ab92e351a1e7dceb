"""Which documents count: bytes in, trusted object out, checked in one fixed order.

For every document: 1. envelope and type; 2. signature by the key its place in the chain demands (root -> issuing
key -> everything the platform says; site CA -> grants, dongle -> grants of the site stream); 3. bindings: site,
session, dongle; 4. version never older than one already trusted; 5. parts belong together (digests); 6. time, where
trusted time exists. The first failure is raised and nothing is kept. Does no I/O and opens no sealed keys:
`open_keys` only checks what the dongle opened.
"""

from typing import TypeVar

from shared import codec, crypto, limits, signed
from shared import documents as d
from shared.errors import BadSignature, Expired, Malformed, WrongBinding
from shared.model import Correction, Postponement, Session
from shared.package import split_forms, split_package

T = TypeVar("T", bound=d.Document)


class PlatformTrust:
    """Trust in the platform, from its root key. `issuer` is the signed issuing certificate."""

    def __init__(self, root: crypto.PublicKey, issuer: bytes) -> None:
        self.root = root
        self.issuer_document = issuer
        self.issuer = signed.verify(issuer, d.ISSUER, root, d.Issuer)

    def read(self, data: bytes, type_: str, kind: type[T]) -> T:
        """A document signed by the issuing key; raises `Malformed` or `BadSignature`."""
        return signed.verify(data, type_, self.issuer.key, kind)

    def time(self, data: bytes, nonce: bytes) -> d.TimeReply:
        """The platform's answer to this very question; raises `WrongBinding` when it answers another."""
        reply = self.read(data, d.TIME, d.TimeReply)
        if not crypto.equal(reply.nonce, nonce):
            raise WrongBinding("the time answer belongs to another question", "stale_time")
        return reply

    def formal(
        self, data: bytes, site: str, dongle: d.DongleKeys, ca: bytes, known: int = 0, now: int | None = None
    ) -> d.FormalAuthorisation:
        """The formal authorisation for this site, dongle and CA certificate (DER); `known` is the version held."""
        found = self.read(data, d.FORMAL, d.FormalAuthorisation)
        _bound(found.site, site, "site")
        _for_dongle(found.dongle == dongle)
        if found.ca_fingerprint != crypto.sha256(ca):
            raise WrongBinding("the authorisation certifies another site CA", "other_ca")
        _newer(found.version, known)
        self.anchor(found)
        _in_time(found.issued, found.expires, now)
        _whole(found)
        return found

    def anchor(self, formal: d.FormalAuthorisation) -> d.SiteAnchor:
        """The site's keys as the anchor in a trusted formal authorisation names them: the same as the authorisation."""
        found = self.read(formal.anchor, d.ANCHOR, d.SiteAnchor)
        if found != d.SiteAnchor(formal.site, formal.session.id, formal.ca_fingerprint, formal.dongle.sign):
            raise WrongBinding("anchor and formal authorisation do not belong together", "mixed_parts")
        return found

    def session(self, data: bytes, formal: bytes, known: int = 0, now: int | None = None) -> d.SessionAuthorisation:
        """The session authorisation that goes with the trusted formal document `formal` (its signed bytes)."""
        found = self.read(data, d.SESSION, d.SessionAuthorisation)
        self._with_formal(found, formal, known, now)
        return found

    def spare(self, data: bytes, formal: bytes, known: int = 0, now: int | None = None) -> d.SpareAuthorisation:
        """The authorisation of the spare paper that goes with the trusted formal document `formal`."""
        found = self.read(data, d.SPARE, d.SpareAuthorisation)
        whole = self._with_formal(found, formal, known, now, found.rooms)
        if found.form in whole.session.forms or found.form not in {paper.form for paper in whole.papers}:
            raise Malformed(f"{found.form!r} is no spare form of this session", "bad_change")
        return found

    def changes(
        self, data: bytes, formal: d.FormalAuthorisation, known: d.SessionChanges | None = None, now: int | None = None
    ) -> d.SessionChanges:
        """The changes of an authorised session; `known` are those taken in before, which must stand in it unaltered."""
        found = self.read(data, d.CHANGES, d.SessionChanges)
        _bound(found.site, formal.site, "site")
        _bound(found.session, formal.session.id, "session")
        for one in found.changes:
            _rooms_of(one.rooms, formal)
        _newer(found.version, known.version if known else 0)
        held = known.changes if known else ()
        if found.changes[: len(held)] != held or (known and found.version == known.version and found != known):
            raise WrongBinding("the changes are not those taken in before, with more after them", "bad_change")
        _in_time(found.issued, found.expires, now)
        _sound(found.changes, formal.session)
        return found

    def time_file(self, data: bytes, site: str, known: int = 0) -> d.TimeFile:
        """The platform's time on a stick; `known` is the newest such time held."""
        found = self.read(data, d.TIME_FILE, d.TimeFile)
        _bound(found.site, site, "site")
        _newer(found.at, known)
        return found

    def _with_formal(
        self,
        found: d.SessionAuthorisation | d.SpareAuthorisation,
        formal: bytes,
        known: int,
        now: int | None,
        rooms: tuple[str, ...] | None = None,
    ) -> d.FormalAuthorisation:
        """Bindings, version, parts and time of an authorisation that goes with a formal one."""
        whole = self.read(formal, d.FORMAL, d.FormalAuthorisation)
        _bound(found.site, whole.site, "site")
        _bound(found.session, whole.session.id, "session")
        if rooms is not None:
            _rooms_of(rooms, whole)
        _for_dongle(found.dongle == d.dongle_id(whole.dongle))
        _newer(found.version, known)
        if found.formal != crypto.sha256(formal):
            raise WrongBinding("this authorisation and the formal one do not belong together", "mixed_parts")
        _in_time(found.issued, found.expires, now)
        return whole

    def package(self, data: bytes, formal: d.FormalAuthorisation) -> dict[str, bytes]:
        """The sealed forms of a package that goes with a trusted formal authorisation."""
        manifest_bytes, forms = split_package(data)
        manifest = self.read(manifest_bytes, d.PACKAGE, d.PackageManifest)
        _bound(manifest.site, formal.site, "site")
        _bound(manifest.session, formal.session.id, "session")
        if manifest.papers != formal.papers or manifest.version != formal.version:
            raise WrongBinding("package and formal authorisation do not belong together", "mixed_parts")
        return split_forms(forms, manifest.papers)

    def upload_receipt(self, data: bytes, sha256: bytes, size: int) -> d.UploadReceipt:
        """The platform's receipt for exactly this bundle."""
        found = self.read(data, d.UPLOAD_RECEIPT, d.UploadReceipt)
        if found.sha256 != sha256 or found.size != size:
            raise WrongBinding("the receipt is for another bundle", "other_bundle")
        return found


def registration(data: bytes, ca_key: crypto.PublicKey) -> d.SiteRegistration:
    """A site's self-introduction, signed by the CA key in its own certificate (`ca_key`, read from it by the
    caller)."""
    return signed.verify(data, d.REGISTRATION, ca_key, d.SiteRegistration)


def peek(data: bytes, type_: str, kind: type[T]) -> T:
    """The payload of a document whose signature the caller checks next (to learn which key it claims)."""
    envelope = signed.open_envelope(data)
    if envelope.type != type_:
        raise Malformed(f"a document of type {envelope.type!r} where {type_!r} is needed", "wrong_type")
    return codec.decode(kind, envelope.payload, limits.DOCUMENT_BYTES)


def site_file(data: bytes) -> d.SiteFile:
    """The site file of an install stick. Whoever hands over the stick is believed: the signature by the CA inside only
    shows that the file is whole.

    Raises:
        Malformed, BadSignature: it is no whole site file.
    """
    if len(data) > limits.DOCUMENT_BYTES:
        raise Malformed("the site file is too large", "too_large")
    claimed = peek(data, d.SITE_FILE, d.SiteFile)
    return signed.verify(data, d.SITE_FILE, crypto.certificate_key(claimed.ca_certificate), d.SiteFile)


def grant(data: bytes, granter: crypto.PublicKey, stream: str) -> d.Grant:
    """The grant for an epoch of `stream` by the site's CA or, for the site stream, by its dongle's signing key."""
    found = signed.verify(data, d.GRANT, granter, d.Grant)
    _bound(found.stream, stream, "stream")
    return found


def move_grant(data: bytes, ca_key: crypto.PublicKey, formal: d.FormalAuthorisation) -> d.MoveGrant:
    """The site's word that a candidate goes on in another room of a trusted formal authorisation."""
    found = signed.verify(data, d.MOVE, ca_key, d.MoveGrant)
    _bound(found.session, formal.session.id, "session")
    _rooms_of((found.origin, found.room), formal)
    return found


def open_data_keys(plain: bytes, formal: d.FormalAuthorisation) -> d.DataKeys:
    """The data keys the dongle opened, checked to cover every room; raises `Malformed`."""
    keys = codec.decode(d.DataKeys, plain, limits.DOCUMENT_BYTES)
    _key_sizes([keys.session, *keys.sittings.values()])
    if set(keys.sittings) != {room.id for room in formal.rooms}:
        raise Malformed("the data keys do not cover the authorised rooms")
    return keys


def open_paper_keys(plain: bytes, formal: d.FormalAuthorisation) -> dict[str, bytes]:
    """The paper keys the dongle opened, checked to be forms of this session; raises `Malformed`."""
    keys = codec.decode(dict[str, bytes], plain, limits.DOCUMENT_BYTES)
    _key_sizes(list(keys.values()))
    needed = {place.form for place in formal.places}
    if not needed <= set(keys) or not set(keys) <= {paper.form for paper in formal.papers}:
        raise Malformed("the paper keys are not those of the authorised forms")
    return keys


def open_spare_key(plain: bytes, spare: d.SpareAuthorisation) -> dict[str, bytes]:
    """The spare form's key the dongle opened, and no other; raises `Malformed`."""
    keys = codec.decode(dict[str, bytes], plain, limits.DOCUMENT_BYTES)
    _key_sizes(list(keys.values()))
    if set(keys) != {spare.form}:
        raise Malformed("the keys are not that of the authorised spare form")
    return keys


def open_roster(formal: d.FormalAuthorisation, session_key: bytes) -> d.Roster:
    """The roster, checked to name exactly the placed candidates; raises `BadSignature` or `Malformed`."""
    plain = crypto.unseal(crypto.derive(session_key, "kaodian/roster"), formal.roster, formal.session.id.encode())
    roster = codec.decode(d.Roster, plain, limits.DOCUMENT_BYTES)
    if sorted(person.ticket for person in roster) != sorted(place.ticket for place in formal.places):
        raise Malformed("roster and places do not name the same candidates")
    return roster


def seal_roster(roster: d.Roster, session: str, session_key: bytes) -> bytes:
    """What `open_roster` opens."""
    return crypto.seal(crypto.derive(session_key, "kaodian/roster"), codec.encode(roster), session.encode())


def _key_sizes(keys: list[bytes]) -> None:
    if any(len(key) != crypto.KEY_BYTES for key in keys):
        raise Malformed("a key has the wrong length")


def _bound(found: str, due: str, what: str) -> None:
    if found != due:
        raise WrongBinding(f"made for {what} {found!r}, not {due!r}", f"other_{what}")


def _for_dongle(fits: bool) -> None:
    if not fits:
        raise WrongBinding("the authorisation was made for another dongle", "other_dongle")


def _rooms_of(rooms: tuple[str, ...], formal: d.FormalAuthorisation) -> None:
    strange = set(rooms) - {room.id for room in formal.rooms}
    if strange or not rooms:
        raise WrongBinding(f"made for rooms {sorted(strange)} of {formal.session.id}, not this site's", "other_room")


def _whole(formal: d.FormalAuthorisation) -> None:
    """Every place is in a room and has a paper."""
    rooms, forms = {room.id for room in formal.rooms}, {paper.form for paper in formal.papers}
    if any(place.room not in rooms or place.form not in forms for place in formal.places):
        raise Malformed("a place names a room or a form that the authorisation does not hold")


def _sound(found: tuple[d.NamedChange, ...], session: Session) -> None:
    """Changes that can be meant: few, short, and none that moves T before the plan."""
    for one in found:
        text = one.what.text if isinstance(one.what, Correction) else one.what.reason
        early = isinstance(one.what, Postponement) and one.what.start < session.start
        if early or len(found) > limits.CHANGES or not text.strip() or len(text) > limits.CHANGE_CHARS:
            raise Malformed("a change that cannot be meant", "bad_change")


def _newer(found: int, known: int) -> None:
    if found < known:
        raise WrongBinding(f"version {found} is older than version {known} already taken in", "older_version")


def _in_time(issued: int, expires: int, now: int | None) -> None:
    if now is not None and now < issued:
        raise Expired(f"valid from {issued} on (ms UTC), now {now}", "not_yet_valid")
    if now is not None and now >= expires:
        raise Expired(f"valid before {expires} (ms UTC), now {now}")


def check_signer(found: crypto.PublicKey, due: crypto.PublicKey, what: str) -> None:
    """Raises `BadSignature` unless two keys are the same."""
    if found != due:
        raise BadSignature(f"{what} names key {found.id}, not {due.id}")
