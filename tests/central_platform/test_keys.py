"""The platform's keys: made once, private ones for the owner only."""

from pathlib import Path

import pytest

from central_platform import keys
from shared import crypto, signed
from shared import documents as d
from shared.errors import Refused, Unavailable

NOW = 1_800_000_000_000


def test_keys_are_made_once_and_fit_together(tmp_path: Path) -> None:
    keys.create(tmp_path / "keys", NOW)
    held = keys.load(tmp_path / "keys")
    issuer = signed.verify(held.issuer, d.ISSUER, held.root, d.Issuer)
    assert issuer.key == held.issuing.public
    assert issuer.not_before < NOW < issuer.not_after
    assert crypto.unwrap(held.seal_private, crypto.wrap(held.seal_public, b"x", "i"), "i") == b"x"
    with pytest.raises(Refused, match="already_set_up"):
        keys.create(tmp_path / "keys", NOW)
    assert keys.load(tmp_path / "keys").root == held.root


def test_a_platform_runs_without_its_root_key(tmp_path: Path) -> None:
    keys.create(tmp_path / "keys", NOW)
    (tmp_path / "keys" / "root.key").unlink()
    assert keys.load(tmp_path / "keys").issuing.public.alg == "ed25519"
    (tmp_path / "keys" / "issuing.key").unlink()
    with pytest.raises(Unavailable, match="not_set_up"):
        keys.load(tmp_path / "keys")


def test_a_private_file_is_closed_to_others_even_where_an_open_one_stood(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_bytes(b"old and longer")
    path.chmod(0o644)
    keys.write_private(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
