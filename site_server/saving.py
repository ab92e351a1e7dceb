"""数据备份: the site's data saved to another disk while it runs, so that a destroyed machine can be rebuilt from it.

    save.kdd        what the save consists of, signed (`shared.documents.SiteSave`)
    data-<n>/       settings, certificates, wrapped keys and `site.db`
    papers/         sealed paper forms by SHA-256, shared by all saves

A save is written beside the one before it, forced to the medium and read back; only then `save.kdd` names it and the
former one goes. The dongle never is in a save, nor any key that is not wrapped to it. Does not rebuild: `rebuilding`
does. Result bundles are not saved: they are made again, or backed up by their own command.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from shared import documents as d
from shared import limits, signed, trust
from shared.errors import Damaged, KaodianError, Refused, Unavailable
from shared.io.files import forget_cached, make_folder, put_in_place, read_limited, sync_file, write_durably
from shared.io.store import Store
from shared.ledger import START, Point
from site_server.folder import Folder
from site_server.granting import grants
from site_server.site import Site

MANIFEST = "save.kdd"
DATABASE = "site.db"
PAPERS = "papers"
_DATA = re.compile(r"data-([0-9]{1,9})")


def save(site: Site, to: Path) -> d.SiteSave:
    """Saves the site's data to the folder `to`, in place of the save there; blocks.

    Raises:
        Unavailable: the disk is not there, full, or refuses (`save_failed`).
        Refused: a save of another site lies there (`save_exists`).
        Damaged: what was read back is not what was written (`save_damaged`).

    Whatever is raised, the save that lay there before is whole.
    """
    try:
        make_folder(to, 0o700)
        former = _former(to, site.id)
        number = max([former.number if former else 0, *_numbers(to)]) + 1
        data = to / f"data-{number}"
        try:
            made = _made(site, to, data, number)
            write_durably(to / MANIFEST, signed.sign(site.keys.signer, d.SAVE, made))
        except BaseException:
            shutil.rmtree(data, ignore_errors=True)
            raise
        for old in set(_numbers(to)) - {number}:
            shutil.rmtree(to / f"data-{old}", ignore_errors=True)
    except OSError as error:
        raise Unavailable(f"{to}: {error.strerror}", "save_failed") from error
    return made


def read(folder: Path) -> tuple[d.SiteSave, bytes]:
    """The save in a folder as it claims to be, and its signed bytes.

    Raises:
        Unavailable: none lies there (`no_save`).
        Malformed: it is none.
    """
    try:
        data = read_limited(folder / MANIFEST)
    except Unavailable as error:
        raise Unavailable(error.detail, "no_save") from error
    return trust.peek(data, d.SAVE, d.SiteSave), data


def hashed(path: Path) -> tuple[int, bytes]:
    """Size and SHA-256 of a file."""
    with path.open("rb") as source:
        return path.stat().st_size, hashlib.file_digest(source, "sha256").digest()


def copy_file(source: Path, target: Path) -> None:
    """Copies a file durably; whoever looks finds it whole or not at all."""
    temporary = target.with_name(target.name + ".part")
    with source.open("rb") as found, temporary.open("wb") as out:
        temporary.chmod(0o600)
        shutil.copyfileobj(found, out, limits.MIB)
        sync_file(out)
    put_in_place(temporary, target)


def _former(to: Path, site: str) -> d.SiteSave | None:
    """The save that lies there, if it can be read."""
    try:
        found, _ = read(to)
    except KaodianError:
        return None
    if found.site != site:
        raise Refused(f"{to} holds a save of site {found.site[:80]!r}", "save_exists")
    return found


def _numbers(to: Path) -> list[int]:
    found = (_DATA.fullmatch(path.name) for path in to.iterdir())
    return [int(one[1]) for one in found if one]


def _made(site: Site, to: Path, data: Path, number: int) -> d.SiteSave:
    make_folder(data, 0o700)
    site.store.copy_to(data / DATABASE)
    point = _checked(data / DATABASE, site)
    with (data / DATABASE).open("rb+") as out:
        sync_file(out)
    for path in _small(site.folder):
        copy_file(path, data / path.name)
    files = [*sorted(data.iterdir()), *_papers(site.folder, to / PAPERS)]
    named = []
    for path in files:
        forget_cached(path)
        size, digest = hashed(path)
        named.append(d.SavedFile(str(path.relative_to(to)), size, digest))
        paper = path.parent.name == PAPERS
        # A paper's name is its digest; the database was read as a whole.
        due = path.name if paper else digest.hex() if path.name == DATABASE else _digest_of(site.folder, path.name)
        if digest.hex() != due:
            path.unlink()
            raise Damaged(f"{path} reads back as something else", "save_damaged")
    _, grant = grants(site, site.stream)[-1]
    return d.SiteSave(site.id, number, site.stamp(), point, grant, tuple(named))


def _checked(path: Path, site: Site) -> Point:
    """Where the site stream ends in a copied database that was read as a whole."""
    try:
        copy = Store(path)
    except Unavailable as error:
        raise Unavailable(error.detail, "save_failed") from error
    try:
        copy.check_brought()
        return copy.points(site.stream).get(site.stream, (START,))[-1]
    except Damaged as error:
        raise Damaged(f"{path}: {error.detail}", "save_damaged") from error
    finally:
        copy.close()


def _digest_of(folder: Folder, name: str) -> str:
    return hashed(folder.path / name)[1].hex()


def _small(folder: Folder) -> Iterator[Path]:
    """Everything but database, papers, the dongle and the TLS key, which rebuilding makes anew."""
    yield from (folder.path / "settings.json", folder.ca_certificate, folder.registration)
    yield from (folder.wrapped(name) for name in ("ca", "site", "stream"))
    yield from (path for path in (folder.platform_stream_key, folder.welcome) if path.exists())


def _papers(folder: Folder, to: Path) -> Iterator[Path]:
    """The sealed papers in the save; only those that are not there yet are copied."""
    make_folder(to, 0o700)
    for path in sorted(folder.papers.iterdir()) if folder.papers.is_dir() else ():
        if re.fullmatch(r"[0-9a-f]{64}", path.name):
            kept = to / path.name
            if not kept.exists() or kept.stat().st_size != path.stat().st_size:
                copy_file(path, kept)
            yield kept
