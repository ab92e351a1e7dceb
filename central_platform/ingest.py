"""Taking results in: a bundle is verified whole, then what each candidate did is stored with a signed receipt.

Two passes over the file: `shared.verifier` says which ranges count, then the answers in those ranges are folded, so
that memory grows with candidates and never with records. The same bundle again gives the same receipt. Marks
nothing.
"""

import hashlib
import shutil
from itertools import islice
from pathlib import Path
from typing import IO

from central_platform import heads, tables_exchange, tables_results
from central_platform.home import Home, sync_folder
from central_platform.issue import data_keys
from central_platform.tables import Database
from central_platform.tables_results import BundleRow, OutcomeRow, UploadRow
from shared import bundle, codec, crypto, ledger, limits, signed, testimony, trust, verifier
from shared import documents as d
from shared import records as r
from shared.against import Against
from shared.errors import Damaged, Refused, WrongBinding
from shared.sitting import FINAL

Answers = dict[int, tuple[str, ...]]


def take_in(home: Home, database: Database, path: Path, now: int, upload: UploadRow | None = None) -> BundleRow:
    """Verifies and stores the bundle at `path`; for an upload it must be what was announced.

    Raises:
        Damaged, Malformed: the bundle does not verify; nothing of it is stored.
        Damaged: `contradicts_head`: it contradicts a signed head that the site told while the exam ran.
        WrongBinding: an upload brought another site's or session's results (`other_bundle`).
        Refused: of a session that was never issued here (`not_issued`), or on papers that are not the issued ones.
    """
    known = _known(database, path)
    if known is not None:
        return known
    if upload is None:
        path = _kept(home, path)
    with path.open("rb") as source:
        claimed = claimed_by(source)
        session = claimed.session.id
        keys = data_keys(database, session)
        held = testimony.read("heads", heads.witness(home, database, claimed.site, session, now))
        against = Against([held])
        source.seek(0)
        report = verifier.verify(source, home.keys.root, keys, against.visit)
        if upload is not None and (report.site, report.session) != (upload.site, upload.session):
            raise WrongBinding("the bundle holds another site's or session's results", "other_bundle")
        _check_papers(database, report)
        _check_heads(against, report)
        source.seek(0)
        answers = accepted_answers(source, report, keys.session)
    digest = report.sha256
    receipt = d.UploadReceipt(report.site, report.session, digest, report.size, report.records, now)
    document = signed.sign(home.keys.issuing, d.UPLOAD_RECEIPT, receipt)
    row = BundleRow(digest.hex(), report.site, report.session, report.size, report.records, now, document)
    with database.write() as connection:
        other = tables_results.bundle(connection, row.sha256)
        if other is not None:
            return other
        tables_results.add_bundle(connection, row, _outcomes(report, answers))
    return row


def claimed_by(source: IO[bytes]) -> d.FormalAuthorisation:
    """The authorisation that a bundle claims to be of, before anything is verified; raises `Damaged` or `Malformed`."""
    parts = bundle.read(source)
    part = next(islice(parts, 1, None), None)
    if part is None:
        raise Damaged("part 0: the bundle holds no authorisation")
    return trust.peek(part.data, d.FORMAL, d.FormalAuthorisation)


def accepted_answers(source: IO[bytes], report: verifier.Report, session_key: bytes) -> dict[str, Answers]:
    """Of each ticket the answers as they stood at the end, by item number: accepted ranges only, in ledger order."""
    streams = {ledger.attempt_stream(report.session, ticket): ticket for ticket in report.accepted}
    keys = {stream: ledger.stream_key(session_key, stream) for stream in streams}
    found: dict[str, Answers] = {ticket: {} for ticket in report.accepted}
    for part in bundle.read(source):
        if part.type != bundle.RECORD:
            continue
        entry = codec.decode(ledger.Entry, part.data, limits.RECORD_BYTES + 64)
        header = ledger.header_of(entry)
        ticket = streams.get(header.stream)
        if not header.item or ticket is None or not _counts(report.accepted[ticket], header):
            continue
        record = r.read(header, entry, keys[header.stream])
        if isinstance(record, r.Answered):
            found[ticket][header.item] = record.answer
    return found


def _counts(ranges: list[r.Range], header: ledger.Header) -> bool:
    return any(one.epoch == header.epoch and one.first <= header.position <= one.upto for one in ranges)


def _outcomes(report: verifier.Report, answers: dict[str, Answers]) -> list[OutcomeRow]:
    rows = []
    for place in report.formal.places:
        status = report.statuses[place.ticket]
        if status not in FINAL:
            raise Damaged(f"{place.ticket}: the sitting ended without a final state for this ticket")
        given = codec.encode(answers.get(place.ticket, {}))
        rows.append(OutcomeRow(place.ticket, place.room, report.forms[place.ticket], status, given))
    return rows


def _check_papers(database: Database, report: verifier.Report) -> None:
    with database.read() as connection:
        sealed = tables_exchange.sealed_of(connection, report.session)
    for paper in report.formal.papers:
        if paper.form not in sealed or crypto.sha256(sealed[paper.form].sealed) != paper.sha256:
            raise Refused(f"form {paper.form} of this bundle is not the one issued last", "mixed_parts")


def _check_heads(against: Against, report: verifier.Report) -> None:
    """Raises `Damaged` (`contradicts_head`) when a bundle is another history than the one whose heads were told."""
    [found] = against.judge(report.basis)
    # The sitting says more to people than the site stream, which a forger had to change as well.
    for one in sorted(found.findings, key=lambda one: one.stream.startswith("site/"))[:1]:
        text = f"{one.stream} {one.epoch}.{one.position}: the bundle holds {one.holds}, the head kept here {one.told}"
        raise Damaged(f"{text} ({one.by})", "contradicts_head")


def _known(database: Database, path: Path) -> BundleRow | None:
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    with database.read() as connection:
        return tables_results.bundle(connection, digest)


def _kept(home: Home, path: Path) -> Path:
    """A copy on the platform's own disk: a stick may change or leave between the passes."""
    with path.open("rb") as source:
        name = hashlib.file_digest(source, "sha256").hexdigest()
    copy = home.uploads / f"{name}.kdr"
    shutil.copyfile(path, copy)
    copy.chmod(0o600)
    sync_folder(home.uploads)
    return copy
