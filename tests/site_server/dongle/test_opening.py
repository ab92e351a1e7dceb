"""The dongle that the settings name is the one that is made and opened."""

from pathlib import Path

from site_server.dongle import keyfile, opening, pkcs11
from site_server.dongle.place import KeyFilePlace, Place
from site_server.folder import Folder
from tests.support.site_day import PASSPHRASE
from tests.support.softhsm import PIN, SoftHsm


def test_a_file_in_the_folder_a_file_on_a_stick_and_a_token(hsm: SoftHsm, tmp_path: Path) -> None:
    folder, stick = Folder(tmp_path / "site"), tmp_path / "stick" / "dongle.kdk"
    cases: list[tuple[Place, str, type]] = [
        (KeyFilePlace(), PASSPHRASE, keyfile.KeyFileDongle),
        (KeyFilePlace(str(stick)), PASSPHRASE, keyfile.KeyFileDongle),
        (hsm.token(), PIN, pkcs11.TokenDongle),
    ]
    for place, secret, kind in cases:
        made = opening.create(place, folder, "s1", secret)
        made.close()
        opened = opening.unlock(place, folder, "s1", secret)
        assert isinstance(opened, kind)
        assert opened.keys == made.keys if place.__class__ is KeyFilePlace else opened.alive()
        opened.close()
    assert folder.dongle.exists()
    assert stick.exists()
