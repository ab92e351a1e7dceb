"""The site file on the stick."""

from pathlib import Path

import pytest

from candidate_client.site import read_site_file, room_address
from shared import crypto, signed
from shared import documents as d
from shared.errors import BadSignature, Malformed, Refused, Unavailable
from shared.io import tls


def stick(folder: Path, other_key: bool = False) -> Path:
    """A site file, signed by its CA or by somebody else."""
    key, certificate = tls.make_ca("site s1")
    if other_key:
        key, _ = tls.make_ca("site s2")
    root = crypto.Ed25519Signer(crypto.new_key()).public
    rooms = {"01": d.RoomAddress("10.0.0.1", 8442)}
    payload = d.SiteFile("s1", "考点", certificate, root, b"", "10.0.0.9", 8441, rooms)
    path = folder / "site.kdd"
    path.write_bytes(signed.sign(crypto.EcdsaSigner(key), d.SITE_FILE, payload))
    return path


def test_names_the_room(tmp_path: Path) -> None:
    site = read_site_file(stick(tmp_path))
    address = room_address(site, "01", "10.0.0.77")
    assert (address.host, address.port, address.name, address.local) == ("10.0.0.1", 8442, "room-01", "10.0.0.77")
    with pytest.raises(Refused, match="unknown_room"):
        room_address(site, "02")


def test_a_changed_or_missing_file_is_not_taken(tmp_path: Path) -> None:
    path = stick(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Malformed):
        read_site_file(path)
    with pytest.raises(BadSignature):
        read_site_file(stick(tmp_path, other_key=True))
    with pytest.raises(Unavailable, match="no_site_file"):
        read_site_file(tmp_path / "none.kdd")
