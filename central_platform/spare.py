"""启用备用卷: the spare paper's key as a document of its own, for named rooms of a site.

A newer release names all rooms so far. It goes with one formal authorisation, so a new issue renews it.
"""

from typing import NamedTuple

from central_platform import signing
from central_platform import tables_exchange as t
from central_platform.home import Home
from central_platform.plan import load_plan
from central_platform.sites import site_row
from central_platform.tables import Connection, Database
from shared import crypto, signed
from shared import documents as d
from shared.errors import Refused
from shared.model import Session


class Made(NamedTuple):
    """A signed document of one site."""

    site: str
    version: int
    data: bytes


def release(home: Home, database: Database, session: str, rooms: tuple[str, ...], now: int) -> tuple[Made, ...]:
    """Releases the spare form for more rooms of a session; one document for each site concerned.

    Raises:
        Refused: unknown session, room (`no_room`), not issued yet (`not_issued`), or without a spare form
            (`not_assembled`); nothing is changed.
    """
    plan = load_plan(database, session)
    by_site = rooms_by_site({planned.room.id: planned.site for planned in plan.rooms}, rooms)
    sites = [site_row(database, name) for name in by_site]
    with database.write() as connection:
        made = []
        for site in sites:
            row = signing.newest_row(connection, site.site, session, d.FORMAL)
            if row is None:
                raise Refused(f"session {session} was never issued to site {site.site}", "not_issued")
            formal = home.document_path(row.sha256).read_bytes()
            due = dict.fromkeys((*_released(home, connection, site.site, session), *by_site[site.site]))
            made.append(_sign(home, connection, site, plan.session, formal, tuple(due), now))
    return tuple(made)


def renewed(home: Home, connection: Connection, site: t.SiteRow, session: Session, formal: bytes, now: int) -> None:
    """Makes a release that stands anew for a new formal authorisation; nothing where there is none."""
    rooms = _released(home, connection, site.site, session.id)
    if rooms:
        _sign(home, connection, site, session, formal, rooms, now)


def rooms_by_site(sites: dict[str, str], rooms: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Rooms grouped by their site; raises `Refused` (`no_room`) for one that is not planned, or for none at all."""
    strange = [room for room in rooms if room not in sites]
    if strange or not rooms:
        raise Refused(f"no such rooms in this session: {', '.join(strange)}", "no_room")
    found: dict[str, tuple[str, ...]] = {}
    for room in dict.fromkeys(rooms):
        found[sites[room]] = (*found.get(sites[room], ()), room)
    return found


def _released(home: Home, connection: Connection, site: str, session: str) -> tuple[str, ...]:
    row = signing.newest_row(connection, site, session, d.SPARE)
    return signing.read(home, row, d.SpareAuthorisation).rooms if row is not None else ()


def _sign(
    home: Home,
    connection: Connection,
    site: t.SiteRow,
    session: Session,
    formal: bytes,
    rooms: tuple[str, ...],
    now: int,
) -> Made:
    whole = signed.verify(formal, d.FORMAL, home.keys.issuing.public, d.FormalAuthorisation)
    form = next((paper.form for paper in whole.papers if paper.form not in session.forms), "")
    if not form:
        raise Refused(f"session {session.id} has no spare form", "not_assembled")
    version = t.newest_version(connection, session.id, (d.SPARE,)) + 1
    key = t.sealed_of(connection, session.id)[form].key
    payload = d.SpareAuthorisation(
        version=version,
        site=site.site,
        session=session.id,
        issued=now,
        expires=signing.expiry(session),
        dongle=d.dongle_id(whole.dongle),
        formal=crypto.sha256(formal),
        rooms=rooms,
        form=form,
        keys=signing.wrapped(site, d.SPARE, session.id, version, {form: key}),
    )
    data = signed.sign(home.keys.issuing, d.SPARE, payload)
    t.add_issued(connection, [signing.kept(home, data, site.site, session.id, d.SPARE, version)])
    return Made(site.site, version, data)
