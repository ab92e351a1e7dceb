"""The status page as a browser gets it."""

from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from shared import codec, limits
from site_server import statuspage
from site_server.rooms import Alarm
from site_server.station import Station
from tests.site_server.conftest import copied_day
from tests.support.site_day import Made


async def got(client: "TestClient[web.Request, web.Application]", path: str, **headers: str) -> tuple[int, str]:
    """Status and text."""
    async with client.get(path, headers=headers) as reply:
        assert reply.status != 200 or "default-src 'none'" in reply.headers["Content-Security-Policy"]
        return reply.status, await reply.text()


async def test_the_page_tells_the_day_in_both_languages(station: Station, joined: Made, tmp_path: Path) -> None:
    async with TestClient(TestServer(statuspage.app(station))) as client:
        assert "尚未载入任何场次的授权" in (await got(client, "/"))[1]
        await copied_day(station, joined, tmp_path)
        station.rooms.alarms.append(Alarm("01", "conflict", "<script>alert(1)</script>"))
        _, chinese = await got(client, "/")
        assert "101 机房" in chinese
        assert "已结束，数据收齐" in chinese
        assert "<script>" not in chinese
        assert "ended, copied whole" in (await got(client, "/?lang=en"))[1]
        assert "考生1" not in chinese, "no candidate's name"
        _, facts = await got(client, "/status.json")
        assert codec.decode_json(dict, facts, 1 << 20)["sessions"][0]["complete"] is True
        assert (await got(client, "/status.css"))[0] == 200


async def test_a_disk_that_is_almost_full_is_on_the_page_before_anything_fails(station: Station) -> None:
    left = 200 * limits.MIB
    async with TestClient(TestServer(statuspage.app(station, lambda _folder: left))) as client:
        assert "磁盘将满：剩 200 MiB" in (await got(client, "/"))[1]
        assert '"disk_left":209715200' in (await got(client, "/status.json"))[1]
        left = limits.DISK_LOW
        assert "磁盘将满" not in (await got(client, "/"))[1]
        left = -1
        assert "磁盘将满" not in (await got(client, "/"))[1]


async def test_a_foreign_host_name_gets_nothing(station: Station) -> None:
    async with TestClient(TestServer(statuspage.app(station))) as client:
        for path in ("/", "/status.json"):
            for host in ("attacker.example", "127.0.0.1.example", "ü..b"):
                assert (await got(client, path, Host=host))[0] == 403
