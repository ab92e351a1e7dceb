"""What no table lists is not there: odd paths and methods at room, site, platform and page, and words nobody knows."""

import asyncio
import itertools
import random
import ssl
from pathlib import Path

import pytest

from candidate_client.page import Page
from shared.roles import Role, Stage
from tests.support import site_day
from tests.support.exchange import Site, pinned, platform, served
from tests.support.fake_agent import FakeAgent
from tests.system.rogue import line as w
from tests.system.rogue.candidate import greet
from tests.system.rogue.site_world import SiteWorld
from tests.system.rogue.world import ROGUE_SEAT, World

pytestmark = pytest.mark.system

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "NONSENSE")
LISTED = {
    "room": {"GET /ws", "POST /enrol", "GET /paper/x", "HEAD /ws", "HEAD /paper/x"},
    "platform": {"GET /v1/time", "HEAD /v1/time", "GET /v1/documents", "POST /v1/status", "POST /v1/heads",
                 "OPTIONS /v1/uploads", "POST /v1/uploads"},
    "page": {f"{method} {path}" for method in ("GET", "HEAD") for path in ("/", "/ws", "/paper.json", "/strings.json")},
    "site": {"GET /link", "POST /enrol", "GET /paper/x", "HEAD /link", "HEAD /paper/x"},
}  # fmt: skip
NOTHING = {400, 403, 404, 405}


def requests(listed: set[str], *known: str) -> list[str]:
    """Methods by paths: the known ones with foreign methods, and drawn ones."""
    drawn = random.Random(7)
    odd = ["/".join(["", *("".join(drawn.choices("abcdef.%_-0", k=6)) for _ in range(n))]) for n in (1, 2, 3, 4)]
    paths = [*known, "/", "//", "/..", "/.git/config", "/admin", "/ws/", "/link/x", "/v1", "/metrics", "/status", *odd]
    return [
        one for one in (f"{method} {path}" for method, path in itertools.product(METHODS, paths)) if one not in listed
    ]


def test_room(world: World) -> None:
    for one in requests(LISTED["room"], "/ws", "/enrol", "/paper/x", "/paper/"):
        with world.line(world.address(), with_ws=False) as line:
            status, _ = line.ask(f"{one} HTTP/1.1\r\nHost: room\r\nContent-Length: 0\r\n\r\n".encode())
        assert status in NOTHING, (one, status)


def test_site(tmp_path: Path) -> None:
    site = SiteWorld(site_day.copy_of(site_day.make(tmp_path / "template").path, tmp_path / "site"))

    def walk() -> None:
        for one in requests(LISTED["site"], "/link", "/enrol", "/paper/x"):
            status = site.requests(Role.ROOM, one)
            assert int(status) in NOTHING, (one, status)

    async def serve() -> None:
        async with site.made.platform.serving(), site.at(Stage.LOGIN):
            await asyncio.to_thread(walk)

    asyncio.run(serve())


async def asked(port: int, tls: ssl.SSLContext | None, request: str, *headers: str) -> int:
    """The status of a request said by hand; 400 where the server only hangs up."""
    name = "platform.kaodian" if tls is not None else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    lines = [
        f"{request} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Length: 0",
        "Connection: close",
        *headers,
        "",
        "",
    ]
    writer.write("\r\n".join(lines).encode())
    said = await asyncio.wait_for(reader.readline(), w.PATIENCE)
    writer.close()
    return int(said.split()[1]) if said else 400


async def test_platform(tmp_path: Path) -> None:
    home = platform(tmp_path / "platform")
    with home.database() as database:
        token = Site("s1").join(home, database).token
        async with served(home, database) as url:
            port = int(url.split(":")[2].split("/")[0])
            for one in requests(LISTED["platform"], "/v1/time", "/v1/documents", "/v1/status", "/v1/uploads"):
                stranger = await asked(port, pinned(home), one)
                known = await asked(port, pinned(home), one, f"Authorization: Bearer {token}")
                assert {stranger, known} <= NOTHING | {401}, (one, stranger, known)


async def test_page() -> None:
    page = Page(FakeAgent(), language="en")
    await page.start(0)
    try:
        cookie = f"Cookie: kaodian_page_{page.port}={page.url.rpartition('=')[2]}"
        for one in requests(LISTED["page"], "/ws", "/paper.json", "/strings.json", "/web/main.js.map", "/picture/x"):
            stranger, known = await asked(page.port, None, one), await asked(page.port, None, one, cookie)
            assert stranger == 403 or stranger in NOTHING, (one, stranger)
            assert known in NOTHING, (one, known)
    finally:
        await page.close()


@pytest.mark.parametrize("tag", ["", "m", "admin", "BEACON", "beacon ", "pc_hello\0", "Order", "x" * 60_000])
def test_a_word_nobody_knows_ends_the_line(world: World, tag: str) -> None:
    for machine in (world.own, world.site.machines.console(3)):
        with world.line(world.address(), machine=machine) as line:
            line.say(m=tag)
            assert {one["m"] for one in line.until_cut()} <= {"refused"}
    with world.line(world.address()) as line:
        greet(line, world.device, ROGUE_SEAT)
        line.say(m=tag)
        assert {one["m"] for one in line.until_cut()} <= {"refused"}
