"""Authorisations: taking a session's signed documents and its papers in, and holding what is trusted.

Every document goes through `shared.trust` in its fixed order and through the dongle before anything is kept;
documents, versions and the `AuthorisationLoaded` records become durable in one transaction, so a damaged, foreign
or older file changes nothing. Paper keys exist only inside authorisations, wrapped to the dongle: opened ones stay in
memory and are asked for again after a restart. Where documents come from is the business of `site_server.loading`.
"""

import asyncio

import msgspec

from shared import changes, crypto, limits, records, trust
from shared import documents as d
from shared.errors import Refused, Unavailable, WrongBinding
from shared.model import Room, Session
from site_server import papers
from site_server.folder import check_id
from site_server.site import Site

Facts = dict[str, bytes | None]
BESIDE = (d.SESSION, d.SPARE, d.CHANGES)
"""Types of the documents that go with a formal authorisation, in the order they are taken in."""


class Held(msgspec.Struct, frozen=True):
    """A trusted document that goes with a formal one: signed bytes, payload, and the paper keys the dongle opened."""

    data: bytes
    document: d.SessionAuthorisation | d.SpareAuthorisation | d.SessionChanges
    keys: dict[str, bytes] | None = None


class Parts(msgspec.Struct, frozen=True):
    """What came of one session together, as signed bytes; `beside` by type."""

    formal: bytes | None = None
    package: bytes | None = None
    beside: dict[str, bytes] = {}


class Authorised(msgspec.Struct, frozen=True):
    """One trusted session: formal authorisation, data keys, and what came of the others, by type."""

    formal_bytes: bytes
    formal: d.FormalAuthorisation
    opened: d.DataKeys | None
    beside: dict[str, Held] = {}

    @property
    def id(self) -> str:
        """The session's id."""
        return self.formal.session.id

    @property
    def rooms(self) -> dict[str, Room]:
        """The authorised rooms by id."""
        return {room.id: room for room in self.formal.rooms}

    @property
    def data_keys(self) -> d.DataKeys:
        """The data keys; raises `Unavailable` when the site was opened without its dongle."""
        if self.opened is None:
            raise Unavailable("the dongle is not open", "no_dongle")
        return self.opened

    @property
    def session_bytes(self) -> bytes | None:
        """The session authorisation, or None until it is here."""
        return self.bytes_of(d.SESSION)

    @property
    def changes(self) -> d.SessionChanges | None:
        """The changes, if there are any."""
        found = self.beside[d.CHANGES].document if d.CHANGES in self.beside else None
        return found if isinstance(found, d.SessionChanges) else None

    def bytes_of(self, type_: str) -> bytes | None:
        """The signed bytes of a document that is held, or None."""
        return self.beside[type_].data if type_ in self.beside else None

    def version_of(self, type_: str) -> int:
        """The version held of a type; 0 for none."""
        return self.beside[type_].document.version if type_ in self.beside else 0

    def tickets(self, room: str) -> frozenset[str]:
        """The candidates placed in a room."""
        return frozenset(place.ticket for place in self.formal.places if place.room == room)

    def in_room(self, room: str) -> Session | None:
        """The session as it stands for a room: with the last T, or None when it was cancelled there."""
        return changes.in_force(self.formal.session, self.changes, room)

    def spare_in(self, room: str) -> Held | None:
        """The spare authorisation, if it names the room."""
        held = self.beside.get(d.SPARE)
        named = held is not None and isinstance(held.document, d.SpareAuthorisation) and room in held.document.rooms
        return held if named else None

    def keys_for(self, room: str) -> dict[str, bytes]:
        """Paper keys of the forms used, the spare one's alone where that is authorised: any candidate may come here.

        Raises:
            Refused: `no_session_authorisation`.
        """
        held = self.beside.get(d.SESSION)
        if held is None or held.keys is None:
            raise Refused(f"the session authorisation of {self.id} is not here", "no_session_authorisation")
        spare = self.spare_in(room)
        if spare is not None and spare.keys is not None:
            return spare.keys
        return held.keys


class Taking(msgspec.Struct, frozen=True):
    """Checked documents of one session, not kept yet."""

    one: Authorised
    made: list[records.AuthorisationLoaded]
    facts: Facts
    forms: dict[str, bytes]


class Authorisations:
    """All sessions trusted by this site, read from its store at start; the dongle opens their keys then."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.sessions: dict[str, Authorised] = {}
        if site.platform_trust is None:
            return
        for name, data in site.store.facts("formal/").items():
            one = self._formal(data, 0, None)
            for type_ in BESIDE:
                held = site.store.fact(f"{type_}/{name.removeprefix('formal/')}")
                if held is not None:
                    one = self._with(one, type_, held, None)
            self.sessions[one.id] = one

    def get(self, session: str) -> Authorised:
        """A trusted session; raises `Refused` (`unknown_session`)."""
        found = self.sessions.get(session)
        if found is None:
            raise Refused(f"no formal authorisation of session {session!r} is here", "unknown_session")
        return found

    def plan_of(self, room: str) -> tuple[int, int]:
        """The most seats and spare PCs that an authorisation here plans for a room; the limits where none does."""
        found = [one.rooms[room] for one in self.sessions.values() if room in one.rooms]
        if not found:
            return limits.SEATS_PER_ROOM, limits.SPARES_PER_ROOM
        return max(one.seats for one in found), max(one.spares for one in found)

    async def load(self, formal: bytes | None, package: bytes | None, session: bytes | None) -> list[str]:
        """The three parts of an issue, as many as are there; like `take`."""
        return await self.take(Parts(formal, package, {d.SESSION: session} if session is not None else {}))

    async def take(self, *come: Parts) -> list[str]:
        """Takes documents of any sessions in, all or nothing; the types that are new are returned.

        Raises:
            Untrusted: a document failed its check; nothing changed.
            Refused: a part that is needed is missing (`no_formal`, `no_package`); nothing changed.
            Unavailable: a part that only the dongle can open is new, and the dongle is out (`no_dongle`).
        """
        taking = [await self._check(parts) for parts in come]
        for one in taking:
            await asyncio.to_thread(papers.keep, self._site.folder, one.forms)
        made = [record for one in taking for record in one.made]
        if made:
            await self._site.write(*made, facts={name: data for one in taking for name, data in one.facts.items()})
        self.sessions |= {one.one.id: one.one for one in taking}
        return [record.type for record in made]

    async def _check(self, parts: Parts) -> Taking:
        one, made, facts = self._begin(parts)
        forms = self._site.platform.package(parts.package, one.formal) if parts.package is not None else {}
        missing = [paper.sha256 for paper in one.formal.papers if paper.form not in forms]
        if not await asyncio.to_thread(papers.all_whole, self._site.folder, missing):
            raise Refused(f"the paper package of session {one.id} is missing", "no_package")
        for type_ in BESIDE:
            data = parts.beside.get(type_)
            if data is None or data == one.bytes_of(type_):
                continue
            one = self._with(one, type_, data, self._site.now())
            version = one.version_of(type_)
            made.append(records.AuthorisationLoaded(type_, one.id, version, crypto.sha256(data)))
            facts |= {f"{type_}/{one.id}": data, f"all/{type_}/{one.id}/{version:06}": data}
        return Taking(one, made, facts, forms)

    def _begin(self, parts: Parts) -> tuple[Authorised, list[records.AuthorisationLoaded], Facts]:
        """The session the parts belong to: held, or new by a formal authorisation among them."""
        if parts.formal is None:
            claimed = {claimed_session(data, type_) for type_, data in parts.beside.items()}
            if len(claimed) > 1:
                raise WrongBinding(f"these are of different sessions: {sorted(claimed)}", "other_session")
            session = next(iter(claimed), "")
            if session not in self.sessions:
                raise Refused(f"the formal authorisation of session {session!r} is missing", "no_formal")
            return self.sessions[session], [], {}
        held = self.sessions.get(claimed_session(parts.formal, d.FORMAL))
        if held is not None and held.formal_bytes == parts.formal:
            return held, [], {}
        one = self._formal(parts.formal, held.formal.version if held else 0, self._site.now())
        if held is not None and held.formal.version == one.formal.version:
            raise WrongBinding(f"version {one.formal.version} of {one.id} is here with other content", "older_version")
        made = records.AuthorisationLoaded(d.FORMAL, one.id, one.formal.version, crypto.sha256(parts.formal))
        # What names the former one by its digest is void with it; changes stand, whatever the version.
        facts: Facts = {f"formal/{one.id}": parts.formal, f"{d.SESSION}/{one.id}": None, f"{d.SPARE}/{one.id}": None}
        if held is not None and d.CHANGES in held.beside:
            one = self._with(one, d.CHANGES, held.beside[d.CHANGES].data, None)
        return one, [made], facts

    def _formal(self, data: bytes, known: int, now: int | None) -> Authorised:
        site = self._site
        claimed = trust.peek(data, d.FORMAL, d.FormalAuthorisation)
        dongle = site.keys.dongle if site.open_for_work else None
        due = dongle.keys if dongle is not None else claimed.dongle
        formal = site.platform.formal(data, site.id, due, site.ca_certificate, known, now)
        for text in (formal.session.id, *(room.id for room in formal.rooms)):
            check_id(text, "session or room")
        keys = None
        if dongle is not None:
            info = d.wrap_info(d.FORMAL, site.id, formal.session.id, formal.version)
            keys = trust.open_data_keys(dongle.unwrap(formal.keys, info), formal)
            trust.open_roster(formal, keys.session)
        return Authorised(data, formal, keys)

    def _with(self, one: Authorised, type_: str, data: bytes, now: int | None) -> Authorised:
        """The session with one more document, checked; older versions are refused as far as any was ever taken in."""
        platform, known = self._site.platform, max(one.version_of(type_), self._newest(one.id, type_))
        match type_:
            case d.CHANGES:
                held = Held(data, platform.changes(data, one.formal, one.changes, now))
            case d.SPARE:
                spare = platform.spare(data, one.formal_bytes, known, now)
                plain = self._opened(spare, type_)
                held = Held(data, spare, None if plain is None else trust.open_spare_key(plain, spare))
            case _:
                session = platform.session(data, one.formal_bytes, known, now)
                plain = self._opened(session, type_)
                held = Held(data, session, None if plain is None else trust.open_paper_keys(plain, one.formal))
        return msgspec.structs.replace(one, beside=one.beside | {type_: held})

    def _newest(self, session: str, type_: str) -> int:
        names = self._site.store.facts(f"all/{type_}/{session}/")
        return max((int(name.rpartition("/")[2]) for name in names), default=0)

    def _opened(self, document: d.SessionAuthorisation | d.SpareAuthorisation, type_: str) -> bytes | None:
        """What the dongle opens of it, or None without a dongle."""
        site = self._site
        if not site.open_for_work:
            return None
        info = d.wrap_info(type_, site.id, document.session, document.version)
        return site.keys.dongle.unwrap(document.keys, info)


def claimed_session(data: bytes, type_: str) -> str:
    """The session a document claims to be of; its signature is checked by whoever takes it in."""
    match type_:
        case d.FORMAL:
            return trust.peek(data, type_, d.FormalAuthorisation).session.id
        case d.SESSION:
            return trust.peek(data, type_, d.SessionAuthorisation).session
        case d.SPARE:
            return trust.peek(data, type_, d.SpareAuthorisation).session
        case _:
            return trust.peek(data, type_, d.SessionChanges).session


def versions(site: Site, one: Authorised, type_: str) -> list[bytes]:
    """Every version of a session's changes or spare authorisation that goes with its formal one, oldest first."""
    found = [data for _, data in sorted(site.store.facts(f"all/{type_}/{one.id}/").items())]
    if type_ != d.SPARE:
        return found
    formal = crypto.sha256(one.formal_bytes)
    return [data for data in found if trust.peek(data, type_, d.SpareAuthorisation).formal == formal]
