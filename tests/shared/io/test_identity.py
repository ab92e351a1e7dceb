"""A machine's folder: whose it is, what it trusts, and what is refused."""

from pathlib import Path

import pytest

from shared import crypto, signed
from shared import documents as d
from shared.errors import BadSignature, Malformed, Refused, Unavailable, WrongBinding
from shared.io import identity, tls
from shared.machines import Kind
from tests.support.machines import Population


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


def machines(room: str = "01") -> Population:
    """Machines of some CA: whose it is does not matter on their own disk."""
    return Population(*tls.make_ca("site s1"), room, "127.0.1")


def test_an_enrolled_machine_knows_its_place_and_its_room(tmp_path: Path) -> None:
    site = identity.read_site_file(stick(tmp_path))
    found = identity.load(machines().pc(7).keep(tmp_path / "pc", site), Kind.PC)
    address = found.ways("10.0.0.77").here
    assert (found.name, found.place.number) == ("pc-01-7", 7)
    assert (address.host, address.port, address.name, address.local) == ("10.0.0.1", 8442, "room-01", "10.0.0.77")
    assert not (tmp_path / "pc" / identity.ASKING).exists()


def test_the_folder_of_another_kind_of_machine_does_not_serve(tmp_path: Path) -> None:
    site = stick(tmp_path).read_bytes()
    folder = machines("02").pc(7).keep(tmp_path / "pc", site)
    with pytest.raises(WrongBinding, match="other_machine"):
        identity.load(folder, Kind.CONSOLE)
    with pytest.raises(Unavailable, match="not_enrolled"):
        identity.load(tmp_path / "none", Kind.PC)
    with pytest.raises(Refused, match="unknown_room"):
        identity.load(folder, Kind.PC).ways()


def test_a_changed_or_missing_site_file_is_not_taken(tmp_path: Path) -> None:
    path = stick(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Malformed):
        identity.read_site_file(path)
    with pytest.raises(BadSignature):
        identity.read_site_file(stick(tmp_path, other_key=True))
    with pytest.raises(Unavailable, match="no_site_file"):
        identity.read_site_file(tmp_path / "none.kdd")
