"""The platform's data folder: settings, keys, database, and the content-addressed files beside it.

`platform.json` names the public URL and, where it is not the SQLite file of the folder, the database's URL. Does
not know what the files mean.
"""

import os
from pathlib import Path

import msgspec

from central_platform import keys as keyring
from central_platform import tables_bank, tables_exchange, tables_heads, tables_plan, tables_results, tables_roster
from central_platform.tables import Database, open_database
from shared import codec, crypto, limits
from shared.errors import Refused, Unavailable

TABLES = (tables_bank, tables_exchange, tables_heads, tables_plan, tables_results, tables_roster)
"""Modules whose tables must be known before the database is opened."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`platform.json`. `url` is what sites are told; `database` an SQLAlchemy URL or empty for SQLite in the folder."""

    url: str
    database: str = ""


class Home:
    """One data folder of a platform that was set up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            text = (folder / "platform.json").read_bytes()
        except FileNotFoundError as error:
            raise Unavailable(f"{folder} is no platform's folder; set it up with init", "not_set_up") from error
        self.settings = codec.decode_json(Settings, text, 16 * limits.KIB)
        self.keys = keyring.load(folder / "keys")

    def database(self) -> Database:
        """Opens the database; close it after use."""
        if self.settings.database:
            return open_database(self.settings.database)
        path = self.folder / "platform.db"
        database = open_database(path)
        path.chmod(0o600)
        return database

    @property
    def uploads(self) -> Path:
        """The folder of uploaded bundles."""
        return self.folder / "uploads"

    def document_path(self, sha256: str) -> Path:
        """Where the document of that digest (hex) lies."""
        return self.folder / "documents" / sha256

    def keep_document(self, data: bytes) -> str:
        """Keeps a document's bytes durably under its digest; returns the digest in hex."""
        name = crypto.sha256(data).hex()
        write_durably(self.document_path(name), data)
        return name


def set_up(folder: Path, url: str, database: str, now: int) -> Home:
    """Makes a new platform; raises `Refused` (`already_set_up`) where there is one."""
    if (folder / "platform.json").exists():
        raise Refused(f"{folder} holds a platform already; it is kept as it is", "already_set_up")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keyring.create(folder / "keys", now)
    for name in ("documents", "uploads"):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    write_durably(folder / "platform.json", codec.encode_json(Settings(url, database)))
    home = Home(folder)
    home.database().close()
    return home


def write_durably(path: Path, data: bytes) -> None:
    """Writes a whole file or none of it: beside it, flushed, then renamed into place."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    keyring.write_private(beside, data)
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
