"""The service as a whole: what its port answers, and how it ends."""

import asyncio
import sqlite3

import aiohttp
import pytest

from shared import limits
from shared.errors import Unavailable
from shared.io import tls
from shared.io.store import Batch
from shared.machines import Kind
from site_server.app import DISK_FAILED, Service
from site_server.station import Station
from tests.site_server.conftest import serving


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/enrol", 405),
        ("GET", "/status.json", 404),
        ("GET", "/link", 403),
        ("GET", "/paper/" + "0" * 64, 403),
        ("POST", "/enrol", 400),
    ],
)
async def test_the_port_answers_little_to_strangers(station: Station, method: str, path: str, status: int) -> None:
    context = tls.client_context(station.site.ca_certificate)
    async with serving(station) as running, aiohttp.ClientSession() as client:
        url = f"https://127.0.0.1:{running.port}{path}"
        async with client.request(method, url, ssl=context, server_hostname="site.kaodian") as reply:
            assert reply.status == status


async def test_a_huge_request_is_not_read(station: Station) -> None:
    context = tls.client_context(station.site.ca_certificate)
    async with serving(station) as running, aiohttp.ClientSession() as client:
        url = f"https://127.0.0.1:{running.port}/enrol"
        data = bytes(limits.MIB)
        async with client.post(url, data=data, ssl=context, server_hostname="site.kaodian") as reply:
            assert reply.status == 413


@pytest.mark.parametrize("whose", ["desk", "saver"])
async def test_a_failed_write_ends_the_service_for_its_supervisor(station: Station, whose: str) -> None:
    ready = asyncio.Event()
    running = asyncio.gather(Service(station).run("127.0.0.1", 0, 0, lambda _host, _port: ready.set()))
    await ready.wait()
    await station.site.clock.wait_known()
    with sqlite3.connect(station.site.folder.database) as outside:
        outside.execute("DROP TABLE facts")
    with pytest.raises(Unavailable) as failed:
        if whose == "desk":
            await station.desk.open(Kind.ROOM, "", 5, 1)
        else:
            await station.site.store.commit(Batch(facts={"save": b"1"}))
    assert failed.value.wire_code == "disk_failed"
    async with asyncio.timeout(5):
        assert [*await running] == [DISK_FAILED]


async def test_a_taken_port_is_said_plainly(station: Station) -> None:
    async with serving(station) as running:
        with pytest.raises(Unavailable) as taken:
            await Service(station).run("127.0.0.1", running.port, 0, lambda _host, _port: None)
        assert taken.value.wire_code == "port_taken"
