"""The proof that one candidate's receipt stands in a verified bundle, and nothing of anybody else.

File `*.kdq`, an array struct (`docs/formats.md`): the shortest chain of documents from the platform's root to the
bundle's summary, that summary, the receipt, and the Merkle paths of the two records the receipt names. It shows the
receipt and counts; other candidates' names, tickets, places and answers are not in it. `Prover` makes one while a
bundle is verified, `check` needs the root key alone.
"""

from typing import NamedTuple

import msgspec

from shared import bundle, codec, crypto, ledger, limits, merkle, signed, trust
from shared import documents as d
from shared import records as r
from shared.errors import Damaged, KaodianError, Malformed
from shared.ledger import Parsed, Point
from shared.testimony import Basis, Statement

MAGIC = "kaodian-proof-1"


class Proof(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The file. `attempt` is absent where the receipt says that nothing was accepted."""

    magic: str
    issuer: bytes
    anchor: bytes
    ca_certificate: bytes
    grant: bytes
    summary: bytes
    receipt: bytes
    attempt: merkle.Path | None
    sitting: merkle.Path


class Proven(NamedTuple):
    """What a checked proof says."""

    receipt: d.AttemptReceipt
    summary: d.BundleSummary


class Prover:
    """Makes the proof of one receipt; `visit` goes with `verifier.verify` over the bundle."""

    def __init__(self, receipt: Statement) -> None:
        if receipt.receipt is None:
            raise Malformed("only a receipt can be proven", "wrong_type")
        self._statement = receipt
        self._receipt = receipt.receipt
        self._tree = merkle.Tree()
        self._found: dict[str, int] = {}

    def visit(self, parsed: Parsed, _record: r.Record | None) -> None:
        """Takes in one record of the bundle."""
        stream, point = parsed.header.stream, parsed.point
        wanted = (stream, point) in places(self._receipt)
        if wanted:
            self._found[stream] = self._tree.size
        self._tree.add(bundle.leaf(stream, point), wanted)

    def proof(self, basis: Basis, summary: bytes) -> bytes:
        """The proof, once the bundle has verified.

        Raises:
            Untrusted: the receipt is not of this site and session, or its signature proves nothing.
            Damaged: the receipt contradicts the bundle.
        """
        self._statement.proven(basis)
        missing = [stream for stream, _ in places(self._receipt) if stream not in self._found]
        if missing:
            raise Damaged(f"the receipt's point of {missing[0]} does not stand in the bundle")
        _, paths = self._tree.close()
        attempt = ledger.attempt_stream(self._receipt.session, self._receipt.ticket)
        sitting = ledger.sitting_stream(self._receipt.session, self._receipt.room)
        site = ledger.site_stream(basis.formal.site)
        newest = max(where for where in basis.grants if where[0] == site)
        made = Proof(
            magic=MAGIC,
            issuer=basis.platform.issuer_document,
            anchor=basis.formal.anchor,
            ca_certificate=basis.ca_certificate,
            grant=basis.grants[newest],
            summary=summary,
            receipt=self._statement.data,
            attempt=paths[self._found[attempt]] if attempt in self._found else None,
            sitting=paths[self._found[sitting]],
        )
        return codec.encode(made)


def check(data: bytes, root: crypto.PublicKey) -> Proven:
    """What a proof proves with the platform's root key alone.

    Raises:
        Damaged: anything in it was changed or does not fit.
    """
    try:
        found = codec.decode(Proof, data, limits.PROOF_BYTES)
        if found.magic != MAGIC or codec.encode(found) != data:
            raise Malformed("not a proof")
        return _checked(found, root)
    except KaodianError as error:
        raise Damaged(error.detail) from error


def places(receipt: d.AttemptReceipt) -> list[tuple[str, Point]]:
    """The records that a receipt names, by stream; of an attempt of which nothing was accepted only the sitting's."""
    sitting = (ledger.sitting_stream(receipt.session, receipt.room), receipt.sitting)
    attempt = (ledger.attempt_stream(receipt.session, receipt.ticket), receipt.attempt)
    return [attempt, sitting] if receipt.attempt.position else [sitting]


def _checked(found: Proof, root: crypto.PublicKey) -> Proven:
    platform = trust.PlatformTrust(root, found.issuer)
    anchor = platform.read(found.anchor, d.ANCHOR, d.SiteAnchor)
    if crypto.sha256(found.ca_certificate) != anchor.ca_fingerprint:
        raise Damaged("the CA is not the one the platform certified")
    site = trust.grant(found.grant, anchor.dongle, ledger.site_stream(anchor.site))
    summary = signed.verify(found.summary, d.BUNDLE, site.key, d.BundleSummary)
    receipt = trust.peek(found.receipt, d.ATTEMPT_RECEIPT, d.AttemptReceipt)
    room = trust.grant(
        receipt.grant,
        crypto.certificate_key(found.ca_certificate),
        ledger.sitting_stream(anchor.session, receipt.room),
    )
    signed.verify(found.receipt, d.ATTEMPT_RECEIPT, room.key, d.AttemptReceipt)
    named = (summary.site, summary.session, receipt.session, receipt.sitting.epoch)
    if named != (anchor.site, anchor.session, anchor.session, room.epoch):
        raise Damaged("receipt, summary and anchor are not of one site, session and epoch")
    if (found.attempt is None) != (receipt.attempt.position == 0):
        raise Damaged("the path of the attempt's record is missing, or one too many")
    paths = [found.attempt, found.sitting] if found.attempt else [found.sitting]
    for (stream, point), path in zip(places(receipt), paths, strict=True):
        if merkle.climb(bundle.leaf(stream, point), path, summary.records) != summary.tree:
            raise Damaged(f"{stream} {point.epoch}.{point.position}: does not stand in the bundle at its path")
    return Proven(receipt, summary)
