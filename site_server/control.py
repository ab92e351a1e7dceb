"""The control socket: a running service carries out what the command-line program asks.

A unix socket in the data folder, for its owner only, speaking HTTP: `POST /` with a JSON request of
`site_server.verbs`, answered by JSON lines `{"tell"}` while it works and at last `{"facts"}` or `{"error": {"code",
"detail"}}`. One request at a time.
"""

import asyncio
import logging
import os

import aiohttp
import msgspec
from aiohttp import web

from shared import codec, limits
from shared.errors import KaodianError, Refused, Unavailable
from shared.io.tasks import Tasks
from site_server.folder import Folder
from site_server.station import Station
from site_server.verbs import AnyVerb, Facts, Tell, run

log = logging.getLogger(__name__)
_REQUEST_BYTES = limits.MIB
_SOCKET_CHARS = 100


class Failure(msgspec.Struct, frozen=True):
    """Why a request led to nothing."""

    code: str
    detail: str


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the answer."""

    tell: str | None = None
    facts: Facts | None = None
    error: Failure | None = None


class Control:
    """The service's end."""

    def __init__(self, station: Station, tasks: Tasks) -> None:
        self._station = station
        self._tasks = tasks
        self._one = asyncio.Lock()

    def app(self) -> web.Application:
        """The application to serve on the socket."""
        app = web.Application(client_max_size=_REQUEST_BYTES)
        app.router.add_post("/", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse()
        await reply.prepare(request)
        waiting: asyncio.Queue[Line] = asyncio.Queue()

        async def work() -> None:
            waiting.put_nowait(await self._run(await request.read(), lambda text: waiting.put_nowait(Line(tell=text))))

        self._tasks.spawn("command", work())
        while True:
            line = await waiting.get()
            await reply.write(codec.encode_json(line) + b"\n")
            if line.tell is None:
                break
        return reply

    async def _run(self, body: bytes, tell: Tell) -> Line:
        try:
            verb: AnyVerb = codec.decode_json(AnyVerb, body, _REQUEST_BYTES)  # type: ignore[arg-type]  # a union is no type
            async with self._one:
                return Line(facts=await run(self._station, verb, tell))
        except KaodianError as error:
            return Line(error=Failure(error.wire_code, error.detail))
        except Exception as error:
            log.exception("a command failed")
            told = _refused(error)
            return Line(error=Failure(told.wire_code, told.detail))


def _refused(error: Exception) -> KaodianError:
    """What a failure that nobody foresaw is told as: a disk or file that refused, or the program's own fault."""
    if isinstance(error, OSError) and error.errno:  # a time that ran out is an `OSError` without a number
        place = f"{error.filename}: " if error.filename else ""
        return Unavailable(f"{place}{error.strerror}", "file_failed")
    return KaodianError(error.__class__.__name__)


def socket_path(folder: Folder) -> str:
    """A name of the socket that fits a socket address, however deep the folder lies; keeps the folder open then."""
    path = str(folder.socket)
    if len(path.encode()) <= _SOCKET_CHARS:
        return path
    return f"/proc/self/fd/{os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY)}/{folder.socket.name}"


async def ask(folder: Folder, verb: AnyVerb, tell: Tell) -> Facts | None:
    """Has a running service carry `verb` out; None when no service runs. Raises what the service raised, as
    `Refused`.
    """
    if not folder.made:
        return None
    way = aiohttp.UnixConnector(socket_path(folder))
    most, endless = limits.DOCUMENT_BYTES, aiohttp.ClientTimeout(total=None)
    try:
        async with (
            aiohttp.ClientSession(connector=way, timeout=endless, read_bufsize=most) as client,
            client.post("http://site/", data=codec.encode_json(verb)) as reply,
        ):
            async for text in reply.content:
                line = codec.decode_json(Line, text, most)
                if line.error is not None:
                    raise Refused(line.error.detail, line.error.code)
                if line.facts is not None:
                    return line.facts
                tell(line.tell or "")
    except aiohttp.ClientConnectorError:
        return None
    except aiohttp.ClientError as error:
        raise Unavailable(f"the service ended: {error.__class__.__name__}", "service_gone") from error
    raise Unavailable("the service ended without an answer", "service_gone")
