"""Heads that sites tell while an exam runs: kept for good, compared at once, and handed out as a witness.

A head of the site stream or of a sitting counts with the signature of a key that the site's dongle or CA granted
that epoch; one of a candidate's PC is the site's own word, given under its token. Whatever contradicts what is kept
is kept as well, as evidence. Verifies no bundle: `central_platform.ingest` holds it against the witness.
"""

import logging

from central_platform import tables_exchange, tables_heads
from central_platform.home import Home
from central_platform.sites import dongle_of, site_row
from central_platform.tables import Connection, Database
from central_platform.tables_exchange import SiteRow
from central_platform.tables_heads import GrantRow, HeadRow
from shared import crypto, ledger, signed, testimony, trust
from shared import documents as d
from shared.errors import BadSignature, Damaged, KaodianError, WrongBinding
from shared.ledger import Head, Point
from shared.messages import HeadsTold

log = logging.getLogger(__name__)
SHOWN, SHOWN_OF_ATTEMPTS = 50, 2
"""Newest heads of an epoch in a witness: each covers all records before it, so older ones only name places nearer."""


def take(database: Database, site: str, told: HeadsTold, now: int) -> None:
    """Keeps what a site told.

    Raises:
        Untrusted: a grant or head is not this site's, or not signed by a granted key; nothing of the report is kept.
        Damaged: `contradicts_head`: everything is kept; the first contradiction is named.
    """
    row = site_row(database, site)
    with database.write() as connection:
        for document in told.grants:
            tables_heads.add_grant(connection, _grant(row, document, now))
        keys = _keys(connection, row)
        sessions = {one.session for one in tables_exchange.issued_for(connection, site)}
        found = [_keep(connection, site, head, now) for head in _genuine(row, told.heads, keys, sessions)]
    against = [text for text in found if text]
    for text in against:
        log.error("site %s: %s", site, text)
    if against:
        raise Damaged(against[0], "contradicts_head")


def witness(home: Home, database: Database, site: str, session: str, now: int) -> bytes:
    """The signed witness of a site's heads in a session; without any it is empty."""
    with database.read() as connection:
        prefixes = (f"sitting/{session}/", f"attempt/{session}/", ledger.site_stream(site))
        rows = tables_heads.of_streams(connection, site, prefixes)
        grants = tables_heads.grants_of(connection, site)
    heads = tuple(d.HeldHead(_head(row), row.received) for row in _thinned(rows))
    documents = (home.keys.issuer, *(row.document for row in grants if row.stream.startswith(prefixes)))
    payload = d.Witness(site, testimony.PLATFORM, now, documents, heads, ())
    return signed.sign(home.keys.issuing, d.WITNESS, payload)


def described(row: HeadRow, other: HeadRow | None = None) -> str:
    """A contradiction in words, for log and command."""
    kept = f", kept before: {other.position} {other.digest.hex()} of {other.time}" if other else ""
    return f"{row.stream} {row.epoch}.{row.position}: told {row.digest.hex()} of {row.time}{kept}"


def _grant(row: SiteRow, document: bytes, now: int) -> GrantRow:
    stream = testimony.claimed_grant(document).stream
    of_site = stream == ledger.site_stream(row.site)
    key = dongle_of(row).sign if of_site else crypto.certificate_key(row.ca_certificate)
    one = trust.grant(document, key, stream)
    return GrantRow(row.site, crypto.sha256(document).hex(), one.stream, one.epoch, document, now)


def _keys(connection: Connection, row: SiteRow) -> dict[tuple[str, int], list[crypto.PublicKey]]:
    keys: dict[tuple[str, int], list[crypto.PublicKey]] = {}
    for one in tables_heads.grants_of(connection, row.site):
        key = testimony.claimed_grant(one.document).key
        keys.setdefault((one.stream, one.epoch), []).append(key)
    return keys


def _genuine(
    row: SiteRow, heads: tuple[Head, ...], keys: dict[tuple[str, int], list[crypto.PublicKey]], sessions: set[str]
) -> list[Head]:
    """The heads, all of them checked."""
    for head in heads:
        kind, _, rest = head.stream.partition("/")
        if head.stream != ledger.site_stream(row.site) and (
            kind not in ("sitting", "attempt") or rest.split("/")[0] not in sessions or rest.count("/") != 1
        ):
            raise WrongBinding(f"stream {head.stream[:120]!r} is not of site {row.site}", "other_site")
        if head.point.position < 1 or len(head.point.digest) != crypto.DIGEST_BYTES:
            raise Damaged(f"a head of {head.stream} covers nothing")
        if kind != "attempt":
            _check_signed(head, keys.get((head.stream, head.point.epoch), []))
    return list(heads)


def _check_signed(head: Head, keys: list[crypto.PublicKey]) -> None:
    for key in keys:
        try:
            ledger.verify_head(head, key)
        except KaodianError:
            continue
        return
    raise BadSignature(f"{head.stream} {head.point.epoch}.{head.point.position}: no granted key signed this head")


def _keep(connection: Connection, site: str, head: Head, now: int) -> str:
    """Stores a head that is not there yet; what it contradicts, in words."""
    held = tables_heads.of_epoch(connection, site, head.stream, head.point.epoch)
    if any(_head(row) == head for row in held):
        return ""
    other = next((row for row in held if ledger.contradict(_head(row), head)), None)
    point = head.point
    row = HeadRow(
        0, site, head.stream, point.epoch, point.position, point.digest, head.time, head.signature, now,
        other.number if other else 0,
    )  # fmt: skip
    tables_heads.add_head(connection, row)
    return described(row, other) if other else ""


def _head(row: HeadRow) -> Head:
    return Head(row.stream, Point(row.epoch, row.position, row.digest), row.time, row.signature)


def _thinned(rows: list[HeadRow]) -> list[HeadRow]:
    """Of each epoch the newest, and whatever contradicts or is contradicted."""
    evidence = {row.contradicts for row in rows} | {row.number for row in rows if row.contradicts}
    count: dict[tuple[str, int], int] = {}
    kept = []
    for row in reversed(rows):
        where = (row.stream, row.epoch)
        count[where] = count.get(where, 0) + 1
        most = SHOWN_OF_ATTEMPTS if row.stream.startswith("attempt/") else SHOWN
        if count[where] <= most or row.number in evidence:
            kept.append(row)
    return kept[::-1]
