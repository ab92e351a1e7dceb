"""The control socket between command and service."""

import asyncio
from pathlib import Path

import pytest

from shared.documents import RoomAddress
from shared.errors import Refused
from site_server import control, verbs
from site_server.folder import Folder
from site_server.machine_verbs import OpenWindow
from site_server.station import Station
from tests.site_server.conftest import copied_day, nothing, serving
from tests.support.site_day import Made, copy_of
from tests.support.small_day import ROOM


async def test_a_service_carries_requests_out_and_tells_as_it_goes(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    await copied_day(station, joined, tmp_path)
    told: list[str] = []
    async with serving(station):
        assert joined.folder.socket.stat().st_mode & 0o077 == 0
        out = tmp_path / "m1.kdr"
        facts = await control.ask(joined.folder, verbs.MakeBundle("m1", str(out)), told.append)
        assert facts is not None
        assert facts["size"] == out.stat().st_size
        assert told == ["writing the bundle", "verifying the bundle"]
        status = await control.ask(joined.folder, verbs.Status(), nothing)
        assert status is not None
        assert status["sessions"][0]["bundle"] is True
    assert await control.ask(joined.folder, verbs.Status(), nothing) is None, "no service, nobody asked"


async def test_refusals_come_back_with_their_code(station: Station, joined: Made) -> None:
    async with serving(station):
        with pytest.raises(Refused) as refused:
            await control.ask(joined.folder, verbs.Backup("m9", "/nowhere"), nothing)
        assert refused.value.wire_code == "unknown_session"
        await station.site.clock.wait_known()
        answers = await asyncio.gather(*(control.ask(joined.folder, OpenWindow(1, 1), nothing) for _ in range(3)))
        assert len({answer["code"] for answer in answers if answer}) == 3


async def test_a_disk_that_refuses_is_named_and_nothing_changed(station: Station, joined: Made, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.touch()
    (joined.folder.path / "settings.json.part").mkdir()
    wanted: tuple[verbs.AnyVerb, ...] = (
        verbs.WriteSiteFile({ROOM: RoomAddress("127.0.0.1", 1)}, str(stick / "site.kdd")),
        verbs.Save(str(tmp_path / "save"), always=True),
    )
    async with serving(station):
        for verb, path in zip(wanted, (stick, joined.folder.path / "settings.json.part"), strict=True):
            with pytest.raises(Refused) as refused:
                await control.ask(joined.folder, verb, nothing)
            assert refused.value.wire_code == "file_failed" and str(path) in refused.value.detail
        assert station.site.store.fact("rooms") is None
        assert station.site.settings == joined.folder.settings(), "where nothing is saved to"
        (joined.folder.path / "settings.json.part").rmdir()
        assert await control.ask(joined.folder, wanted[1], nothing)
        assert station.site.settings.saves == joined.folder.settings().saves == str(tmp_path / "save")


async def test_a_deep_folder_still_has_its_socket(template: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    made = copy_of(template, deep)
    async with made.platform.serving():
        station = made.open()
        try:
            async with serving(station):
                assert await control.ask(made.folder, verbs.Status(), nothing) is not None
        finally:
            station.close()


async def test_a_socket_left_behind_counts_as_no_service(made: Made) -> None:
    made.folder.socket.touch()
    assert await control.ask(made.folder, verbs.Status(), nothing) is None
    assert await control.ask(Folder(made.folder.path / "none"), verbs.Status(), nothing) is None
