"""The upload against a real tus server: cut, resumed, repeated, refused; and the order backup before upload."""

from pathlib import Path

import pytest

from shared import documents as d
from shared import signed
from shared.errors import Refused, Unavailable, WrongBinding
from site_server import bundling, verbs
from site_server.bundling import Made as Bundle
from site_server.platform import Platform
from site_server.station import Station
from site_server.upload import Upload
from tests.site_server.conftest import copied_day, nothing
from tests.support.site_day import Made


@pytest.fixture
async def bundle(station: Station, joined: Made, tmp_path: Path) -> Bundle:
    """A verified bundle."""
    await copied_day(station, joined, tmp_path)
    return await bundling.make(station.site, station.copies, station.held.get("m1"), nothing)


async def sent(station: Station, bundle: Bundle, told: list[str]) -> d.UploadReceipt:
    """The receipt of an upload."""
    assert station.site.welcome is not None
    async with Platform(station.site.welcome) as platform:
        data = await Upload(platform, station.site.platform, "m1", bundle, told.append).run()
    return station.site.platform.upload_receipt(data, bundle.sha256, bundle.size)


async def test_a_cut_transfer_goes_on_where_the_platform_stands(station: Station, joined: Made, bundle: Bundle) -> None:
    joined.platform.cut_after = bundle.size // 3
    told: list[str] = []
    receipt = await sent(station, bundle, told)
    assert receipt.records == bundle.records
    assert joined.platform.patches == 2
    assert told == [f"{at} / {bundle.size}" for at in (0, bundle.size // 3, bundle.size)]
    assert joined.platform.uploads == {bundle.sha256.hex(): bundle.path.read_bytes()}
    await sent(station, bundle, told)
    assert joined.platform.patches == 2, "the same bundle again sends nothing"


async def test_a_resumed_transfer_is_counted(station: Station, joined: Made, bundle: Bundle) -> None:
    assert station.site.welcome is not None
    joined.platform.cut_after = bundle.size // 3
    async with Platform(station.site.welcome) as platform:
        upload = Upload(platform, station.site.platform, "m1", bundle, nothing)
        await upload.run()
    assert upload.resumed == 1


async def test_a_platform_whose_storage_refuses_is_tried_again_and_told_as_such(
    station: Station, joined: Made, bundle: Bundle
) -> None:
    assert station.site.welcome is not None
    joined.platform.full = 3
    async with Platform(station.site.welcome) as platform:
        with pytest.raises(Unavailable) as refused:
            await Upload(platform, station.site.platform, "m1", bundle, nothing, tries=2).run()
    assert refused.value.wire_code == "platform_disk" and station.site.store.fact("receipt/m1") is None
    assert joined.platform.uploads == {bundle.sha256.hex(): b""}
    assert (await sent(station, bundle, [])).records == bundle.records
    joined.platform.full = 1
    assert (await sent(station, bundle, [])).records == bundle.records, "the receipt of a whole one comes later"
    assert joined.platform.patches == 1


async def test_a_bundle_that_the_platform_refuses_is_not_taken_as_sent(
    station: Station, joined: Made, bundle: Bundle
) -> None:
    bundle.path.write_bytes(bundle.path.read_bytes()[:-1] + b"x")
    with pytest.raises(Refused) as refused:
        await sent(station, bundle, [])
    assert refused.value.wire_code == "damaged"
    assert station.site.store.fact("receipt/m1") is None


async def test_a_receipt_for_another_bundle_is_not_believed(station: Station, joined: Made, bundle: Bundle) -> None:
    data = bundle.path.read_bytes()
    other = Bundle(bundle.path, bytes(32), bundle.size, bundle.records)
    joined.platform.uploads[other.sha256.hex()] = bytearray(data)
    with pytest.raises(WrongBinding):
        await sent(station, other, [])


async def test_upload_comes_after_backup_and_keeps_its_receipt(
    station: Station, joined: Made, bundle: Bundle, tmp_path: Path
) -> None:
    send = verbs.Send("m1", str(tmp_path / "receipt.kdd"))
    with pytest.raises(Refused) as early:
        await verbs.run(station, send, nothing)
    assert early.value.wire_code == "backup_first"
    await verbs.run(station, verbs.Backup("m1", str(tmp_path / "stick")), nothing)
    await verbs.run(station, send, nothing)
    receipt = (tmp_path / "receipt.kdd").read_bytes()
    assert station.site.store.fact("receipt/m1") == receipt
    patches, end = joined.platform.patches, station.site.end
    await verbs.run(station, send, nothing)
    assert (joined.platform.patches, station.site.end) == (patches, end)


async def test_a_receipt_that_was_carried_here_counts_like_one_from_the_line(
    station: Station, joined: Made, bundle: Bundle, tmp_path: Path
) -> None:
    file = tmp_path / "receipt.kdd"
    receipt = d.UploadReceipt("s1", "m1", bundle.sha256, bundle.size, bundle.records, 1)
    file.write_bytes(signed.sign(joined.day.issuing, d.UPLOAD_RECEIPT, receipt))
    with pytest.raises(Refused) as first:
        await verbs.run(station, verbs.TakeReceipt(str(file)), nothing)
    assert first.value.wire_code == "backup_first"
    await verbs.run(station, verbs.Backup("m1", str(tmp_path / "disc")), nothing)
    before = station.site.end.position
    for _ in range(2):
        facts = await verbs.run(station, verbs.TakeReceipt(str(file)), nothing)
        assert facts["sha256"] == bundle.sha256.hex()
    assert station.site.end.position == before + 1, "recorded once"
    assert station.site.store.fact("receipt/m1") == file.read_bytes()
    other = d.UploadReceipt("s1", "m1", bytes(32), bundle.size, bundle.records, 1)
    file.write_bytes(signed.sign(joined.day.issuing, d.UPLOAD_RECEIPT, other))
    with pytest.raises(WrongBinding):
        await verbs.run(station, verbs.TakeReceipt(str(file)), nothing)
