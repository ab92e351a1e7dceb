"""The uploads' HTTP: a tus 1.0 server (core and creation), and the receipt that ends it.

Bytes go to disk as they come, in constant memory; what arrived before a cut stays. A second PATCH for the same
upload takes over from the first, whose link may be dead without anybody having noticed. A whole file is verified in
a worker thread, one at a time. Files and rows of `central_platform.uploads` tell where everything stands; only what
could not be noted there, because storage refused, is kept here until it was told.
"""

import asyncio
import base64
import logging
from collections import defaultdict

from aiohttp import ClientPayloadError, web

from central_platform.home import Home
from central_platform.tables import Database
from central_platform.tables_results import UploadRow
from central_platform.uploads import Uploads
from shared import errors, limits
from shared.io import clock
from shared.io.tasks import Tasks

log = logging.getLogger(__name__)

VERSION = "1.0.0"
PIECE = limits.MIB
"""Bytes made durable at a time."""
SILENT_SECONDS = 30.0
BASE = "/v1/uploads"


class Tus:
    """The upload routes. `site_key` is where a request carries the name of the site it comes from."""

    def __init__(
        self, home: Home, database: Database, uploads: Uploads, tasks: Tasks, site_key: web.RequestKey[str]
    ) -> None:
        self._home = home
        self._database = database
        self._uploads = uploads
        self._tasks = tasks
        self._site_key = site_key
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._senders: dict[str, asyncio.BaseTransport] = {}
        self._verifying: set[str] = set()
        self._unstored: dict[str, errors.Unavailable] = {}
        """Why whole uploads could not be stored; each is told once, and it is tried again when asked after."""
        self._one = asyncio.Semaphore(1)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Adds the routes below `/v1/uploads`."""
        router.add_route("OPTIONS", BASE, self._options)
        router.add_post(BASE, self._create)
        router.add_route("OPTIONS", BASE + "/{id:[0-9a-f]{32}}", self._options)
        router.add_head(BASE + "/{id:[0-9a-f]{32}}", self._head)
        router.add_patch(BASE + "/{id:[0-9a-f]{32}}", self._patch)
        router.add_get(BASE + "/{id:[0-9a-f]{32}}/receipt", self._receipt, allow_head=False)

    async def resume(self) -> None:
        """Goes on with the verification of whole files that an earlier run left undecided."""
        for row in await asyncio.to_thread(self._uploads.whole):
            self._verify_later(row)

    async def _options(self, _: web.Request) -> web.Response:
        headers = {"Tus-Version": VERSION, "Tus-Extension": "creation", "Tus-Max-Size": str(limits.BUNDLE_BYTES)}
        return _answer(204, headers)

    async def _create(self, request: web.Request) -> web.Response:
        _speaks_tus(request)
        size = _number(request, "Upload-Length")
        facts = _metadata(request.headers.get("Upload-Metadata", ""))
        site, session, sha256 = request[self._site_key], facts.get("session", ""), facts.get("sha256", "").lower()
        row = await asyncio.to_thread(self._uploads.create, site, session, sha256, size, clock.system_now())
        offset = await asyncio.to_thread(self._uploads.offset, row)
        if offset == row.size:
            self._verify_later(row)
        return _answer(201, {"Location": f"{request.scheme}://{request.host}{BASE}/{row.id}"})

    async def _head(self, request: web.Request) -> web.Response:
        _speaks_tus(request)
        row = await self._row(request)
        offset = await asyncio.to_thread(self._uploads.offset, row)
        sizes = {"Upload-Offset": str(offset), "Upload-Length": str(row.size), "Cache-Control": "no-store"}
        return _answer(200, sizes)

    async def _patch(self, request: web.Request) -> web.Response:
        _speaks_tus(request)
        if request.content_type != "application/offset+octet-stream":
            raise web.HTTPUnsupportedMediaType
        row = await self._row(request)
        offset = _number(request, "Upload-Offset")
        transport = request.transport
        former = self._senders.pop(row.id, None)
        if isinstance(former, asyncio.Transport):
            former.abort()
        if transport is not None:
            self._senders[row.id] = transport
        try:
            async with self._locks[row.id]:
                offset = await self._take(request, row, offset)
        finally:
            if transport is not None and self._senders.get(row.id) is transport:
                del self._senders[row.id]
        if offset == row.size:
            self._verify_later(row)
        return _answer(204, {"Upload-Offset": str(offset)})

    async def _receipt(self, request: web.Request) -> web.Response:
        # Looked at before the row is read: afterwards a verdict could fall in between.
        busy = request.match_info["id"] in self._verifying
        row = await self._row(request)
        if busy:
            return web.Response(status=202)
        if (why := self._unstored.pop(row.id, None)) is not None:
            raise why
        receipt = await asyncio.to_thread(self._uploads.receipt, row)
        if receipt is not None:
            return web.Response(body=receipt, content_type="application/octet-stream")
        if row.code:
            return web.json_response({"code": row.code, "detail": row.detail}, status=422)
        if await asyncio.to_thread(self._uploads.offset, row) != row.size:
            raise errors.Refused("the upload is not whole yet", "incomplete")
        self._verify_later(row)
        return web.Response(status=202)

    async def _take(self, request: web.Request, row: UploadRow, offset: int) -> int:
        offset = await asyncio.to_thread(self._uploads.append, row, offset, b"")
        if offset + (request.content_length or 0) > row.size:
            raise errors.Refused("more bytes than were announced", "other_size")
        piece = bytearray()
        cut = False
        while not cut:
            try:
                async with asyncio.timeout(SILENT_SECONDS):
                    data = await request.content.readany()
            except (ConnectionError, ClientPayloadError, TimeoutError):
                cut, data = True, b""
            piece += data
            if len(piece) >= PIECE or (piece and not data):
                offset = await asyncio.to_thread(self._uploads.append, row, offset, bytes(piece))
                piece.clear()
            if not data:
                break
        if cut:
            log.info("upload %s was cut at byte %d of %d", row.id, offset, row.size)
            raise errors.Unavailable("the link was cut", "link_cut")
        return offset

    async def _row(self, request: web.Request) -> UploadRow:
        row = await asyncio.to_thread(self._uploads.find, request.match_info["id"], request[self._site_key])
        if row is None:
            raise errors.Refused("this site has no such upload", "not_found")
        return row

    def _verify_later(self, row: UploadRow) -> None:
        if row.id not in self._verifying:
            self._verifying.add(row.id)
            self._unstored.pop(row.id, None)
            self._tasks.spawn(f"verify {row.id}", self._verify(row))

    async def _verify(self, row: UploadRow) -> None:
        try:
            async with self._one:
                await asyncio.to_thread(self._take_in, row)
        except errors.Unavailable as error:
            log.warning("bundle of site %s, session %s was not stored: %s", row.site, row.session, error)
            self._unstored[row.id] = error
        finally:
            self._verifying.discard(row.id)

    def _take_in(self, row: UploadRow) -> None:
        from central_platform import ingest

        if self._uploads.receipt(row) is not None:
            return
        try:
            self._uploads.begin(row, clock.system_now())
            self._uploads.check(row)
            ingest.take_in(self._home, self._database, self._uploads.path(row.id), clock.system_now(), row)
        except (errors.Untrusted, errors.Refused) as error:
            log.warning("bundle of site %s, session %s refused: %s", row.site, row.session, error)
            self._uploads.refuse(row, error.wire_code, error.detail)


def _speaks_tus(request: web.Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise web.HTTPPreconditionFailed(headers={"Tus-Version": VERSION})


def _number(request: web.Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(limits.BUNDLE_BYTES)) + 3):
        raise errors.Malformed(f"{name} is missing or no number")
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """tus's pairs `key base64`, comma-separated; raises `Malformed`."""
    pairs = [pair.strip().partition(" ") for pair in header.split(",") if pair.strip()]
    try:
        return {key: base64.b64decode(value, validate=True).decode() for key, _, value in pairs}
    except ValueError as error:
        raise errors.Malformed("Upload-Metadata does not hold base64 of UTF-8") from error


def _answer(status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(status=status, headers={"Tus-Resumable": VERSION} | headers)
