"""The candidate's page: serves `web/` on loopback and carries views out and intents in.

Only 127.0.0.1 is bound. The opening address holds a random token, which becomes a SameSite=Strict cookie; every other
request needs that cookie, the right Host and, for the WebSocket, our own Origin. The newest page wins: an older tab is
told so (close code `REPLACED`) and sends nothing more. Views are whole, so a slow page simply skips some. Knows no exam
rule and keeps no state: the agent behind `PageAgent` does.
"""

import asyncio
import hmac
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from aiohttp import WSMsgType, web

from candidate_client.view import AnyIntent, PaperView, View
from shared import codec, limits
from shared.errors import KaodianError
from shared.explanations import EXPLANATIONS
from shared.io.peer import upgrade
from shared.io.tasks import Tasks
from shared.io.text import explain, language_of, strings

log = logging.getLogger(__name__)

HOST: Final = "127.0.0.1"
REPLACED: Final = 4001
"""WebSocket close code: another tab has taken over."""
TOKEN_BYTES: Final = 32
HEARTBEAT: Final = 5.0
"""Seconds between pings to the page."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PICTURES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
    b"BM": "image/bmp",
}


class PageAgent(Protocol):
    """What the page needs of the agent."""

    @property
    def view(self) -> View:
        """The present view."""

    def subscribe(self, callback: Callable[[View], None]) -> Callable[[], None]:
        """Calls `callback` after every change, in the event loop; the function returned ends that."""

    async def intent(self, intent: AnyIntent) -> None:
        """Takes what the candidate asked; may raise `KaodianError`, which changes nothing."""

    def paper_view(self) -> PaperView | None:
        """The opened paper, or None before the opening."""

    def picture(self, name: str) -> bytes | None:
        """A picture of the opened paper by its file name."""


class Page:
    """The page's server. `token` stays the same over a restart of the program if the caller keeps it (`kept_token`)."""

    def __init__(self, agent: PageAgent, token: str | None = None, language: str | None = None) -> None:
        self._agent = agent
        self._token = token or secrets.token_hex(TOKEN_BYTES)
        self._language = language_of(language)
        self._files = _read_files()
        self._current: web.WebSocketResponse | None = None
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The address that opens the page; it holds the token, so it is shown to nobody but the browser."""
        return f"http://{HOST}:{self.port}/?token={self._token}"

    async def start(self, port: int = limits.PAGE_PORT) -> None:
        """Serves from now on; 0 picks a free port. Raises `OSError` when the port is taken."""
        app = web.Application(middlewares=[self._guard], client_max_size=limits.PAGE_FRAME_BYTES)
        app.router.add_get("/", self._open)
        app.router.add_get("/ws", self._socket)
        app.router.add_get("/paper.json", self._paper)
        app.router.add_get("/strings.json", self._strings)
        app.router.add_get("/picture/{name}", self._picture)
        app.router.add_get("/web/{name}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Ends the page's connection and the server."""
        if self._current is not None:
            await self._current.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def _cookie(self) -> str:
        # Cookies do not tell ports apart, and several agents may run on one machine.
        return f"kaodian_page_{self.port}"

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        opening = request.path == "/" and _same(request.query.get("token", ""), self._token)
        known = opening or _same(request.cookies.get(self._cookie, ""), self._token)
        # A foreign Host is how a web page elsewhere would reach us through a name of its own.
        if request.host != f"{HOST}:{self.port}" or not known:
            return web.Response(status=403, text="403", headers=HEADERS)
        response: web.StreamResponse
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = web.Response(status=error.status, text=error.reason)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    async def _open(self, request: web.Request) -> web.StreamResponse:
        if "token" not in request.query:
            return self._sent("index.html")
        # Away from the address with the token, so that it stands in no history and no referrer.
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(self._cookie, self._token, httponly=True, samesite="Strict", path="/")
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return self._sent(request.match_info["name"])

    def _sent(self, name: str) -> web.Response:
        body = self._files.get(name)
        if body is None:
            raise web.HTTPNotFound
        return web.Response(body=body, content_type=TYPES[Path(name).suffix], charset="utf-8")

    async def _strings(self, _: web.Request) -> web.StreamResponse:
        codes = {code: explain(code, self._language) for code in EXPLANATIONS}
        texts = strings("candidate_client", self._language)
        return _json({"language": self._language.replace("_", "-"), "texts": texts, "codes": codes})

    async def _paper(self, _: web.Request) -> web.StreamResponse:
        paper = self._agent.paper_view()
        if paper is None:
            raise web.HTTPNotFound
        return _json(paper)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        body = self._agent.picture(request.match_info["name"])
        kind = next((kind for magic, kind in PICTURES.items() if body and body.startswith(magic)), None)
        if body is None or kind is None:
            raise web.HTTPNotFound
        return web.Response(body=body, content_type=kind)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Origin") != f"http://{HOST}:{self.port}":
            raise web.HTTPForbidden
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT, max_msg_size=limits.PAGE_FRAME_BYTES, compress=False, timeout=1.0
        )
        await upgrade(socket, request)
        older, self._current = self._current, socket
        if older is not None:
            await older.close(code=REPLACED)
        tasks = Tasks()
        changed = asyncio.Event()
        unsubscribe = self._agent.subscribe(lambda _: changed.set())
        try:
            tasks.spawn("page views", self._send_views(socket, changed))
            await self._take_intents(socket)
        finally:
            unsubscribe()
            await tasks.close()
            if self._current is socket:
                self._current = None
        return socket

    async def _send_views(self, socket: web.WebSocketResponse, changed: asyncio.Event) -> None:
        """Sends the present view now and after every change; what changed meanwhile is sent as one."""
        changed.set()
        while True:
            await changed.wait()
            changed.clear()
            try:
                await socket.send_str(msgspec.json.encode(self._agent.view).decode())
            except (ConnectionError, RuntimeError):
                return  # the receiving side sees the end too

    async def _take_intents(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT or self._current is not socket:
                continue
            try:
                await self._agent.intent(decode_intent(message.data))
            except KaodianError as error:
                log.warning("the page's request came to nothing: %s", error)


def decode_intent(text: str) -> AnyIntent:
    """The intent in one frame of the page; raises `Malformed`."""
    kind: Any = AnyIntent
    intent: AnyIntent = codec.decode_json(kind, text.encode(), limits.PAGE_FRAME_BYTES)
    return intent


def kept_token(path: Path) -> str:
    """The token kept in the file at `path` (readable by its owner only), made at the first call.

    With it a page that is still open finds its way back after a restart of the program.
    """
    try:
        kept = path.read_text("ascii")
    except FileNotFoundError:
        kept = ""
    if len(kept) == TOKEN_BYTES * 2:
        return kept
    token = secrets.token_hex(TOKEN_BYTES)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(token)
    return token


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), token.encode())


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


def _read_files() -> dict[str, bytes]:
    """All static files by name, read once: no path of a request ever reaches the disk."""
    return {
        item.name: item.read_bytes()
        for item in (files("candidate_client") / "web").iterdir()
        if item.is_file() and Path(item.name).suffix in TYPES
    }
