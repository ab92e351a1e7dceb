"""The page's server: who may reach it, what it sends, what it takes; over real sockets, without a browser."""

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from candidate_client.page import REPLACED, Page, decode_intent, kept_token
from candidate_client.view import Answer, LogIn, PaperView, RaiseHand, Screen, View
from shared import limits
from shared.errors import Malformed
from tests.support.fake_agent import FakeAgent


class Opened:
    """A served page, its agent, and a browser-like session that has followed the opening address."""

    def __init__(self, agent: FakeAgent, page: Page, session: aiohttp.ClientSession) -> None:
        self.agent, self.page, self.session = agent, page, session
        self.base = f"http://127.0.0.1:{page.port}"

    def socket(self, origin: str | None = None) -> "aiohttp.client._WSRequestContextManager":
        """The page's WebSocket, from our own origin unless told otherwise."""
        return self.session.ws_connect(f"{self.base}/ws", origin=origin or self.base)


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    agent = FakeAgent()
    page = Page(agent, language="zh_CN")
    await page.start(0)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(page.url) as response:
            assert response.status == 200
        yield Opened(agent, page, session)
    await page.close()


async def view_of(socket: "aiohttp.ClientWebSocketResponse[bool]") -> View:
    return msgspec.json.decode((await socket.receive(timeout=5)).data, type=View)


async def test_the_opening_address_gives_a_strict_cookie_and_leaves_the_address_bar(opened: Opened) -> None:
    async with opened.session.get(opened.page.url, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/")
        cookie = response.headers["Set-Cookie"]
    assert "SameSite=Strict" in cookie
    assert "HttpOnly" in cookie


@pytest.mark.parametrize(
    "path", ["/", "/?token=", "/?token=" + "0" * 64, "/web/main.js", "/paper.json", "/strings.json", "/picture/x.png"]
)
async def test_nothing_is_served_without_the_token(opened: Opened, path: str) -> None:
    opened.agent.show(Screen.EXAM)
    async with aiohttp.ClientSession() as stranger, stranger.get(opened.base + path) as response:
        assert response.status == 403
        assert await response.text() == "403"


async def test_another_host_name_is_refused(opened: Opened) -> None:
    async with opened.session.get(opened.base, headers={"Host": f"evil.example:{opened.page.port}"}) as response:
        assert response.status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_foreign_origin_gets_no_socket(opened: Opened, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await opened.socket(origin)
    assert error.value.status == 403


async def test_every_answer_carries_the_policy(opened: Opened) -> None:
    for path in ("/", "/web/main.js", "/strings.json", "/paper.json", "/web/none.js"):
        async with opened.session.get(opened.base + path) as response:
            assert "script-src 'self'" in response.headers["Content-Security-Policy"]
            assert "unsafe" not in response.headers["Content-Security-Policy"]
            assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/web/..%2Fpage.py", "/web/page.py", "/web/", "/picture/none.png"])
async def test_only_the_pages_own_files_are_served(opened: Opened, path: str) -> None:
    async with opened.session.get(opened.base + path) as response:
        assert response.status == 404


async def test_the_paper_and_its_pictures_come_only_once_opened(opened: Opened) -> None:
    async with opened.session.get(opened.base + "/paper.json") as response:
        assert response.status == 404
    opened.agent.show(Screen.EXAM)
    async with opened.session.get(opened.base + "/paper.json") as response:
        assert msgspec.json.decode(await response.read(), type=PaperView) == opened.agent.paper_view()
    async with opened.session.get(opened.base + "/picture/circuit.png") as response:
        assert response.content_type == "image/png"


async def test_texts_are_those_of_the_language(opened: Opened) -> None:
    async with opened.session.get(opened.base + "/strings.json") as response:
        found = await response.json()
    assert found["language"] == "zh-CN"
    assert found["texts"]["Hand in"] == "交卷"
    assert found["codes"]["malformed"].count("。") >= 3


async def test_the_view_is_sent_at_once_and_after_a_change(opened: Opened) -> None:
    async with opened.socket() as socket:
        assert (await view_of(socket)).screen is Screen.CONNECTING
        opened.agent.show(Screen.LOGIN)
        assert (await view_of(socket)).screen is Screen.LOGIN


async def test_intents_reach_the_agent_and_bad_frames_do_not_end_the_connection(opened: Opened) -> None:
    async with opened.socket() as socket:
        for frame in ("", "{}", '{"do":"answer","number":"1","letters":[]}', '{"do":"raise_hand","x":1}', "[" * 5000):
            await socket.send_str(frame)
        await socket.send_bytes(b'{"do":"raise_hand"}')
        await socket.send_str('{"do":"answer","number":7,"letters":["A","C"]}')
        await opened.agent.wait_for(Answer(7, ("A", "C")))
    assert opened.agent.intents == [Answer(7, ("A", "C"))]


async def test_a_frame_over_the_limit_ends_the_connection(opened: Opened) -> None:
    async with opened.socket() as socket:
        await view_of(socket)
        await socket.send_str(" " * (limits.PAGE_FRAME_BYTES + 1))
        message = await socket.receive(timeout=5)
    assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    assert opened.agent.intents == []


async def test_the_newest_tab_wins(opened: Opened) -> None:
    async with opened.socket() as older:
        await view_of(older)
        async with opened.socket() as newer:
            await view_of(newer)
            message = await older.receive(timeout=5)
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, REPLACED)
            await newer.send_str('{"do":"raise_hand"}')
            await opened.agent.wait_for(RaiseHand())


async def test_views_skipped_by_a_slow_page_are_not_queued(opened: Opened) -> None:
    async with opened.socket() as socket:
        await view_of(socket)
        for seat in range(1, 1001):
            opened.agent.change(seat=seat)
        async with asyncio.timeout(5):
            seen = 1
            while (await view_of(socket)).seat != 1000:
                seen += 1
    assert seen < 10


def test_an_intent_is_decoded_strictly() -> None:
    assert decode_intent('{"do":"log_in","ticket":"1","id_number":"2"}') == LogIn("1", "2")
    with pytest.raises(Malformed):
        decode_intent('{"do":"become_proctor"}')


def test_a_kept_token_is_private_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "page.token"
    token = kept_token(path)
    assert (len(token), kept_token(path)) == (64, token)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("short", "ascii")
    assert kept_token(path) not in ("short", token)
