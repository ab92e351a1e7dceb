"""What others hold of a site's record, taken apart: the heads of a platform, a room's copy, a candidate's receipt.

A testimony is untrusted bytes until `proven` finds its signature good under keys that the platform, or the CA and
the dongle it certified, vouch for: the keys of a bundle are never believed about themselves. Compares nothing:
`shared.against` does.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from shared import codec, crypto, ledger, limits, signed, trust
from shared import documents as d
from shared.errors import BadSignature, KaodianError, Malformed, WrongBinding
from shared.ledger import Head, Point
from shared.stays import Stays

PLATFORM = "platform"


class Basis(msgspec.Struct, frozen=True):
    """What a verified bundle gives to judge testimonies by: trust, the keys and signed grants by stream and epoch, the
    devices of attempts, where each epoch ends, and the rooms that held each attempt.
    """

    platform: trust.PlatformTrust
    ca_certificate: bytes
    formal: d.FormalAuthorisation
    granted: dict[tuple[str, int], crypto.PublicKey]
    grants: dict[tuple[str, int], bytes]
    devices: dict[tuple[str, int], crypto.PublicKey]
    last: dict[tuple[str, int], Point]
    stays: Stays

    def grant(self, document: bytes) -> d.Grant:
        """A grant by the site's CA, or by its dongle where it is for the site stream; raises `Untrusted`."""
        stream = claimed_grant(document).stream
        of_site = stream == ledger.site_stream(self.formal.site)
        key = self.formal.dongle.sign if of_site else crypto.certificate_key(self.ca_certificate)
        return trust.grant(document, key, stream)

    def concerns(self, stream: str) -> bool:
        """Whether a stream is of this site and session."""
        session = self.formal.session.id
        return stream.startswith((f"attempt/{session}/", f"sitting/{session}/")) or stream == ledger.site_stream(
            self.formal.site
        )


class Told(msgspec.Struct):
    """What is told of one epoch of a stream: digests of records 1, 2, 3 … in `trail`, or single `points`.

    `heads` are the signed heads among the points.
    """

    stream: str
    epoch: int
    trail: bytes = b""
    points: dict[int, bytes] = {}
    heads: dict[int, d.HeldHead] = {}

    def at(self, position: int) -> bytes | None:
        """The digest told of a position, or None."""
        begin = (position - 1) * crypto.DIGEST_BYTES
        return self.points.get(position) or self.trail[begin : begin + crypto.DIGEST_BYTES] or None

    @property
    def end(self) -> int:
        """The last position told of."""
        return max(len(self.trail) // crypto.DIGEST_BYTES, max(self.points, default=0))


class Proof(NamedTuple):
    """Why a testimony counts: who vouches for it, and the grants it brings along."""

    by: str
    grants: tuple[d.Grant, ...] = ()


class Statement(msgspec.Struct):
    """One file, taken apart. `told` is what it says; nothing of it is believed before `proven`."""

    name: str
    data: bytes
    told: list[Told]
    witness: d.Witness | None = None
    receipt: d.AttemptReceipt | None = None

    def proven(self, basis: Basis) -> Proof:
        """Who vouches; raises `Untrusted` when its signature proves nothing."""
        if self.receipt is not None:
            return _receipt(self.data, self.receipt, basis)
        assert self.witness is not None  # noqa: S101  # one of the two, as `read` makes it
        if not self.data:
            return _copy(self.witness, self.told, basis)
        if self.witness.site != basis.formal.site:
            raise WrongBinding(f"it is of site {self.witness.site!r}", "other_site")
        return _platform(self.data, basis) if self.witness.holder == PLATFORM else _room(self, self.witness, basis)


def read(name: str, data: bytes) -> Statement:
    """A witness file or a receipt, taken apart but not verified; raises `Malformed`."""
    envelope = signed.open_envelope(data)
    if envelope.type == d.ATTEMPT_RECEIPT:
        receipt = codec.decode(d.AttemptReceipt, envelope.payload, limits.DOCUMENT_BYTES)
        return Statement(name, data, list(_of_receipt(receipt)), receipt=receipt)
    if envelope.type != d.WITNESS:
        raise Malformed(f"a document of type {envelope.type!r} is no witness", "wrong_type")
    witness = codec.decode(d.Witness, envelope.payload, limits.DOCUMENT_BYTES)
    return Statement(name, data, told_of(witness), witness)


def copy(name: str, witness: d.Witness) -> Statement:
    """The unsigned copy of a room, as read from its ledger: it counts as far as its heads are signed."""
    return Statement(name, b"", told_of(witness), witness)


def told_of(witness: d.Witness) -> list[Told]:
    """What a witness tells, by stream and epoch; raises `Malformed`."""
    found: dict[tuple[str, int], Told] = {}
    for trail in witness.trails:
        where = (trail.stream, trail.epoch)
        if where in found or len(trail.digests) % crypto.DIGEST_BYTES:
            raise Malformed(f"the trail of {trail.stream} {trail.epoch} is doubled or cut")
        found[where] = Told(trail.stream, trail.epoch, trail.digests)
    twice: list[Told] = []
    for one in witness.heads:
        stream, point = one.head.stream, one.head.point
        if len(point.digest) != crypto.DIGEST_BYTES or point.position < 1:
            raise Malformed(f"a head of {stream} covers nothing")
        told = found.setdefault((stream, point.epoch), Told(stream, point.epoch))
        if told.at(point.position) not in (None, point.digest):
            # Two words on one place: at least one of them contradicts any bundle.
            told = Told(stream, point.epoch)
            twice.append(told)
        told.points[point.position] = point.digest
        told.heads[point.position] = one
    return [*found.values(), *twice]


def claimed_grant(document: bytes) -> d.Grant:
    """A grant whose signature the caller checks next; raises `Malformed`."""
    return trust.peek(document, d.GRANT, d.Grant)


def signer(head: Head, proof: Proof, basis: Basis) -> crypto.PublicKey | None:
    """The key that signed a head, if it is one that was granted that epoch, here or elsewhere."""
    where = (head.stream, head.point.epoch)
    known = [basis.granted.get(where), basis.devices.get(where)]
    known += [one.key for one in proof.grants if (one.stream, one.epoch) == where]
    for key in known:
        try:
            if key is not None:
                ledger.verify_head(head, key)
                return key
        except BadSignature:
            continue
    return None


def _of_receipt(receipt: d.AttemptReceipt) -> Iterator[Told]:
    attempt = ledger.attempt_stream(receipt.session, receipt.ticket)
    sitting = ledger.sitting_stream(receipt.session, receipt.room)
    for stream, point in ((attempt, receipt.attempt), (sitting, receipt.sitting)):
        if point.position > 0:
            yield Told(stream, point.epoch, points={point.position: point.digest})


def _receipt(data: bytes, receipt: d.AttemptReceipt, basis: Basis) -> Proof:
    if receipt.session != basis.formal.session.id:
        raise WrongBinding(f"it is of session {receipt.session!r}", "other_session")
    one = basis.grant(receipt.grant)
    if (one.stream, one.epoch) != (ledger.sitting_stream(receipt.session, receipt.room), receipt.sitting.epoch):
        raise WrongBinding("its key was granted for another stream or epoch")
    signed.verify(data, d.ATTEMPT_RECEIPT, one.key, d.AttemptReceipt)
    if receipt.ticket not in basis.stays.ever_in(receipt.room):
        raise WrongBinding(f"room {receipt.room} is not that of ticket {receipt.ticket}", "other_room")
    return Proof(f"room {receipt.room}, key {one.key.id}", (one,))


def _platform(data: bytes, basis: Basis) -> Proof:
    documents = trust.peek(data, d.WITNESS, d.Witness).documents
    if not documents:
        raise Malformed("its issuing certificate is missing")
    found = trust.PlatformTrust(basis.platform.root, documents[0])
    found.read(data, d.WITNESS, d.Witness)
    return Proof(f"the platform, key {found.issuer.key.id}", tuple(_grants(documents[1:], basis)))


def _room(testimony: Statement, witness: d.Witness, basis: Basis) -> Proof:
    """A room vouches for its own sitting and candidates; the heads of others in it must be signed by themselves."""
    stream = ledger.sitting_stream(basis.formal.session.id, witness.holder)
    key_id = signed.open_envelope(testimony.data).key_id
    grants = tuple(_grants(witness.documents, basis))
    own = next((one for one in grants if one.stream == stream and one.key.id == key_id), None)
    if own is None:
        raise BadSignature(f"it brings no grant by this site's CA for the key that signed it ({key_id})")
    signed.verify(testimony.data, d.WITNESS, own.key, d.Witness)
    proof = Proof(f"room {witness.holder}, key {own.key.id}", grants)
    _only_own(testimony, witness.holder, proof, basis)
    return proof


def _only_own(testimony: Statement, room: str, proof: Proof, basis: Basis) -> None:
    session = basis.formal.session.id
    own = {ledger.attempt_stream(session, ticket) for ticket in basis.stays.ever_in(room)}
    own.add(ledger.sitting_stream(session, room))
    for told in testimony.told:
        if told.stream in own or not basis.concerns(told.stream):
            continue
        for position, one in told.heads.items():
            if signer(one.head, proof, basis) is None:
                raise BadSignature(f"its head of {told.stream} {told.epoch}.{position} is not signed by a granted key")
        if told.trail:
            raise WrongBinding(f"it speaks of {told.stream}, which is not this room's", "other_room")


def _copy(witness: d.Witness, told: list[Told], basis: Basis) -> Proof:
    """A copied ledger: every sitting epoch ends at a head that a granted key signed; the reader saw to the chains."""
    grants = tuple(_grants(witness.documents, basis))
    proof, by = Proof("", grants), []
    for one in told:
        if not basis.concerns(one.stream) or one.stream.startswith("attempt/"):
            continue
        newest = max(one.heads, default=0)
        key = signer(one.heads[newest].head, proof, basis) if newest else None
        if key is None or one.end > newest:
            raise BadSignature(f"{one.stream} {one.epoch}: no granted key signed a head over it")
        by.append(key.id)
    if not by:
        raise BadSignature("no signed head of this session stands in it")
    return Proof(f"its own heads, keys {', '.join(sorted(set(by)))}", grants)


def _grants(documents: tuple[bytes, ...], basis: Basis) -> Iterator[d.Grant]:
    """The genuine grants among the documents; others say nothing and are passed over."""
    for document in documents:
        try:
            yield basis.grant(document)
        except KaodianError:
            continue
