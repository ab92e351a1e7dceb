"""The soft dongle is a dongle as the interface says."""

from pathlib import Path

from shared import crypto
from site_server.dongle import keyfile
from site_server.dongle.port import Dongle


def test_the_key_file_fits_the_interface(tmp_path: Path) -> None:
    dongle: Dongle = keyfile.create(tmp_path / "d", "correct horse battery", "s1")
    assert dongle.unwrap(crypto.wrap(dongle.keys.wrap, b"x", "p"), "p") == b"x"
