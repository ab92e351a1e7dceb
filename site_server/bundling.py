"""Making the result bundle of a session from the site's copies: in constant memory, the same bytes every time.

Refused until every sitting was ended and is copied whole. `BundleMade` is the last site record in it and fixes
everything else, so a bundle that got lost is made again identically. Verifies what it wrote before it counts.
Copies nowhere.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from shared import bundle, codec, crypto, ledger, records, signed, verifier
from shared import documents as d
from shared.errors import Damaged, Refused
from shared.io.files import put_in_place, sync_file
from shared.ledger import Head, Point
from shared.merkle import Tree
from site_server.authorisation import Authorised, versions
from site_server.copies import Copies, by_place
from site_server.granting import grants
from site_server.site import Site

Tell = Callable[[str], None]
_STEP = 1000


def N_(msgid: str) -> str:
    """Marks a text for the catalogue; the command translates it where it is shown."""
    return msgid


class Made(msgspec.Struct, frozen=True):
    """A bundle file and what a receipt must name."""

    path: Path
    sha256: bytes
    size: int
    records: int


class Plan(msgspec.Struct, frozen=True):
    """Everything that goes in: documents, the end of every stream and epoch, heads due first and heads of attempts."""

    session: str
    documents: list[bytes]
    ends: list[tuple[str, Point]]
    attempt_heads: list[Head]
    made: int


async def make(site: Site, copies: Copies, one: Authorised, tell: Tell) -> Made:
    """The verified bundle of a session in the site's folder; made now, or found there unharmed.

    Raises:
        Refused: a sitting was not ended or is not copied whole (`sittings_open`), or there is no session authorisation.
        Damaged: what was written does not verify; the file is removed.
    """
    path = site.folder.bundles / f"{one.id}.kdr"
    if path.exists():
        held = await asyncio.to_thread(_checked, path, site)
        if held is not None:
            return held
    plan = await _plan(site, copies, one)
    tell(N_("writing the bundle"))
    await asyncio.to_thread(_write, site, plan, path)
    tell(N_("verifying the bundle"))
    made = await asyncio.to_thread(_checked, path, site)
    if made is None:
        path.unlink(missing_ok=True)
        raise Damaged(f"the bundle of {one.id} does not verify", "bundle_damaged")
    return made


def open_rooms(copies: Copies, one: Authorised) -> list[str]:
    """Rooms with candidates whose sitting was not ended or is not copied whole."""
    return [room for room in sorted(copies.moves.stays(one).rooms()) if not copies.whole(one.id, room)]


def check(path: Path, root: crypto.PublicKey) -> Made:
    """Verifies a bundle file with the platform's root key; raises `Damaged` with the exact place."""
    with path.open("rb") as source:
        report = verifier.verify(source, root)
    return Made(path, report.sha256, report.size, report.records)


async def _plan(site: Site, copies: Copies, one: Authorised) -> Plan:
    waiting = open_rooms(copies, one)
    if waiting:
        raise Refused(f"not ended or not copied whole: {', '.join(waiting)}", "sittings_open")
    if one.session_bytes is None:
        raise Refused(f"the session authorisation of {one.id} is not here", "no_session_authorisation")
    ends = copies.ends(one.id)
    heads = copies.attempt_heads(one.id)
    count = sum(point.position for _, point in ends)
    digest = bundle.heads_digest([codec.encode(head) for head in heads])
    own, made = await _made(site, one.id, count, digest)
    documents = [site.platform.issuer_document, one.formal_bytes, one.session_bytes, site.ca_certificate]
    documents += [*versions(site, one, d.CHANGES), *versions(site, one, d.SPARE)]
    documents += [document for epoch, document in grants(site, site.stream) if epoch <= own[-1].epoch]
    for room in sorted(ledger.sitting_stream(one.id, room) for room in copies.moves.stays(one).rooms()):
        held = {point.epoch for stream, point in ends if stream == room}
        documents += [document for epoch, document in grants(site, room) if epoch in held]
    documents += copies.moves.documents(one.id)
    copies.close(one.id)
    return Plan(one.id, documents, sorted([*ends, *((site.stream, end) for end in own)], key=by_place), heads, made)


async def _made(site: Site, session: str, count: int, heads: bytes) -> tuple[list[Point], int]:
    """The ends of the site stream's epochs in the bundle, up to its `BundleMade` of this session (written now if
    it is not there), and when that was.
    """
    found = _find_made(site, session)
    if found is None:
        # The opening of the epoch was written at the latest when the authorisations were loaded.
        own = sum(point.position for point in _own_ends(site))
        await site.write(records.BundleMade(session, count + own + 1, heads))
        found = _find_made(site, session)
    if found is None:
        raise Damaged(f"the site stream does not hold the making of {session}")
    return found


def _own_ends(site: Site) -> list[Point]:
    """Where each epoch of the site stream ends, commits under way included."""
    older = [point for point in site.store.points(site.stream).get(site.stream, ()) if point.epoch < site.end.epoch]
    return [*older, site.end]


def _find_made(site: Site, session: str) -> tuple[list[Point], int] | None:
    ends = _own_ends(site)
    for number, end in enumerate(ends):
        for entry in _entries(site, site.stream, end):
            header = ledger.header_of(entry)
            record = records.read_clear(header)
            if isinstance(record, records.BundleMade) and record.session == session:
                return [*ends[:number], Point(header.epoch, header.position, entry.digest)], header.time
    return None


def _entries(site: Site, stream: str, end: Point) -> Iterator[ledger.Entry]:
    for after in range(0, end.position, _STEP):
        yield from site.store.entries(stream, end.epoch, after, min(_STEP, end.position - after))


def _write(site: Site, plan: Plan, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as out:
        writer, tree = bundle.Writer(out), Tree()
        for document in plan.documents:
            writer.part(bundle.DOCUMENT, document)
        for stream, end in plan.ends:
            for entry in _entries(site, stream, end):
                writer.part(bundle.RECORD, codec.encode(entry))
                tree.add(bundle.leaf(stream, ledger.parse(entry).point))
        for head in (*_due_heads(site, plan), *plan.attempt_heads):
            writer.part(bundle.HEAD, codec.encode(head))
        summary = d.BundleSummary(
            site.id, plan.session, plan.made, writer.parts, writer.records, writer.size, writer.sha256, tree.close()[0]
        )  # fmt: skip
        writer.part(bundle.SUMMARY, signed.sign(site.keys.signer, d.BUNDLE, summary))
        sync_file(out)
    put_in_place(temporary, path)


def _due_heads(site: Site, plan: Plan) -> list[Head]:
    """Heads of the site stream and of the sittings, by stream and epoch: the last epoch's over its very last record.

    A room that was destroyed signed nothing over its end; the epoch that continues it covers that, too.
    """
    kept = {(head.stream, head.point.epoch): head for head in site.store.heads("sitting/")}
    last = dict(plan.ends)
    due = []
    for stream, end in plan.ends:
        if stream == site.stream:
            due.append(site.head_at(end, plan.made))
        elif stream.startswith("sitting/"):
            head = kept.get((stream, end.epoch))
            if last[stream] == end and (head is None or head.point != end):
                raise Refused(f"{stream} epoch {end.epoch}: no signed head over its last record", "sittings_open")
            due += [head] if head is not None else []
    return due


def _checked(path: Path, site: Site) -> Made | None:
    try:
        return check(path, site.platform.root)
    except Damaged:
        return None
