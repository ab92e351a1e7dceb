"""What a candidate's PC reads: its page's requests, the room's messages folded into the screen, an opened paper."""

import functools
from typing import Any

import msgspec

from candidate_client import display
from candidate_client.page import Page, decode_intent
from candidate_client.state import State, take, view
from candidate_client.view import AnyIntent, Screen
from shared import codec, limits
from shared import documents as d
from shared import messages as m
from shared.model import Paper, Rules
from tests.fuzz.samples import samples
from tests.fuzz.served import Connect, Served, loopback
from tests.fuzz.target import Target
from tests.fuzz.world import EDITS, changed
from tests.support.fake_agent import FakeAgent
from tests.support.papers import small_paper

INTENT: Any = AnyIntent
TOKEN = "0" * 64
ROOM: Any = m.RoomToPc


@functools.cache
def _page() -> tuple[Page, Served]:
    """A page whose agent shows an exam; its token is the same in every process."""
    agent = FakeAgent()
    agent.show(Screen.EXAM)
    page = Page(agent, TOKEN, "zh_CN")

    async def begin() -> Connect:
        await page.start(0)
        return await loopback(page.port)

    return page, Served(begin())


def _http(data: bytes) -> None:
    """In an input the word PORT stands for the page's."""
    page, served = _page()
    served.ask(data.replace(b"PORT", str(page.port).encode()))


def _requests() -> list[bytes]:
    cookie = f"kaodian_page_PORT={TOKEN}"
    socket = "Origin: http://127.0.0.1:PORT\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    socket += f"Sec-WebSocket-Key: {'A' * 22}==\r\n"
    head = f"Host: 127.0.0.1:PORT\r\nCookie: {cookie}\r\n"
    paths = (f"/?token={TOKEN}", "/", "/web/main.js", "/paper.json", "/strings.json", "/picture/circuit.png")
    found = [f"GET {path} HTTP/1.1\r\n{head}Connection: close\r\n\r\n" for path in paths]
    found.append(f"GET /ws HTTP/1.1\r\n{head}{socket}Connection: Upgrade\r\n\r\n")
    return [one.encode() for one in found]


def _intent(data: bytes) -> None:
    decode_intent(data.decode(errors="replace"))


def _screen(data: bytes) -> None:
    """A message of the room, and what the page is then shown."""
    state = State(1, "01")
    message: m.RoomToPc = codec.decode(ROOM, data, limits.FRAME_BYTES)
    if isinstance(message, m.Admitted):
        state.admit(message)
    take(state, message)
    msgspec.json.encode(view(state, 1_800_000_000_000))


def _paper(edits: bytes) -> None:
    paper = codec.decode(Paper, changed(codec.encode(small_paper("m1", "A")), edits), limits.PAPER_BYTES)
    for rules in (Rules(), Rules(shuffle_items=False, shuffle_options=False)):
        msgspec.json.encode(display.paper_view(paper, display.arrange(paper, rules, "1001")))


def _receipt(data: bytes) -> None:
    d.receipt_code(codec.decode(d.AttemptReceipt, data, limits.DOCUMENT_BYTES))


TARGETS = [
    Target("candidate/intent", _intent, lambda: [msgspec.json.encode(one) for one in samples(INTENT)], shape="json",
           most=limits.PAGE_FRAME_BYTES),
    Target("candidate/page_http", _http, _requests, most=4 * limits.KIB, share=1.5),
    Target("candidate/screen", _screen, lambda: [codec.encode(one) for one in samples(ROOM)], shape="msgpack",
           most=16 * limits.KIB),
    Target("candidate/paper", _paper, lambda: EDITS, most=256),
    Target("candidate/receipt", _receipt, lambda: [codec.encode(one) for one in samples(d.AttemptReceipt)],
           shape="msgpack", most=4 * limits.KIB, share=0.5),
]  # fmt: skip
