"""Two named people override what the mark forbids; the next epoch of the site stream begins with their word."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from shared import codec, limits, records, signed, testimony, trust, verifier
from shared import documents as d
from shared.against import Against
from shared.errors import Refused
from shared.roles import Role
from site_server import restoring, timekeeping, verbs
from site_server.dongle import keyfile
from site_server.granting import grants
from site_server.people import Credentials
from site_server.site import Site
from site_server.station import Station
from tests.site_server.conftest import copied_day, nothing
from tests.site_server.test_guard import told
from tests.support import by_the_book as book
from tests.support.site_day import NOW, PASSPHRASE, Made, copy_of
from tests.support.small_day import ROOM, SITE


async def person(station: Station, name: str) -> Credentials:
    """Somebody registered at the site."""
    made = await verbs.run(station, verbs.AddStaff("", name, Role.CHIEF), nothing)
    return Credentials(name, made["pin"])


async def rolled_back(station: Station, joined: Made, folder: Path) -> tuple[Made, Credentials, Credentials]:
    """A copy of the site as it was before its newest record, with the dongle as it is; and two people."""
    first, second = await person(station, "李主考"), await person(station, "张技术")
    earlier = copy_of(joined.folder.path, folder)
    await station.site.write(records.PhaseSeen("m0", ROOM, "opened"))
    earlier.folder.dongle.write_bytes(joined.folder.dongle.read_bytes())
    return earlier, first, second


async def test_two_people_open_the_next_epoch_and_the_mark_moves_on(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    await station.site.write(records.KeysReleased("m0", ROOM))
    earlier, first, second = await rolled_back(station, joined, tmp_path / "earlier")
    again = Station.open(earlier.folder, PASSPHRASE, overriding=True)
    end = again.site.end
    found = await verbs.run(again, verbs.Restore("考点机硬盘损坏", first, second), nothing)
    assert found == {"what": "rolled_back", "epoch": 2}
    opened, overridden = told(again.site)[-2:]
    assert opened == records.SiteOpened(again.site.keys.signer.public, end)
    assert overridden == records.Overridden("rolled_back", "李主考", "张技术", "考点机硬盘损坏")
    grant = again.site.store.fact(f"grant/site/{SITE}/000002")
    assert grant is not None
    assert trust.grant(grant, again.site.keys.dongle.public, again.site.stream).epoch == 2
    again.close()
    site = Site.open(earlier.folder, PASSPHRASE)
    assert (site.end.epoch, site.end.position) == (2, 2)
    site.close()
    joined.folder.dongle.write_bytes(earlier.folder.dongle.read_bytes())
    station.close()
    with pytest.raises(Refused) as lost:
        Site.open(joined.folder, PASSPHRASE)
    assert lost.value.wire_code == "rolled_back", "the history that was given up does not come back"


async def test_without_two_people_a_reason_or_a_need_nothing_is_changed(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    earlier, first, second = await rolled_back(station, joined, tmp_path / "earlier")
    with pytest.raises(Refused) as needless:
        await verbs.run(station, verbs.Restore("why not", first, second), nothing)
    assert needless.value.wire_code == "nothing_to_override"
    again = Station.open(earlier.folder, PASSPHRASE, overriding=True)
    end, dongle = again.site.end, earlier.folder.dongle.read_bytes()
    for reason, one, two, code in (
        (" ", first, second, "reason_needed"),
        ("why", first, first, "same_person"),
        ("why", first, replace(second, pin="000000"), "pin_wrong"),
        ("why", first, Credentials("赵无名", second.pin), "pin_wrong"),
    ):
        with pytest.raises(Refused) as refused:
            await restoring.restore(again.site, reason, one, two)
        assert refused.value.wire_code == code
    assert again.site.end == end
    assert earlier.folder.dongle.read_bytes() == dongle
    again.close()


async def test_a_time_before_the_mark_is_refused_until_it_is_overridden(station: Station, joined: Made) -> None:
    first, second = await person(station, "李主考"), await person(station, "张技术")
    await timekeeping.sync(station.site)
    before = station.site.marks.mark.time
    joined.platform.shift -= 3_600_000
    with pytest.raises(Refused) as early:
        await timekeeping.sync(station.site)
    assert early.value.wire_code == "clock_before_mark"
    assert (station.site.now() or 0) >= before, "the time is kept as it was"
    found = await verbs.run(station, verbs.Restore("平台时间曾经有误", first, second), nothing)
    assert found["what"] == "clock_before_mark"
    assert station.site.end.epoch == 2


async def test_a_lost_mark_is_overridden_too(made: Made) -> None:
    station = made.open()
    first, second = await person(station, "李主考"), await person(station, "张技术")
    await station.site.write(records.KeysReleased("m0", ROOM))
    held = station.site.keys.dongle
    assert isinstance(held, keyfile.KeyFileDongle)
    station.close()
    file = codec.decode(keyfile.KeyFile, made.folder.dongle.read_bytes(), limits.DOCUMENT_BYTES)
    made.folder.dongle.write_bytes(codec.encode(replace(file, mark=b"")))
    again = Station.open(made.folder, PASSPHRASE, overriding=True)
    found = await verbs.run(again, verbs.Restore("标记损坏", first, second), nothing)
    assert found == {"what": "mark_damaged", "epoch": 2}
    again.close()
    Site.open(made.folder, PASSPHRASE).close()


async def test_a_bundle_of_a_restored_site_verifies_by_code_and_by_the_book(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    await station.site.begin()
    earlier, first, second = await rolled_back(station, joined, tmp_path / "earlier")
    lost, granted = station.site.head_at(station.site.end, NOW), grants(station.site, station.site.stream)[0][1]
    twice = copy_of(earlier.folder.path, tmp_path / "twice")
    dongle = earlier.folder.dongle.read_bytes()
    for folder in (earlier.folder, twice.folder):
        folder.dongle.write_bytes(dongle)
        again = Station.open(folder, PASSPHRASE, overriding=True)
        await restoring.restore(again.site, "why", first, second)
        again.close()
        dongle = folder.dongle.read_bytes()
    shutil.rmtree(joined.folder.path)
    shutil.copytree(twice.folder.path, joined.folder.path)
    last = Station.open(joined.folder, PASSPHRASE)
    await copied_day(last, joined, tmp_path)
    done = await verbs.run(last, verbs.MakeBundle("m1", str(tmp_path / "b.kdr")), nothing)
    data = (tmp_path / "b.kdr").read_bytes()
    with (tmp_path / "b.kdr").open("rb") as source:
        assert verifier.verify(source, joined.day.root.public).records == done["records"]
    root = joined.day.root.public
    found = book.verify_bundle(data, {"alg": root.alg, "raw": root.raw})
    assert [epoch for stream, epoch in found.grants if stream == f"site/{SITE}"] == [1, 3], (
        "an epoch that was lost is never used again"
    )
    # The platform was told a head over what was lost: the new epoch says what it continues, so they agree.
    day = joined.day
    witness = d.Witness(SITE, testimony.PLATFORM, NOW, (day.issuer, granted), (d.HeldHead(lost, NOW),), ())
    against = Against([testimony.read("platform", signed.sign(day.issuing, d.WITNESS, witness))])
    with (tmp_path / "b.kdr").open("rb") as source:
        report = verifier.verify(source, joined.day.root.public, visit=against.visit)
    (judged,) = against.judge(report.basis)
    assert (judged.unproven, judged.findings, judged.beyond) == ("", [], 1)
    last.close()
