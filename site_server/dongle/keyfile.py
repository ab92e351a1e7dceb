"""The soft dongle: two keys in a file, sealed under a passphrase (Argon2id, AES-256-GCM), meant for a USB stick.

Every try is counted durably before the passphrase is checked, and `limits.DONGLE_TRIES` wrong ones in a row lock
the file. Counter and mark stand in the file itself: whoever copies the file first has both as they were, so they
stop a person at this machine and nobody else. Against a stolen copy only the passphrase's strength helps. A hardware
token has no such gap.
"""

import threading
from pathlib import Path

import msgspec

from shared import codec, crypto, limits
from shared import documents as d
from shared.errors import BadSignature, KaodianError, Malformed, Refused, Unavailable
from shared.io.files import read_limited, write_durably
from shared.ledger import START
from site_server.dongle import mark

MAGIC = "kaodian-dongle-1"


class Secrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the passphrase opens: the P-256 key that others wrap to (PKCS#8) and the Ed25519 seed that signs."""

    wrap: bytes
    sign: bytes


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. `tries` counts wrong passphrases since the last right one; `sealed` holds `Secrets`, bound to `keys`;
    `mark` is the signed mark.
    """

    magic: str
    salt: bytes
    keys: d.DongleKeys
    sealed: bytes
    tries: int
    mark: bytes


class KeyFileDongle:
    """An opened key file; the private keys are in memory until `close`."""

    def __init__(self, path: Path, held: KeyFile, secrets: Secrets) -> None:
        self._path = path
        self._held = held
        self._secrets: Secrets | None = secrets
        self.keys = held.keys
        # Looking is another thread's work than writing the mark: between file and memory they must not differ for it.
        self._one = threading.RLock()

    @property
    def public(self) -> crypto.PublicKey:
        """The signing key."""
        return self.keys.sign

    def sign(self, data: bytes) -> bytes:
        """64 bytes, Ed25519."""
        return crypto.Ed25519Signer(self._opened().sign).sign(data)

    def unwrap(self, sealed: bytes, info: str) -> bytes:
        """See `site_server.dongle.port.Dongle.unwrap`."""
        return crypto.unwrap(self._opened().wrap, sealed, info)

    def read_mark(self) -> d.Mark:
        """See `site_server.dongle.port.Dongle.read_mark`."""
        self._opened()
        return mark.read(_read(self._path).mark, self.public)

    def write_mark(self, new: d.Mark) -> None:
        """See `site_server.dongle.port.Dongle.write_mark`."""
        with self._one:
            if not self.alive():
                raise Unavailable(f"{self._path} is gone or another one", "dongle_gone")
            held = msgspec.structs.replace(self._held, mark=mark.seal(self, new))
            try:
                write_durably(self._path, codec.encode(held))
            except OSError as error:
                raise Unavailable(f"{self._path}: {error.strerror}", "dongle_gone") from error
            self._held = held

    def alive(self) -> bool:
        """Whether the file is there and still the one that was opened, its mark the one written last."""
        if self._secrets is None:
            return False
        with self._one:
            try:
                found = _read(self._path)
            except KaodianError:
                return False
            return msgspec.structs.replace(found, tries=self._held.tries) == self._held

    def close(self) -> None:
        """Forgets the keys."""
        self._secrets = None

    def _opened(self) -> Secrets:
        if self._secrets is None:
            raise Unavailable("the dongle was closed", "dongle_gone")
        return self._secrets


def create(path: Path, passphrase: str, site: str) -> KeyFileDongle:
    """Makes a new key file for a site; raises `Refused` (`weak_passphrase`, `dongle_exists`)."""
    check_strength(passphrase, site)
    if path.exists():
        raise Refused(f"{path} holds a dongle already", "dongle_exists")
    pkcs8, point = crypto.new_p256()
    secrets, salt = Secrets(pkcs8, crypto.new_key()), crypto.random_bytes(16)
    signer = crypto.Ed25519Signer(secrets.sign)
    keys = d.DongleKeys(crypto.WrapKey(crypto.HPKE_P256, point), signer.public)
    sealed = crypto.seal(crypto.passphrase_key(passphrase, salt), codec.encode(secrets), codec.encode(keys))
    held = KeyFile(MAGIC, salt, keys, sealed, 0, mark.seal(signer, d.Mark(site, 0, START)))
    write_durably(path, codec.encode(held))
    return KeyFileDongle(path, held, secrets)


def check_strength(passphrase: str, site: str) -> None:
    """Refuses (`weak_passphrase`) what a stolen file would not withstand: short, digits alone, few different
    characters, or little more than the site's id.
    """
    rest = passphrase.casefold().replace(site.casefold(), "")
    if len(rest) < limits.PASSPHRASE_CHARS:
        raise Refused(f"fewer than {limits.PASSPHRASE_CHARS} characters beside the site's id", "weak_passphrase")
    if len(set(rest)) < limits.PASSPHRASE_DISTINCT:
        raise Refused(f"fewer than {limits.PASSPHRASE_DISTINCT} different characters", "weak_passphrase")
    if not any(letter.isalpha() for letter in rest) and len(rest) < limits.PASSPHRASE_DIGITS:
        raise Refused(f"no letters, and fewer than {limits.PASSPHRASE_DIGITS}", "weak_passphrase")


def unlock(path: Path, passphrase: str) -> KeyFileDongle:
    """Opens a key file.

    Raises:
        Unavailable: no such file (`no_dongle`).
        Malformed: not a key file.
        Refused: wrong passphrase (`wrong_passphrase`), or too many of them (`dongle_locked`).
    """
    held = _read(path)
    if held.tries >= limits.DONGLE_TRIES:
        raise Refused(f"{held.tries} wrong passphrases in a row", "dongle_locked")
    write_durably(path, codec.encode(msgspec.structs.replace(held, tries=held.tries + 1)))
    try:
        plain = crypto.unseal(crypto.passphrase_key(passphrase, held.salt), held.sealed, codec.encode(held.keys))
    except BadSignature as error:
        left = limits.DONGLE_TRIES - held.tries - 1
        raise Refused(f"the passphrase does not open the dongle, {left} tries left", "wrong_passphrase") from error
    held = msgspec.structs.replace(held, tries=0)
    write_durably(path, codec.encode(held))
    return KeyFileDongle(path, held, codec.decode(Secrets, plain, limits.KIB))


def _read(path: Path) -> KeyFile:
    try:
        held = codec.decode(KeyFile, read_limited(path), limits.DOCUMENT_BYTES)
    except Unavailable as error:
        raise Unavailable(error.detail, "no_dongle") from error
    if held.magic != MAGIC:
        raise Malformed(f"{path} is no dongle's key file")
    return held
