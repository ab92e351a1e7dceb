"""A destroyed site machine made again from a save: every file checked, then put in place, `settings.json` last.

The dongle must be the site's own, and the save signed by a key that this dongle granted. The service's TLS key is made
anew. What follows is not done here: two people override (`restoring`), then rooms hand back what happened since
(`returning`) and fill the copies by position.
"""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from shared import codec, crypto, limits, signed, trust
from shared import documents as d
from shared.errors import Damaged, KaodianError, Malformed, Refused
from shared.io import tls
from shared.io.files import make_folder, read_limited
from shared.io.store import Batch, Store
from shared.ledger import site_stream
from site_server.dongle import opening
from site_server.dongle.place import Place
from site_server.dongle.port import Dongle
from site_server.folder import Folder, Settings
from site_server.keys import info
from site_server.saving import DATABASE, PAPERS, copy_file, hashed, read
from site_server.site import REBUILT

_NAME = re.compile(
    r"papers/[0-9a-f]{64}|data-[0-9]{1,9}/(settings\.json|ca\.crt|registration\.kdd|welcome\.kdd|site\.db|"
    r"(ca|site|stream)\.key\.wrapped|stream\.key\.platform)"
)


def rebuild(folder: Folder, save: Path, place: Place, secret: Callable[[], str]) -> d.SiteSave:
    """Rebuilds the site of `save` in `folder`; `place` is where its dongle is, `secret` gives the passphrase or PIN.

    Raises:
        Refused: a site is here already (`exists`), or the save is another dongle's (`other_dongle`); or as the dongle.
        Unavailable: no save, or no dongle.
        Damaged: a file of the save is missing or not what was saved (`save_damaged`).

    Whatever is raised, the folder holds no site, and the save is as it was.
    """
    if folder.made:
        raise Refused(f"{folder.path} holds a site already", "exists")
    claimed, _ = read(save)
    with folder.lock():
        dongle = opening.unlock(place, folder, claimed.site, secret())
        try:
            found = _verified(save, dongle)
            check_files(save, found)
            _put(folder, save, found)
            _renew_tls(folder, dongle, found.site)
        finally:
            dongle.close()
        _mark_rebuilt(folder, found)
        folder.write_settings(msgspec.structs.replace(_settings(save, found), dongle=place))
    return found


def _verified(save: Path, dongle: Dongle) -> d.SiteSave:
    """The save, signed by a key that this dongle granted to its site."""
    claimed, data = read(save)
    mark = dongle.read_mark()
    if mark.site != claimed.site:
        raise Refused(
            f"the dongle belongs to site {mark.site[:80]!r}, the save to {claimed.site[:80]!r}", "other_dongle"
        )
    try:
        key = trust.grant(claimed.grant, dongle.keys.sign, site_stream(claimed.site)).key
        return signed.verify(data, d.SAVE, key, d.SiteSave)
    except KaodianError as error:
        raise Damaged(f"{save}: not signed by the site of this dongle: {error.detail}", "save_damaged") from error


def _settings(save: Path, found: d.SiteSave) -> Settings:
    name = next((one.name for one in found.files if one.name.endswith("/settings.json")), "")
    return codec.decode_json(Settings, read_limited(_inside(save, name)), limits.FRAME_BYTES)


def check_files(save: Path, found: d.SiteSave) -> None:
    """Raises `Damaged` (`save_damaged`) unless every file named is there as it was saved, `Malformed` for a name that
    no save has.
    """
    for one in found.files:
        path = _inside(save, one.name)
        if not path.is_file() or hashed(path) != (one.size, one.sha256):
            raise Damaged(f"{path} is missing or not what was saved", "save_damaged")


def _put(folder: Folder, save: Path, found: d.SiteSave) -> None:
    for one in found.files:
        source = _inside(save, one.name)
        if source.name != "settings.json":
            target = folder.papers if source.parent.name == PAPERS else folder.path
            make_folder(target, 0o700)
            copy_file(source, target / source.name)
            if hashed(target / source.name) != (one.size, one.sha256):
                raise Damaged(f"{target / source.name} reads back as something else", "save_damaged")


def _renew_tls(folder: Folder, dongle: Dongle, site: str) -> None:
    ca_key = dongle.unwrap(read_limited(folder.wrapped("ca")), info("ca", site))
    tls_key, point = crypto.new_p256()
    certificate = tls.issue(ca_key, read_limited(folder.ca_certificate), "site", point)
    tls.write_identity(folder.tls, tls_key, certificate)


def _mark_rebuilt(folder: Folder, found: d.SiteSave) -> None:
    """From here on the folder is not worked with until two people have said so: what came after the save is unknown."""
    store = Store(folder.path / DATABASE)
    try:
        store.check_brought()
        store.submit(Batch(facts={REBUILT: codec.encode(found.made)})).result()
    finally:
        store.close()


def _inside(save: Path, name: str) -> Path:
    """The path of a file that a save names; raises `Malformed` for one that lies elsewhere."""
    if not _NAME.fullmatch(name):
        raise Malformed(f"{name[:80]!r} is no file of a save")
    return save / name
