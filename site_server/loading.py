"""Where documents come from: a folder of a stick or disc, or the platform; both give the same bytes to the same checks.

Files are known by what they say they are, not by their names: `*.kdd` are signed documents, `*.kdp` paper packages. Of
several of one type and session the newest by its own word counts. Checks nothing itself: `authorisation` does.
"""

import asyncio
from pathlib import Path

from shared import documents as d
from shared import limits, signed, trust
from shared.errors import Malformed, Refused, Unavailable
from shared.io.files import read_limited
from shared.package import split_package
from site_server import timefile
from site_server.authorisation import BESIDE, Authorisations, Parts, claimed_session
from site_server.platform import Platform
from site_server.site import Site

FILES_MOST = 200
ELSEWHERE = frozenset({d.ISSUER, d.REGISTRATION, d.WELCOME, d.SITE_FILE, d.UPLOAD_RECEIPT})
"""Documents that other commands read; they may lie beside."""

Sessions = dict[str, dict[str, bytes]]
"""Session -> type -> bytes."""


async def load_folder(held: Authorisations, site: Site, folder: Path) -> list[str]:
    """Loads what a stick or disc holds, all or nothing; the types that are new are returned.

    Raises:
        Unavailable: nothing to load lies there (`no_file`).
        Untrusted, Refused: a file cannot be taken in; nothing changed.
    """
    sessions, time_files = await asyncio.to_thread(_read, folder)
    if not sessions and not time_files:
        raise Unavailable(f"{folder} holds no documents to load", "no_file")
    checked = [timefile.check(site, data) for data in time_files]
    done = await held.take(*(parts_of(found) for found in sessions.values()))
    for data, found in zip(time_files, checked, strict=True):
        done += [d.TIME_FILE] if await timefile.take(site, data, found) else []
    return done


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
            done += await held.take(parts_of(found))
    return done


def parts_of(found: dict[str, bytes]) -> Parts:
    """One session's documents by type, sorted into parts."""
    return Parts(found.get(d.FORMAL), found.get(d.PACKAGE), {t: found[t] for t in BESIDE if t in found})


def _read(folder: Path) -> tuple[Sessions, list[bytes]]:
    """The newest documents of each session in a folder, and its time files."""
    sessions: Sessions = {}
    time_files: list[bytes] = []
    versions: dict[tuple[str, str], int] = {}
    for path in _files(folder):
        package = path.suffix.lower() == ".kdp"
        data = read_limited(path, limits.PACKAGE_BYTES if package else limits.DOCUMENT_BYTES)
        try:
            type_, session, version = _of_package(data) if package else _of_document(data)
        except Malformed as error:
            raise Malformed(f"{path.name}: {error.detail}", error.wire_code) from error
        if type_ == d.TIME_FILE:
            time_files.append(data)
        elif type_ and version >= versions.get((session, type_), 0):
            versions[session, type_] = version
            sessions.setdefault(session, {})[type_] = data
    return sessions, time_files


def _files(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in (".kdd", ".kdp") and path.is_file())
    if len(found) > FILES_MOST:
        raise Malformed(f"{folder} holds more than {FILES_MOST} files", "too_large")
    return found


def _of_document(data: bytes) -> tuple[str, str, int]:
    """Type, session and version a document claims; an empty type for one that others read."""
    type_ = signed.open_envelope(data).type
    if type_ in ELSEWHERE:
        return "", "", 0
    if type_ == d.TIME_FILE:
        return type_, "", 0
    if type_ not in (d.FORMAL, *BESIDE):
        raise Malformed(f"a document of type {type_[:80]!r} is not for loading", "wrong_type")
    return type_, claimed_session(data, type_), claimed_version(data, type_)


def claimed_version(data: bytes, type_: str) -> int:
    """The version a document claims to be."""
    kinds: dict[str, type[d.FormalAuthorisation | d.SessionAuthorisation | d.SpareAuthorisation | d.SessionChanges]]
    kinds = {
        d.FORMAL: d.FormalAuthorisation,
        d.SESSION: d.SessionAuthorisation,
        d.SPARE: d.SpareAuthorisation,
        d.CHANGES: d.SessionChanges,
    }
    return trust.peek(data, type_, kinds[type_]).version


def _of_package(data: bytes) -> tuple[str, str, int]:
    manifest = trust.peek(split_package(data)[0], d.PACKAGE, d.PackageManifest)
    return d.PACKAGE, manifest.session, manifest.version
