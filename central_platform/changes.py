"""Changing a session that is issued: postponement, cancellation and corrections, signed for named rooms only.

Each site's document repeats all its changes so far and adds the new one, so nobody can leave one out. Also here: the
time file, which says nothing about a session. What a change leads to in a room is decided in `shared.changes`.
"""

import msgspec

from central_platform import signing
from central_platform import tables_exchange as t
from central_platform.home import Home
from central_platform.plan import load_assembly, load_plan
from central_platform.sites import site_row
from central_platform.spare import Made, rooms_by_site
from central_platform.tables import Connection, Database
from shared import changes, limits, signed
from shared import documents as d
from shared.errors import Malformed, Refused
from shared.model import AnyChange, Correction, Postponement, Session


def change(
    home: Home, database: Database, session: str, rooms: tuple[str, ...], what: AnyChange, now: int
) -> tuple[Made, ...]:
    """Signs one more change for these rooms; one document for each site concerned.

    Raises:
        Refused: unknown session or room (`no_room`), not issued yet (`not_issued`), a correction of a paper that is
            not open in those rooms by the plan (`too_early`: issue the paper anew instead).
        Malformed: a text that is empty or too long, or a T before the planned one or in the past (`bad_change`).
    """
    plan = load_plan(database, session)
    _check(plan.session, what, now)
    by_site = rooms_by_site({planned.room.id: planned.site for planned in plan.rooms}, rooms)
    with database.write() as connection:
        return tuple(
            _sign(home, connection, plan.session, site, d.NamedChange(named, what), now)
            for site, named in by_site.items()
        )


def items_of(database: Database, session: str, item: str) -> dict[str, int]:
    """Where an item of the bank stands: form to number, of all forms that hold it; raises `Refused` (`not_found`)."""
    papers = load_assembly(database, session).papers
    found = {paper.form: one.number for paper in papers for one in paper.items if one.id == item}
    if not found:
        raise Refused(f"no form of session {session} holds item {item}", "not_found")
    return found


def time_file(home: Home, database: Database, site: str, now: int) -> bytes:
    """The platform's time for one site, to be carried; raises `Refused` (`unknown_site`)."""
    return signed.sign(home.keys.issuing, d.TIME_FILE, d.TimeFile(site_row(database, site).site, now))


def hold_back(home: Home, connection: Connection, session: Session, site: str) -> None:
    """The session authorisation is not given out before the first room that still needs it may let people log in."""
    formal, row, changed = (
        signing.newest_row(connection, site, session.id, type_) for type_ in (d.FORMAL, d.SESSION, d.CHANGES)
    )
    if formal is None or row is None or changed is None:
        return
    found = signing.read(home, changed, d.SessionChanges)
    rooms = [room.id for room in signing.read(home, formal, d.FormalAuthorisation).rooms]
    due = [one.start for room in rooms if (one := changes.in_force(session, found, room)) is not None]
    first = min(due, default=session.start) - session.rules.login_opens_before
    t.set_not_before(connection, row.sha256, max(first, row.not_before))


def _check(session: Session, what: AnyChange, now: int) -> None:
    text = what.text if isinstance(what, Correction) else what.reason
    if not text.strip() or len(text) > limits.CHANGE_CHARS:
        raise Malformed(f"a text has 1 to {limits.CHANGE_CHARS} characters", "bad_change")
    if isinstance(what, Postponement) and what.start - session.rules.reading <= max(now, session.start):
        raise Malformed("a session is postponed to a time that is later and still to come", "bad_change")


def _sign(home: Home, connection: Connection, session: Session, site: str, named: d.NamedChange, now: int) -> Made:
    if signing.newest_row(connection, site, session.id, d.FORMAL) is None:
        raise Refused(f"session {session.id} was never issued to site {site}", "not_issued")
    row = signing.newest_row(connection, site, session.id, d.CHANGES)
    former = signing.read(home, row, d.SessionChanges) if row is not None else None
    if isinstance(named.what, Correction):
        _check_open(session, former, named.rooms, now)
    version = former.version + 1 if former is not None else 1
    last = named.what.start if isinstance(named.what, Postponement) else session.start
    expires = signing.expiry(msgspec.structs.replace(session, start=last))
    found = d.SessionChanges(
        version=version,
        site=site,
        session=session.id,
        issued=now,
        expires=max(expires, former.expires if former is not None else 0),
        changes=(*(former.changes if former is not None else ()), named),
    )
    data = signed.sign(home.keys.issuing, d.CHANGES, found)
    t.add_issued(connection, [signing.kept(home, data, site, session.id, d.CHANGES, version)])
    hold_back(home, connection, session, site)
    return Made(site, version, data)


def _check_open(session: Session, former: d.SessionChanges | None, rooms: tuple[str, ...], now: int) -> None:
    """A text about an item must not be in the world before the item is."""
    for room in rooms:
        due = changes.in_force(session, former, room)
        if due is not None and now < due.start - due.rules.reading:
            raise Refused(f"the paper is not open in room {room}; issue it anew instead", "too_early")
