"""The platform's keys: root, issuing key, HPKE seal key, TLS identity, and the secret behind the sites' tokens.

Every private file is readable by its owner only. The root signs the issuing certificate once, in `create`, and is
read by nothing else: its file belongs on a medium of its own afterwards. Does not hold session or paper keys: the
database does.
"""

import os
from pathlib import Path

import msgspec

from shared import codec, crypto, limits, signed
from shared import documents as d
from shared.errors import Refused, Unavailable
from shared.io import tls

DAY = 24 * 60 * limits.MINUTE
ISSUER_FOR = 366 * DAY


class PublicFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`root.pub.json`: the root's public key, `raw` in hex."""

    alg: str
    raw: str


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What a running platform holds. `issuer` is the signed issuing certificate, `seal_private` PKCS#8 DER."""

    root: crypto.PublicKey
    issuing: crypto.Ed25519Signer
    issuer: bytes
    seal_private: bytes
    seal_public: crypto.WrapKey
    tls_folder: Path
    tls_certificate: bytes
    token_secret: bytes

    def site_token(self, site: str, ca_certificate: bytes) -> str:
        """The bearer token of a registered site: the same for the same site and CA, so nothing secret is stored."""
        label = f"kaodian/site-token/{site}/{crypto.sha256(ca_certificate).hex()}"
        return crypto.derive(self.token_secret, label).hex()


def create(folder: Path, now: int) -> None:
    """Makes all keys in a new folder; the issuing certificate begins at `now` and lasts a year.

    Raises:
        Refused: the folder has keys already (`already_set_up`); nothing is changed.
    """
    if folder.exists():
        raise Refused(f"{folder} exists already; its keys are kept as they are", "already_set_up")
    folder.mkdir(parents=True, mode=0o700)
    root, issuing = crypto.Ed25519Signer(crypto.new_key()), crypto.Ed25519Signer(crypto.new_key())
    issuer = d.Issuer(issuing.public, now - DAY, now + ISSUER_FOR)
    seal_private, seal_public = crypto.new_p256()
    write_private(folder / "root.key", root.seed)
    write_private(folder / "issuing.key", issuing.seed)
    write_private(folder / "token.key", crypto.new_key())
    write_private(folder / "seal.key", seal_private)
    (folder / "seal.pub").write_bytes(seal_public)
    (folder / "issuer.kdd").write_bytes(signed.sign(root, d.ISSUER, issuer))
    (folder / "root.pub.json").write_bytes(root_file(root.public))
    key, certificate = tls.self_signed("platform")
    tls.write_identity(folder, key, certificate)
    (folder / "tls.der").write_bytes(certificate)


def load(folder: Path) -> Keys:
    """The keys made by `create`; the root's private key is not touched.

    Raises:
        Unavailable: a file is missing (`not_set_up`).
        Malformed: a file is not what it should be.
    """
    try:
        public = codec.decode_json(PublicFile, (folder / "root.pub.json").read_bytes(), limits.KIB)
        return Keys(
            root=crypto.PublicKey(crypto.ED25519, bytes.fromhex(public.raw)),
            issuing=crypto.Ed25519Signer((folder / "issuing.key").read_bytes()),
            issuer=(folder / "issuer.kdd").read_bytes(),
            seal_private=(folder / "seal.key").read_bytes(),
            seal_public=crypto.WrapKey(crypto.HPKE_P256, (folder / "seal.pub").read_bytes()),
            tls_folder=folder,
            tls_certificate=(folder / "tls.der").read_bytes(),
            token_secret=(folder / "token.key").read_bytes(),
        )
    except FileNotFoundError as error:
        raise Unavailable(f"{error.filename} is missing; set the platform up with init", "not_set_up") from error


def root_file(key: crypto.PublicKey) -> bytes:
    """The bytes of `root.pub.json`."""
    return codec.encode_json(PublicFile(key.alg, key.raw.hex()))


def write_private(path: Path, data: bytes) -> None:
    """Writes a file that only its owner may read, and never one that others could read for a moment."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        os.fchmod(handle, 0o600)
        out.write(data)
        out.flush()
        os.fsync(handle)
