"""Opens or makes the dongle that the settings name, whichever kind it is."""

from pathlib import Path

from site_server.dongle import keyfile, pkcs11
from site_server.dongle.place import KeyFilePlace, Place
from site_server.dongle.port import Dongle
from site_server.folder import Folder


def unlock(place: Place, folder: Folder, site: str, secret: str) -> Dongle:
    """The opened dongle of `site`; `secret` is its passphrase or PIN. Raises like `keyfile.unlock` and
    `pkcs11.unlock`.
    """
    if isinstance(place, KeyFilePlace):
        return keyfile.unlock(path_of(place, folder), secret)
    return pkcs11.unlock(place, site, secret)


def create(place: Place, folder: Folder, site: str, secret: str) -> Dongle:
    """A new dongle for `site`; raises like `keyfile.create` and `pkcs11.create`."""
    if isinstance(place, KeyFilePlace):
        return keyfile.create(path_of(place, folder), secret, site)
    return pkcs11.create(place, site, secret)


def path_of(place: KeyFilePlace, folder: Folder) -> Path:
    """The key file's path."""
    return Path(place.path) if place.path else folder.dongle
