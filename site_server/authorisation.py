"""Authorisations: taking formal and session authorisations with their papers in, and holding what is trusted.

Every document goes through `shared.trust` in its fixed order and through the dongle before anything is kept;
documents, versions and the `AuthorisationLoaded` records become durable in one transaction, so a damaged, foreign
or older file changes nothing. Paper keys exist only inside the session authorisation, wrapped to the dongle: opened
ones stay in memory and are asked for again after a restart.
"""

import asyncio
from pathlib import Path

from shared import crypto, limits, records, trust
from shared import documents as d
from shared.errors import Refused, Unavailable, WrongBinding
from site_server import papers
from site_server.folder import check_id, read_limited
from site_server.platform import Platform
from site_server.site import Site

FORMAL_FILE, PAPERS_FILE, SESSION_FILE = "formal.kdd", "papers.kdp", "session.kdd"


class Authorised:
    """One trusted session: its formal authorisation, data keys and, once given, the session authorisation's paper
    keys.
    """

    def __init__(self, formal_bytes: bytes, formal: d.FormalAuthorisation, keys: d.DataKeys | None) -> None:
        self.formal_bytes = formal_bytes
        self.formal = formal
        self.id = formal.session.id
        self.rooms = {room.id: room for room in formal.rooms}
        self.session_bytes: bytes | None = None
        self.session_version = 0
        self._keys = keys
        self._paper_keys: dict[str, bytes] | None = None

    @property
    def data_keys(self) -> d.DataKeys:
        """The data keys; raises `Unavailable` when the site was opened without its dongle."""
        if self._keys is None:
            raise Unavailable("the dongle is not open", "no_dongle")
        return self._keys

    @property
    def released(self) -> bool:
        """Whether the session authorisation is here."""
        return self.session_bytes is not None

    def tickets(self, room: str) -> frozenset[str]:
        """The candidates placed in a room."""
        return frozenset(place.ticket for place in self.formal.places if place.room == room)

    def keys_for(self, room: str) -> dict[str, bytes]:
        """Paper keys of the forms used in a room; raises `Refused` (`no_session_authorisation`)."""
        if self._paper_keys is None:
            raise Refused(f"the session authorisation of {self.id} is not here", "no_session_authorisation")
        used = {place.form for place in self.formal.places if place.room == room}
        return {form: key for form, key in self._paper_keys.items() if form in used}

    def release(self, data: bytes, authorisation: d.SessionAuthorisation, keys: dict[str, bytes] | None) -> None:
        """Holds a trusted session authorisation and the paper keys the dongle opened from it."""
        self.session_bytes = data
        self.session_version = authorisation.version
        self._paper_keys = keys


class Authorisations:
    """All sessions trusted by this site, read from its store at start; the dongle opens their keys then."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.sessions: dict[str, Authorised] = {}
        if site.platform_trust is None:
            return
        for name, data in site.store.facts("formal/").items():
            one = self._formal(data, 0, None)
            held = site.store.fact("session/" + name.removeprefix("formal/"))
            if held is not None:
                one.release(held, *self._session(held, one, 0, None))
            self.sessions[one.id] = one

    def get(self, session: str) -> Authorised:
        """A trusted session; raises `Refused` (`unknown_session`)."""
        found = self.sessions.get(session)
        if found is None:
            raise Refused(f"no formal authorisation of session {session!r} is here", "unknown_session")
        return found

    async def load(self, formal: bytes | None, package: bytes | None, session: bytes | None) -> list[str]:
        """Takes documents of one session in, all or nothing; the types that are new are returned.

        Raises:
            Untrusted: a document failed its check; nothing changed.
            Refused: a part that is needed is missing (`no_formal`, `no_package`); nothing changed.
        """
        one, made, facts = self._check_formal(formal, session)
        forms = self._site.platform.package(package, one.formal) if package is not None else {}
        missing = [paper.sha256 for paper in one.formal.papers if paper.form not in forms]
        if not await asyncio.to_thread(papers.all_whole, self._site.folder, missing):
            raise Refused(f"the paper package of session {one.id} is missing", "no_package")
        released = None
        if session is not None and session != one.session_bytes:
            authorisation, keys = self._session(session, one, one.session_version, self._site.now())
            released = (session, authorisation, keys)
            digest = crypto.sha256(session)
            made.append(records.AuthorisationLoaded(d.SESSION, one.id, authorisation.version, digest))
            facts[f"session/{one.id}"] = session
        await asyncio.to_thread(papers.keep, self._site.folder, forms)
        if made:
            await self._site.write(*made, facts=facts)
        if released is not None:
            one.release(*released)
        self.sessions[one.id] = one
        return [record.type for record in made]

    def _check_formal(
        self, formal: bytes | None, session: bytes | None
    ) -> tuple[Authorised, list[records.AuthorisationLoaded], dict[str, bytes | None]]:
        if formal is None:
            if session is None:
                raise Refused("there is no authorisation to load", "no_formal")
            claimed = trust.peek(session, d.SESSION, d.SessionAuthorisation)
            if claimed.session not in self.sessions:
                raise Refused(f"the formal authorisation of session {claimed.session!r} is missing", "no_formal")
            return self.sessions[claimed.session], [], {}
        held = self.sessions.get(trust.peek(formal, d.FORMAL, d.FormalAuthorisation).session.id)
        if held is not None and held.formal_bytes == formal:
            return held, [], {}
        one = self._formal(formal, held.formal.version if held else 0, self._site.now())
        if held is not None and held.formal.version == one.formal.version:
            raise WrongBinding(f"version {one.formal.version} of {one.id} is here with other content", "older_version")
        made = records.AuthorisationLoaded(d.FORMAL, one.id, one.formal.version, crypto.sha256(formal))
        one.session_version = held.session_version if held else 0
        return one, [made], {f"formal/{one.id}": formal, f"session/{one.id}": None}

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

    def _session(
        self, data: bytes, one: Authorised, known: int, now: int | None
    ) -> tuple[d.SessionAuthorisation, dict[str, bytes] | None]:
        site = self._site
        found = site.platform.session(data, one.formal_bytes, known, now)
        if not site.open_for_work:
            return found, None
        info = d.wrap_info(d.SESSION, site.id, one.id, found.version)
        return found, trust.open_paper_keys(site.keys.dongle.unwrap(found.keys, info), one.formal)


async def load_folder(held: Authorisations, folder: Path) -> list[str]:
    """Loads `formal.kdd`, `papers.kdp` and `session.kdd`, as many as are there, from a stick or disc."""
    paths = {name: folder / name for name in (FORMAL_FILE, PAPERS_FILE, SESSION_FILE)}
    if not any(path.exists() for path in paths.values()):
        raise Unavailable(f"{folder} holds none of {', '.join(paths)}", "no_file")
    most = {PAPERS_FILE: limits.PACKAGE_BYTES}
    found = {
        name: await asyncio.to_thread(read_limited, path, most.get(name, limits.DOCUMENT_BYTES))
        for name, path in paths.items()
        if path.exists()
    }
    return await held.load(found.get(FORMAL_FILE), found.get(PAPERS_FILE), found.get(SESSION_FILE))


async def load_online(held: Authorisations, site: Site) -> list[str]:
    """Fetches what the platform has for this site and loads it session by session; later parts may not be due yet."""
    if site.welcome is None:
        raise Unavailable("the platform's welcome is not here", "not_joined")
    done: list[str] = []
    async with Platform(site.welcome) as platform:
        listed = await platform.documents()
        for session in sorted({one.session for one in listed}):
            found: dict[str, bytes] = {}
            newest = {one.type: one for one in sorted(listed, key=lambda one: one.version) if one.session == session}
            for type_, one in newest.items():
                try:
                    found[type_] = await platform.document(one.sha256, one.size)
                except Refused as error:
                    if type_ != d.SESSION or error.wire_code != "too_early":
                        raise
            done += await held.load(found.get(d.FORMAL), found.get(d.PACKAGE), found.get(d.SESSION))
    return done
