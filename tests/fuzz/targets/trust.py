"""Every door of `shared.trust` and the readers behind it, with edited payloads under good signatures."""

from collections.abc import Callable

from central_platform.sites import read_registration
from shared import codec, crypto, limits, package, trust
from shared import documents as d
from shared.changes import in_force
from shared.io import tls
from shared.model import Cancellation, Correction
from shared.package import open_paper, seal_paper
from tests.fuzz.target import Target
from tests.fuzz.world import EDITS, changed, day, formal, payload_of, platform, signed_anew
from tests.support.papers import small_paper
from tests.support.small_day import SITE

NONCE = bytes(16)
STREAM = "site/s1"
KEY = bytes(range(32))


def edits(name: str, run: Callable[[bytes], object], share: float = 1.0) -> Target:
    """A target whose input is edits."""
    return Target(f"trust/{name}", run, lambda: EDITS, most=limits.KIB // 4, share=share)


def _formal(what: bytes) -> None:
    one = day()
    data = signed_anew(one.issuing, d.FORMAL, changed(payload_of(one.formal), what))
    found = platform().formal(data, SITE, formal().dongle, one.ca_certificate, 1, one.now)
    trust.open_data_keys(codec.encode(one.keys), found)
    trust.open_paper_keys(codec.encode({form: one.paper_keys[form] for form in "AB"}), found)
    trust.open_roster(found, one.keys.session)
    platform().session(one.session_document, data, 1, one.now)


def _session(what: bytes) -> None:
    one = day()
    data = signed_anew(one.issuing, d.SESSION, changed(payload_of(one.session_document), what))
    platform().session(data, one.formal, 1, one.now)


def _changes(what: bytes) -> None:
    one = day()
    changes = tuple(d.NamedChange(("01",), what) for what in (Correction({"A": 1}, "改"), Cancellation("停电")))
    whole = d.SessionChanges(2, SITE, one.session.id, 0, 2**50, changes)
    known = d.SessionChanges(1, SITE, one.session.id, 0, 2**50, changes[:1])
    data = signed_anew(one.issuing, d.CHANGES, changed(codec.encode(whole), what))
    found = platform().changes(data, formal(), known, one.now)
    in_force(one.session, found, "01")


def _spare(what: bytes) -> None:
    one = day()
    id_, digest = d.dongle_id(one.dongle_keys), crypto.sha256(one.formal)
    whole = d.SpareAuthorisation(1, SITE, one.session.id, 0, 2**50, id_, digest, ("01",), "spare", bytes(80))
    platform().spare(signed_anew(one.issuing, d.SPARE, changed(codec.encode(whole), what)), one.formal, 1, one.now)


def _time_file(what: bytes) -> None:
    data = signed_anew(day().issuing, d.TIME_FILE, changed(codec.encode(d.TimeFile(SITE, 9)), what))
    platform().time_file(data, SITE, 8)


def _package(what: bytes) -> None:
    one = day()
    manifest = d.PackageManifest(SITE, one.session.id, formal().version, formal().papers)
    signed_manifest = signed_anew(one.issuing, d.PACKAGE, changed(codec.encode(manifest), what))
    platform().package(package.build_package(signed_manifest, list(one.papers.values())), formal())


def _time(what: bytes) -> None:
    data = signed_anew(day().issuing, d.TIME, changed(codec.encode(d.TimeReply(NONCE, 1, 2)), what))
    platform().time(data, NONCE)


def _receipt(what: bytes) -> None:
    receipt = d.UploadReceipt(SITE, "m1", KEY, 9, 3, 1)
    data = signed_anew(day().issuing, d.UPLOAD_RECEIPT, changed(codec.encode(receipt), what))
    platform().upload_receipt(data, KEY, 9)


def _issuer(what: bytes) -> None:
    one = day()
    again = trust.PlatformTrust(one.root.public, signed_anew(one.root, d.ISSUER, changed(payload_of(one.issuer), what)))
    again.read(one.formal, d.FORMAL, d.FormalAuthorisation)


def _grant(what: bytes) -> None:
    grant = codec.encode(d.Grant(STREAM, 1, day().site_key.public, 1))
    trust.grant(signed_anew(day().ca, d.GRANT, changed(grant, what)), day().ca.public, STREAM)


def _site_file(what: bytes) -> None:
    one = day()
    rooms = {"01": d.RoomAddress("127.0.0.1", 1)}
    payload = d.SiteFile(SITE, "考点", one.ca_certificate, one.root.public, one.issuer, "127.0.0.1", 1, rooms)
    found = trust.site_file(signed_anew(one.ca, d.SITE_FILE, changed(codec.encode(payload), what)))
    trust.PlatformTrust(found.root, found.issuer)


def _registration(what: bytes) -> None:
    one = day()
    payload = d.SiteRegistration(SITE, "考点", one.dongle_keys, one.ca_certificate)
    read_registration(signed_anew(one.ca, d.REGISTRATION, changed(codec.encode(payload), what)))


def _roster(what: bytes) -> None:
    one = day()
    key = crypto.derive(one.keys.session, "kaodian/roster")
    plain = changed(crypto.unseal(key, formal().roster, one.session.id.encode()), what)
    altered = codec.decode(d.FormalAuthorisation, payload_of(one.formal), limits.DOCUMENT_BYTES)
    sealed = crypto.seal(key, plain, one.session.id.encode())
    trust.open_roster(_with_roster(altered, sealed), one.keys.session)


def _with_roster(found: d.FormalAuthorisation, sealed: bytes) -> d.FormalAuthorisation:
    fields = codec.decode(dict, codec.encode(found), limits.DOCUMENT_BYTES)
    return codec.decode(d.FormalAuthorisation, codec.encode(fields | {"roster": sealed}), limits.DOCUMENT_BYTES)


def _keys(what: bytes) -> None:
    one = day()
    paper_keys = {form: one.paper_keys[form] for form in "AB"}
    trust.open_data_keys(changed(codec.encode(one.keys), what), formal())
    trust.open_paper_keys(changed(codec.encode(paper_keys), what), formal())


def _paper(what: bytes) -> None:
    paper = small_paper("m1", "A")
    plain = changed(codec.encode(paper), what)
    head = package.PAPER_MAGIC + bytes(package.PREFIX_BYTES)
    nonce = bytes(package.PREFIX_BYTES) + (0).to_bytes(4) + b"\1"
    open_paper(head + crypto.seal_at(KEY, nonce, plain, b"m1\0A"), KEY, "m1", "A")


def _certificate(data: bytes) -> None:
    crypto.certificate_key(data)
    tls.certificate_name(data)
    tls.validity(data)


def _sealed(data: bytes) -> None:
    open_paper(data, KEY, "m1", "A")


def _split(data: bytes) -> None:
    platform().package(data, formal())


TARGETS = [
    edits("formal", _formal),
    edits("session", _session),
    edits("changes", _changes),
    edits("spare", _spare),
    edits("time_file", _time_file, 0.5),
    edits("package", _package),
    edits("time", _time, 0.5),
    edits("receipt", _receipt, 0.5),
    edits("issuer", _issuer, 0.5),
    edits("grant", _grant, 0.5),
    edits("site_file", _site_file),
    edits("registration", _registration),
    edits("roster", _roster),
    edits("keys", _keys),
    edits("paper", _paper),
    Target("trust/certificate", _certificate, lambda: [day().ca_certificate, tls.self_signed("x")[1]], most=2048),
    Target("trust/sealed_paper", _sealed, lambda: [seal_paper(small_paper("m1", "A"), KEY)], share=0.5),
    Target("trust/package_file", _split, lambda: [package.build_package(b"manifest", [b"form"])], share=0.5),
]
