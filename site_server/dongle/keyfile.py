"""The soft dongle: a P-256 key in a file, sealed under a passphrase (Argon2id, AES-256-GCM), meant for a USB stick.

Every try is counted durably before the passphrase is checked, and `limits.DONGLE_TRIES` wrong ones in a row lock
the file. The counter stands in the file itself: whoever copies the file first has the counter as it was, so it
slows down a person at this machine and nobody else. Against a stolen copy only the passphrase's strength helps. A
hardware token has no such gap.
"""

from pathlib import Path

import msgspec

from shared import codec, crypto, limits
from shared.errors import BadSignature, Malformed, Refused, Unavailable
from site_server.folder import read_limited, write_durably

MAGIC = "kaodian-dongle-1"


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. `tries` counts wrong passphrases since the last right one; `sealed` is PKCS#8 sealed with `point`
    bound.
    """

    magic: str
    salt: bytes
    point: bytes
    sealed: bytes
    tries: int


class KeyFileDongle:
    """An opened key file; the private key is in memory until `close`."""

    def __init__(self, point: bytes, pkcs8: bytes) -> None:
        self._point = point
        self._pkcs8 = pkcs8

    @property
    def point(self) -> bytes:
        """The 65-byte public point."""
        return self._point

    def unwrap(self, sealed: bytes, info: str) -> bytes:
        """See `site_server.dongle.port.Dongle.unwrap`."""
        if not self._pkcs8:
            raise Unavailable("the dongle was removed", "no_dongle")
        return crypto.unwrap(self._pkcs8, sealed, info)

    def close(self) -> None:
        """Forgets the key."""
        self._pkcs8 = b""


def create(path: Path, passphrase: str) -> KeyFileDongle:
    """Makes a new key file; raises `Refused` (`weak_passphrase`, `dongle_exists`)."""
    if len(passphrase) < limits.PASSPHRASE_CHARS:
        raise Refused(f"the passphrase is shorter than {limits.PASSPHRASE_CHARS} characters", "weak_passphrase")
    if path.exists():
        raise Refused(f"{path} holds a dongle already", "dongle_exists")
    pkcs8, point = crypto.new_p256()
    salt = crypto.random_bytes(16)
    sealed = crypto.seal(crypto.passphrase_key(passphrase, salt), pkcs8, point)
    write_durably(path, codec.encode(KeyFile(MAGIC, salt, point, sealed, 0)))
    return KeyFileDongle(point, pkcs8)


def unlock(path: Path, passphrase: str) -> KeyFileDongle:
    """Opens a key file.

    Raises:
        Unavailable: no such file (`no_file`).
        Malformed: not a key file.
        Refused: wrong passphrase (`wrong_passphrase`), or too many of them (`dongle_locked`).
    """
    held = codec.decode(KeyFile, read_limited(path), limits.DOCUMENT_BYTES)
    if held.magic != MAGIC:
        raise Malformed(f"{path} is no dongle's key file")
    if held.tries >= limits.DONGLE_TRIES:
        raise Refused(f"{held.tries} wrong passphrases in a row", "dongle_locked")
    write_durably(path, codec.encode(msgspec.structs.replace(held, tries=held.tries + 1)))
    try:
        pkcs8 = crypto.unseal(crypto.passphrase_key(passphrase, held.salt), held.sealed, held.point)
    except BadSignature as error:
        left = limits.DONGLE_TRIES - held.tries - 1
        raise Refused(f"the passphrase does not open the dongle, {left} tries left", "wrong_passphrase") from error
    write_durably(path, codec.encode(msgspec.structs.replace(held, tries=0)))
    return KeyFileDongle(held.point, pkcs8)
