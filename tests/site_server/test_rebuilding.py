"""A destroyed site machine made again from its save: only with its own dongle, only from a whole save, only by two."""

import shutil
from pathlib import Path

import pytest

from shared import crypto, records
from shared import documents as d
from shared.errors import KaodianError, Refused
from shared.io import tls
from site_server import rebuilding, saving, verbs
from site_server.dongle import keyfile
from site_server.dongle.place import KeyFilePlace
from site_server.folder import Folder
from site_server.site import Site
from site_server.station import Station
from tests.site_server.conftest import nothing
from tests.site_server.test_guard import told
from tests.site_server.test_restoring import person
from tests.support.site_day import PASSPHRASE, Made
from tests.support.small_day import ROOM, SITE


def destroyed(station: Station, joined: Made, tmp_path: Path) -> KeyFilePlace:
    """The machine is gone with its folder; the dongle's stick is left."""
    station.close()
    stick = tmp_path / "stick.kdk"
    shutil.copyfile(joined.folder.dongle, stick)
    shutil.rmtree(joined.folder.path)
    return KeyFilePlace(str(stick))


def rebuild(folder: Path, save: Path, place: KeyFilePlace) -> Folder:
    """Rebuilds with the right passphrase."""
    made = Folder(folder)
    rebuilding.rebuild(made, save, place, lambda: PASSPHRASE)
    return made


async def test_a_rebuilt_site_is_what_was_saved_and_goes_on_when_two_people_say_so(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    first, second = await person(station, "李主考"), await person(station, "张技术")
    saving.save(station.site, tmp_path / "save")
    saved = station.site.end
    await station.site.write(records.PhaseSeen("m1", ROOM, "opened"))
    facts, root = station.site.store.facts(""), station.site.ca_certificate
    place = destroyed(station, joined, tmp_path)
    folder = rebuild(tmp_path / "new", tmp_path / "save", place)
    assert folder.settings().dongle == place and not folder.dongle.exists()
    assert tls.certificate_name(_der(folder)) == "site"
    tls.check_issued(_der(folder), root)
    with pytest.raises(Refused) as unanswered:
        Site.open(folder, PASSPHRASE)
    assert unanswered.value.wire_code == "rebuilt"
    again = Station.open(folder, PASSPHRASE, overriding=True)
    lost = {name for name in facts if name not in again.site.store.facts("")}
    assert lost == set() and again.site.end == saved and "m1" in again.held.sessions
    done = await verbs.run(again, verbs.Restore("考点机烧毁", first, second), nothing)
    assert done == {"what": "rebuilt", "epoch": 2}
    assert told(again.site)[-1] == records.Overridden("rebuilt", "李主考", "张技术", "考点机烧毁")
    again.close()
    Site.open(folder, PASSPHRASE).close()


async def test_a_rebuilt_site_asks_two_people_even_where_the_mark_says_nothing(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    """While the dongle was out the site went on: its mark stands where the save stands, and yet more was written."""
    await station.site.begin()
    saving.save(station.site, tmp_path / "save")
    place = destroyed(station, joined, tmp_path)
    folder = rebuild(tmp_path / "new", tmp_path / "save", place)
    with pytest.raises(Refused) as unanswered:
        Site.open(folder, PASSPHRASE)
    assert unanswered.value.wire_code == "rebuilt"


async def test_nothing_is_rebuilt_from_what_is_damaged_foreign_or_not_there(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day, save = joined.day, tmp_path / "save"
    await station.held.load(day.formal, day.package, None)
    saving.save(station.site, save)
    place = destroyed(station, joined, tmp_path)
    other = KeyFilePlace(str(tmp_path / "other.kdk"))
    keyfile.create(Path(other.path), PASSPHRASE, "s9").close()
    foreign = KeyFilePlace(str(tmp_path / "foreign.kdk"))
    keyfile.create(Path(foreign.path), PASSPHRASE, SITE).close()

    def code(save: Path, place: KeyFilePlace, passphrase: str = PASSPHRASE) -> str:
        with pytest.raises(KaodianError) as refused:
            rebuilding.rebuild(Folder(tmp_path / "new"), save, place, lambda: passphrase)
        assert not Folder(tmp_path / "new").made
        return refused.value.wire_code

    assert code(tmp_path / "nothing", place) == "no_save"
    assert code(save, other) == "other_dongle"
    assert code(save, foreign) == "save_damaged", "another dongle of the same name granted nothing to that key"
    assert code(save, place, "wrong horse battery") == "wrong_passphrase"
    assert code(save, KeyFilePlace(str(tmp_path / "lost.kdk"))) == "no_dongle"
    for path in sorted(one for one in save.rglob("*") if one.is_file()):
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :])
        assert code(save, place) in ("save_damaged", "malformed", "bad_signature"), path
        path.unlink()
        assert code(save, place) == ("no_save" if path.name == "save.kdd" else "save_damaged"), path
        path.write_bytes(data)
    assert rebuild(tmp_path / "new", save, place).made, "whole again, it serves"
    with pytest.raises(Refused) as twice:
        rebuild(tmp_path / "new", save, place)
    assert twice.value.wire_code == "exists"


async def test_a_save_names_no_file_outside_itself(station: Station, joined: Made, tmp_path: Path) -> None:
    """Whoever had the site's key still could not make a rebuilding read or write elsewhere."""
    await station.site.begin()
    made = saving.save(station.site, tmp_path / "save")
    for name in ("../etc/passwd", "/etc/passwd", "a/../b", "site.db", "data-1/lock/x", "data-1/.."):
        one = d.SavedFile(name, 0, crypto.sha256(b""))
        with pytest.raises(KaodianError) as refused:
            rebuilding.check_files(tmp_path / "save", d.SiteSave(SITE, 1, 0, made.point, b"", (one,)))
        assert refused.value.wire_code == "malformed"
    stray = d.SavedFile("data-1/dongle.kdk", 0, crypto.sha256(b""))
    with pytest.raises(KaodianError) as unknown:
        rebuilding.check_files(tmp_path / "save", d.SiteSave(SITE, 1, 0, made.point, b"", (stray,)))
    assert unknown.value.wire_code == "malformed"


def _der(folder: Folder) -> bytes:
    import ssl

    return ssl.PEM_cert_to_DER_cert((folder.tls / "tls.crt").read_text())
