"""A small real platform for site tests: pinned TLS, signed time, listed documents and a tus server that can cut a
transfer.

Its time is the boot clock plus a shift, so that tests choose what day it is. Signs with the keys of a `SmallDay`
and verifies bundles with `shared.verifier`. Keeps everything in memory.
"""

import asyncio
import base64
import io
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from shared import codec, crypto, limits, signed, verifier
from shared import documents as d
from shared import messages as m
from shared.errors import Damaged
from shared.io import tls
from shared.io.clock import boot_now
from tests.support.small_day import SmallDay

TOKEN = "token-of-the-site"


class FakePlatform:
    """One platform. `documents` are served to the site, `refuse` maps a SHA-256 in hex to a code, `cut_after` bytes
    of a PATCH the connection is cut, once; so many of the next uploads' requests find its storage full (`full`).
    """

    def __init__(self, day: SmallDay, now: int) -> None:
        self.day = day
        self.shift = now - boot_now()
        self.documents: list[tuple[str, bytes]] = []
        self.refuse: dict[str, str] = {}
        self.cut_after: int | None = None
        self.full = 0
        self.time_reply: Callable[[d.TimeReply], bytes] = self.signed_time
        self.uploads: dict[str, bytearray] = {}
        self.sizes: dict[str, int] = {}
        self.patches = 0
        self.reports: list[bytes] = []
        self.heads: list[m.HeadsTold] = []
        self.contradict = False
        self.reported = asyncio.Event()
        self.key, self.certificate = tls.self_signed("platform")
        self.seal_key = crypto.new_p256()
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens while `serving`."""
        return f"https://127.0.0.1:{self.port}"

    def now(self) -> int:
        """Its time, ms UTC."""
        return boot_now() + self.shift

    def signed_time(self, reply: d.TimeReply) -> bytes:
        """An honest answer; a test may put another function in the place of `time_reply`."""
        return signed.sign(self.day.issuing, d.TIME, reply)

    def welcome(self, site: str) -> bytes:
        """What the platform gives a registered site."""
        seal_key = crypto.WrapKey(crypto.HPKE_P256, self.seal_key[1])
        payload = d.SiteWelcome(
            site, self.url, self.day.root.public, self.certificate, TOKEN, seal_key, self.day.issuer
        )  # fmt: skip
        return signed.sign(self.day.issuing, d.WELCOME, payload)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["FakePlatform"]:
        """Serves on a port of its own, the same one when opened again."""
        app = web.Application(client_max_size=1 << 26)
        app.add_routes(
            [
                web.get("/v1/time", self._time),
                web.get("/v1/documents", self._list),
                web.get("/v1/documents/{sha256}", self._document),
                web.post("/v1/status", self._status),
                web.post("/v1/heads", self._heads),
                web.post("/v1/uploads", self._create),
                web.head("/v1/uploads/{id}", self._head),
                web.patch("/v1/uploads/{id}", self._patch),
                web.get("/v1/uploads/{id}/receipt", self._receipt),
            ]
        )
        with tempfile.TemporaryDirectory() as folder:
            tls.write_identity(Path(folder), self.key, self.certificate)
            context = tls.server_context(Path(folder))
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self.port, ssl_context=context).start()
            self.port = runner.addresses[0][1]
            yield self
        finally:
            await runner.cleanup()

    async def _time(self, request: web.Request) -> web.Response:
        received = self.now()
        reply = d.TimeReply(bytes.fromhex(request.query["nonce"]), received, self.now())
        return web.Response(body=self.time_reply(reply))

    async def _list(self, request: web.Request) -> web.Response:
        _proven(request)
        listed = [
            {
                "type": type_, "session": self.day.session.id, "version": 1, "sha256": crypto.sha256(data).hex(),
                "size": len(data), "not_before": 0,
            }
            for type_, data in self.documents
        ]  # fmt: skip
        return web.json_response(listed)

    async def _document(self, request: web.Request) -> web.Response:
        _proven(request)
        name = request.match_info["sha256"]
        if name in self.refuse:
            return web.json_response({"code": self.refuse[name], "detail": "not yet"}, status=403)
        return web.Response(body=next(data for _, data in self.documents if crypto.sha256(data).hex() == name))

    async def _heads(self, request: web.Request) -> web.Response:
        _proven(request)
        self.heads.append(codec.decode(m.HeadsTold, await request.read(), limits.MIB))
        if self.contradict:
            return web.json_response({"code": "contradicts_head", "detail": "site/s1 1.3"}, status=409)
        return web.Response(status=204)

    async def _status(self, request: web.Request) -> web.Response:
        _proven(request)
        self.reports.append(await request.read())
        self.reported.set()
        return web.Response(status=204)

    async def _create(self, request: web.Request) -> web.Response:
        _proven(request)
        pairs = dict(pair.split(" ") for pair in request.headers["Upload-Metadata"].split(","))
        name = base64.b64decode(pairs["sha256"]).decode()
        self.uploads.setdefault(name, bytearray())
        self.sizes[name] = int(request.headers["Upload-Length"])
        return web.Response(status=201, headers={"Location": f"{self.url}/v1/uploads/{name}"})

    async def _head(self, request: web.Request) -> web.Response:
        _proven(request)
        held = self.uploads.get(request.match_info["id"])
        if held is None:
            raise web.HTTPNotFound
        return web.Response(headers={"Upload-Offset": str(len(held))})

    async def _patch(self, request: web.Request) -> web.Response:
        _proven(request)
        self._store()
        self.patches += 1
        held = self.uploads[request.match_info["id"]]
        if int(request.headers["Upload-Offset"]) != len(held):
            raise web.HTTPConflict
        most = self.cut_after
        async for part in request.content.iter_any():
            held += part if most is None else part[: max(0, most - len(held))]
            if most is not None and len(held) >= most and request.transport is not None:
                self.cut_after = None
                request.transport.abort()
                break
        return web.Response(status=204, headers={"Upload-Offset": str(len(held))})

    def _store(self) -> None:
        if self.full:
            self.full -= 1
            raise web.HTTPInsufficientStorage(text='{"code": "disk_failed", "detail": ""}')

    async def _receipt(self, request: web.Request) -> web.Response:
        _proven(request)
        self._store()
        data = bytes(self.uploads[request.match_info["id"]])
        try:
            report = verifier.verify(io.BytesIO(data), self.day.root.public)
        except Damaged as error:
            return web.json_response({"code": error.wire_code, "detail": error.detail}, status=422)
        receipt = d.UploadReceipt(
            report.site, report.session, crypto.sha256(data), len(data), report.records, self.now()
        )  # fmt: skip
        return web.Response(body=signed.sign(self.day.issuing, d.UPLOAD_RECEIPT, receipt))


def _proven(request: web.Request) -> None:
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        raise web.HTTPUnauthorized(text='{"code": "unauthorised", "detail": ""}')
