"""The platform's HTTPS door for sites: time, documents, status reports; `central_platform.tus` adds the uploads.

Everything but the time needs a site's bearer token, and shows a site only what is its own. Refusals are JSON
`{"code", "detail"}`; what went wrong inside is logged, never sent. Makes no documents and verifies no bundles.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientPayloadError, web

from central_platform import heads
from central_platform import tables_exchange as t
from central_platform.home import Home
from central_platform.signing import newest
from central_platform.sites import authenticate
from central_platform.tables import Database
from central_platform.tus import Tus
from central_platform.uploads import Uploads
from shared import codec, errors, limits, signed
from shared import documents as d
from shared.io import clock, tls
from shared.io.tasks import Tasks
from shared.messages import HeadsTold

log = logging.getLogger(__name__)

STATUS_BYTES = 64 * limits.KIB
HEADS_BYTES = 1 * limits.MIB
NONCE_HEX = range(32, 129)
SITE = web.RequestKey("site", str)

STATUSES: tuple[tuple[type[errors.KaodianError], int], ...] = (
    (errors.Malformed, 400),
    (errors.Untrusted, 403),
    (errors.Refused, 403),
    (errors.Unavailable, 503),
)
CODES = {
    "unauthorised": 401,
    "too_large": 413,
    "not_found": 404,
    "incomplete": 409,
    "contradicts_head": 409,
    "disk_full": 507,
    "disk_failed": 507,
}
CODES |= {"other_offset": 409, "other_size": 409}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Exchange:
    """One running platform service."""

    def __init__(self, home: Home, database: Database) -> None:
        self._home = home
        self._database = database
        self._tasks = Tasks()
        self._tus = Tus(home, database, Uploads(home.uploads, database), self._tasks, SITE)

    def app(self) -> web.Application:
        """The application, ready to be served."""
        app = web.Application(middlewares=[self._guard], client_max_size=HEADS_BYTES)
        app.router.add_get("/v1/time", self._time)
        app.router.add_get("/v1/documents", self._documents, allow_head=False)
        app.router.add_get("/v1/documents/{sha256:[0-9a-f]{64}}", self._document, allow_head=False)
        app.router.add_post("/v1/status", self._status)
        app.router.add_post("/v1/heads", self._heads)
        self._tus.add_routes(app.router)
        app.on_startup.append(self._begin)
        app.on_cleanup.append(self._end)
        return app

    async def _begin(self, _: web.Application) -> None:
        await self._tus.resume()

    async def _end(self, _: web.Application) -> None:
        await self._tasks.close()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.match_info.http_exception is None and request.path != "/v1/time":
                header = request.headers.get("Authorization", "")
                request[SITE] = await asyncio.to_thread(authenticate, self._database, header)
            return await handler(request)
        except errors.KaodianError as error:
            if isinstance(error, errors.Misuse):
                log.exception("%s %s", request.method, request.path)
            return refusal(error)
        except (ConnectionError, ClientPayloadError):
            # Nobody is left to read the answer; it is no fault of ours to be logged.
            return refusal(errors.Unavailable("the link was cut", "link_cut"))
        except web.HTTPRequestEntityTooLarge:
            return _json(413, "too_large", "the request is too large")
        except web.HTTPException as error:
            return _json(error.status, "not_found" if error.status == 404 else "malformed", error.reason)
        except Exception:  # the last line: a site hears of a fault, never of its details
            log.exception("%s %s", request.method, request.path)
            return _json(500, "internal", "the platform failed; its log says why")

    async def _time(self, request: web.Request) -> web.Response:
        received = clock.system_now()
        nonce = request.query.get("nonce", "")
        try:
            asked = bytes.fromhex(nonce)
        except ValueError as error:
            raise errors.Malformed("nonce is not hex") from error
        if len(nonce) not in NONCE_HEX:
            raise errors.Malformed("nonce must be 32 to 128 hex digits")
        reply = d.TimeReply(asked, received, clock.system_now())
        return _bytes(signed.sign(self._home.keys.issuing, d.TIME, reply))

    async def _documents(self, request: web.Request) -> web.Response:
        rows = newest(await asyncio.to_thread(self._rows, request[SITE]))
        names = ("type", "session", "version", "sha256", "size", "not_before")
        listed = [{name: getattr(row, name) for name in names} for row in rows]
        return web.Response(body=codec.encode_json(listed), content_type="application/json")

    async def _document(self, request: web.Request) -> web.StreamResponse:
        rows = await asyncio.to_thread(self._rows, request[SITE])
        found = next((row for row in rows if row.sha256 == request.match_info["sha256"]), None)
        if found is None:
            raise errors.Refused("there is no such document for this site", "not_found")
        if clock.system_now() < found.not_before:
            raise errors.Refused(f"not to be had before {found.not_before} (ms UTC)", "too_early")
        headers = {"Content-Type": "application/octet-stream", "Cache-Control": "no-store"}
        return web.FileResponse(self._home.document_path(found.sha256), headers=headers)

    async def _status(self, request: web.Request) -> web.Response:
        body = await request.read()
        codec.decode_json(Any, body, STATUS_BYTES)
        await asyncio.to_thread(self._report, request[SITE], body)
        return web.Response(status=204)

    async def _heads(self, request: web.Request) -> web.Response:
        told = codec.decode(HeadsTold, await request.read(), HEADS_BYTES)
        await asyncio.to_thread(heads.take, self._database, request[SITE], told, clock.system_now())
        return web.Response(status=204)

    def _rows(self, site: str) -> list[t.IssuedRow]:
        with self._database.read() as connection:
            return t.issued_for(connection, site)

    def _report(self, site: str, body: bytes) -> None:
        with self._database.write() as connection:
            t.add_report(connection, site, clock.system_now(), body)


def refusal(error: errors.KaodianError) -> web.Response:
    """The answer that tells an error of ours to a site."""
    status = CODES.get(error.wire_code) or next((code for kind, code in STATUSES if isinstance(error, kind)), 500)
    return _json(status, error.wire_code, error.detail)


async def serve(home: Home, host: str, port: int, ready: Callable[[str, int], None]) -> None:
    """Serves until SIGTERM or SIGINT; `ready(host, port)` is called once connections are accepted."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with home.database() as database:
        runner = web.AppRunner(Exchange(home, database).app(), access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, ssl_context=tls.server_context(home.keys.tls_folder)).start()
            ready(*runner.addresses[0][:2])
            await stop.wait()
        finally:
            await runner.cleanup()


def _json(status: int, code: str, detail: str) -> web.Response:
    body = codec.encode_json({"code": code, "detail": detail})
    return web.Response(status=status, body=body, content_type="application/json")


def _bytes(data: bytes) -> web.Response:
    return web.Response(body=data, content_type="application/octet-stream", headers={"Cache-Control": "no-store"})
