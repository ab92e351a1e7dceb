"""Issuing a session: data keys, sealed papers, and for each site the three documents that authorise it.

The data keys of a session are made once and kept through every new version, because attempts already sealed depend
on them; a form is sealed anew, under a new key, only when its content changed. Every issue raises the version at
all sites. Draws no papers and places nobody: `central_platform.assemble` and `central_platform.arrange` do.
"""

from typing import NamedTuple

import msgspec

from central_platform import changes, signing, spare
from central_platform import tables_exchange as t
from central_platform.home import Home
from central_platform.keys import Keys
from central_platform.model import Plan, RosterRow
from central_platform.sites import dongle_of, site_row
from central_platform.tables import Connection, Database
from shared import codec, crypto, package, signed, trust
from shared import documents as d
from shared.errors import Refused
from shared.messages import PaperRef
from shared.model import Paper, Person, Place, Room, Session, mask_id


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one issue needs: the plan, all places, the drawn papers, and who the candidates are."""

    plan: Plan
    places: tuple[Place, ...]
    papers: tuple[Paper, ...]
    people: tuple[RosterRow, ...]


class Issue(NamedTuple):
    """The signed documents of one site."""

    site: str
    version: int
    formal: bytes
    package: bytes
    session: bytes


class Material(NamedTuple):
    """The secrets and sealed forms of a session, as they stand in the database."""

    session_key: bytes
    sittings: dict[str, bytes]
    papers: dict[str, t.SealedRow]


def issue(home: Home, database: Database, order: Order, now: int) -> tuple[Issue, ...]:
    """Makes, keeps and returns the documents of every site of the plan, in one transaction.

    Raises:
        Refused: a site is not registered (`unknown_site`), or plan, places, papers and people do not belong together
            (`not_arranged`, `not_assembled`, `mixed_parts`); nothing is changed.
    """
    check(order)
    sites = [site_row(database, name) for name in order.plan.sites]
    session = order.plan.session
    with database.write() as connection:
        material = _material(connection, order)
        version = t.newest_version(connection, session.id, (d.FORMAL,)) + 1
        issues = [build(home.keys, order, site, material, version, now) for site in sites]
        t.add_issued(connection, [row for one in issues for row in _kept(home, one, session)])
        for site, one in zip(sites, issues, strict=True):
            spare.renewed(home, connection, site, session, one.formal, now)
            changes.hold_back(home, connection, session, site.site)
    return tuple(issues)


def check(order: Order) -> None:
    """Refuses an order whose parts do not belong together."""
    session = order.plan.session
    if not order.places:
        raise Refused(f"session {session.id} has no places; arrange it first", "not_arranged")
    if not order.papers:
        raise Refused(f"session {session.id} has no papers; assemble it first", "not_assembled")
    forms = {paper.form for paper in order.papers}
    if any(paper.session != session.id for paper in order.papers) or not {p.form for p in order.places} <= forms:
        raise Refused("the papers are not those of the arrangement; assemble again", "mixed_parts")
    if len({len(paper.items) for paper in order.papers}) != 1:
        raise Refused("the forms have different numbers of items; assemble again", "mixed_parts")
    known = {row.ticket for row in order.people}
    rooms = {planned.room.id for planned in order.plan.rooms}
    if any(place.ticket not in known or place.room not in rooms for place in order.places):
        raise Refused("the arrangement names candidates or rooms that are gone; arrange again", "mixed_parts")


def build(keys: Keys, order: Order, site: t.SiteRow, material: Material, version: int, now: int) -> Issue:
    """The three documents of one site."""
    session = order.plan.session
    expires = signing.expiry(session)
    papers = tuple(_reference(material.papers[paper.form]) for paper in order.papers)
    rooms = tuple(planned.room for planned in order.plan.rooms if planned.site == site.site)
    places = _places(order, rooms)
    data = d.DataKeys(material.session_key, {room.id: material.sittings[room.id] for room in rooms})
    ca_fingerprint = crypto.sha256(site.ca_certificate)
    named = d.SiteAnchor(site.site, session.id, ca_fingerprint, dongle_of(site).sign)
    anchor = signed.sign(keys.issuing, d.ANCHOR, named)
    formal_payload = d.FormalAuthorisation(
        version=version,
        site=site.site,
        session=session,
        issued=now,
        expires=expires,
        ca_fingerprint=ca_fingerprint,
        dongle=dongle_of(site),
        rooms=rooms,
        places=places,
        papers=papers,
        items=len(order.papers[0].items),
        roster=trust.seal_roster(_roster(order, places, material.session_key), session.id, material.session_key),
        keys=signing.wrapped(site, d.FORMAL, session.id, version, data),
        anchor=anchor,
        roles=order.plan.roles,
    )
    formal = signed.sign(keys.issuing, d.FORMAL, formal_payload)
    manifest = signed.sign(keys.issuing, d.PACKAGE, d.PackageManifest(site.site, session.id, version, papers))
    forms = [material.papers[paper.form].sealed for paper in order.papers]
    # Only the forms that somebody sits: the spare paper's key is a document of its own.
    used = {form: material.papers[form].key for form in sorted({place.form for place in places})}
    session_payload = d.SessionAuthorisation(
        version=version,
        site=site.site,
        session=session.id,
        issued=now,
        expires=expires,
        dongle=d.dongle_id(formal_payload.dongle),
        formal=crypto.sha256(formal),
        keys=signing.wrapped(site, d.SESSION, session.id, version, used),
    )
    session_document = signed.sign(keys.issuing, d.SESSION, session_payload)
    return Issue(site.site, version, formal, package.build_package(manifest, forms), session_document)


def data_keys(database: Database, session: str) -> d.DataKeys:
    """The data keys of an issued session, of all its rooms; raises `Refused` (`not_issued`)."""
    with database.read() as connection:
        found = t.keys_of(connection, session)
    if "" not in found:
        raise Refused(f"session {session} was never issued here", "not_issued")
    return d.DataKeys(found.pop(""), found)


def issued_sessions(database: Database) -> list[str]:
    """The sessions that were issued at least once."""
    with database.read() as connection:
        return t.sessions_with_keys(connection)


def _material(connection: Connection, order: Order) -> Material:
    session = order.plan.session.id
    known = t.keys_of(connection, session)
    rooms = [planned.room.id for planned in order.plan.rooms]
    new = {room: crypto.new_key() for room in ["", *rooms] if room not in known}
    t.add_keys(connection, session, new)
    keys = known | new
    sealed = t.sealed_of(connection, session)
    for paper in order.papers:
        content = crypto.sha256(codec.encode(paper)).hex()
        old = sealed.get(paper.form)
        if old is None or old.content != content:
            key = crypto.new_key()
            sealed[paper.form] = t.SealedRow(paper.form, content, key, package.seal_paper(paper, key))
            t.put_sealed(connection, session, sealed[paper.form])
    return Material(keys[""], {room: keys[room] for room in rooms}, sealed)


def _places(order: Order, rooms: tuple[Room, ...]) -> tuple[Place, ...]:
    here = {room.id for room in rooms}
    return tuple(sorted((p for p in order.places if p.room in here), key=lambda place: (place.room, place.seat)))


def _roster(order: Order, places: tuple[Place, ...], key: bytes) -> d.Roster:
    rows = {row.ticket: row for row in order.people}
    return tuple(_person(rows[place.ticket], key) for place in places)


def _person(row: RosterRow, key: bytes) -> Person:
    return Person(row.ticket, row.name, mask_id(row.id_number), crypto.id_mac(key, row.ticket, row.id_number))


def _reference(row: t.SealedRow) -> PaperRef:
    return PaperRef(row.form, crypto.sha256(row.sealed), len(row.sealed))


def _kept(home: Home, one: Issue, session: Session) -> list[t.IssuedRow]:
    early = session.start - session.rules.login_opens_before
    parts = ((d.FORMAL, one.formal, 0), (d.PACKAGE, one.package, 0), (d.SESSION, one.session, early))
    return [
        signing.kept(home, data, one.site, session.id, type_, one.version, not_before)
        for type_, data, not_before in parts
    ]
