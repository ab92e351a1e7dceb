"""The site's data folder: its files by name, durable writing, and the lock that keeps it to one writer.

    settings.json       site id, name, host, port and where the dongle is (`Settings`)
    dongle.kdk          the soft dongle (`site_server.dongle.keyfile`), unless it has a path of its own
    ca.crt              the site CA's certificate
    {ca,site,stream}.key.wrapped    the keys of CA, heads and site stream, wrapped to the dongle
    stream.key.platform     the stream's key wrapped to the platform, from `join` on
    tls/                the TLS identity of the service
    registration.kdd  welcome.kdd
    site.db             ledger, copies and facts
    papers/  bundles/   sealed paper forms by SHA-256; result bundles by session

Does not know what the files mean and opens no keys.
"""

import fcntl
import re
from pathlib import Path
from typing import IO

import msgspec

from shared import codec, limits
from shared.errors import Malformed, Refused, Unavailable
from shared.io.files import make_folder, write_durably
from site_server.dongle.place import KeyFilePlace, Place

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `init` was told; host and port are where rooms find the service."""

    site: str
    name: str
    host: str
    port: int
    dongle: Place = KeyFilePlace()
    saves: str = ""
    """The folder that the running service saves the site's data to; empty: none."""


class Folder:
    """Paths below one data folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.dongle = path / "dongle.kdk"
        self.ca_certificate = path / "ca.crt"
        self.tls = path / "tls"
        self.welcome = path / "welcome.kdd"
        self.registration = path / "registration.kdd"
        self.database = path / "site.db"
        self.papers = path / "papers"
        self.bundles = path / "bundles"
        self.socket = path / "control.sock"

    def wrapped(self, name: str) -> Path:
        """A key wrapped to the dongle: `ca`, `site` or `stream`."""
        return self.path / f"{name}.key.wrapped"

    @property
    def platform_stream_key(self) -> Path:
        """The site stream's key wrapped to the platform."""
        return self.path / "stream.key.platform"

    @property
    def made(self) -> bool:
        """Whether `init` was done here."""
        return (self.path / "settings.json").exists()

    def settings(self) -> Settings:
        """What `init` wrote; raises `Unavailable` (`not_initialised`) before it."""
        if not self.made:
            raise Unavailable(f"{self.path} is no site's data folder", "not_initialised")
        return codec.decode_json(Settings, (self.path / "settings.json").read_bytes(), limits.FRAME_BYTES)

    def write_settings(self, settings: Settings) -> None:
        """Written last by `init`: from here on the folder is a site's."""
        write_durably(self.path / "settings.json", codec.encode_json(settings))

    def lock(self) -> IO[bytes]:
        """Holds the folder until the returned file is closed; raises `Refused` (`in_use`) if another process does."""
        make_folder(self.path, 0o700)
        held = (self.path / "lock").open("wb")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            held.close()
            raise Refused(f"another program works in {self.path}", "in_use") from error
        return held


def check_id(text: str, what: str) -> str:
    """`text` if it can be an id (and a file name): letters, digits, dot, dash, underscore; raises `Malformed`."""
    if not _ID.fullmatch(text):
        raise Malformed(f"{what} {text[:80]!r} is not 1 to 64 letters, digits, dots, dashes or underscores", "bad_id")
    return text
