"""The site's own page on loopback: what every room does, what is copied, and what is wrong; it refreshes by itself.

Reads only: orders are given by people who prove name and PIN or sit at the site's own shell, so the page shows the
command to type. Chinese unless `?lang=en`. Shows no candidate's name, answer or number.
"""

import datetime as dt
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, select_autoescape

from shared import codec, limits
from shared.io.files import free
from shared.io.text import explain, language_of, translator
from site_server import status
from site_server.station import Station

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
BEIJING = dt.timezone(dt.timedelta(hours=8))
HOSTS = ("127.0.0.1", "localhost")


def app(station: Station, free: Callable[[Path], int] = free) -> web.Application:
    """The page, its style and its JSON; `free` asks for the free bytes where a folder is."""
    web_files = files("site_server") / "web"
    environment = Environment(autoescape=select_autoescape(default=True), extensions=["jinja2.ext.i18n"])
    template = environment.from_string((web_files / "status.html").read_text("utf-8"))
    style = (web_files / "status.css").read_text("utf-8")

    async def page(request: web.Request) -> web.Response:
        _check_host(request)
        language = language_of(request.query.get("lang"))
        text = template.render(
            state=status.of(station, free),
            data=station.site.folder.path,
            disk_low=limits.DISK_LOW,
            clock=_clock,
            explain=explain,
            _=translator("site_server", language),
            language=language,
        )
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    async def facts(request: web.Request) -> web.Response:
        _check_host(request)
        body = codec.encode_json(status.of(station, free))
        return web.Response(body=body, content_type="application/json", headers=HEADERS)

    async def css(_: web.Request) -> web.Response:
        return web.Response(text=style, content_type="text/css", headers=HEADERS)

    found = web.Application()
    found.router.add_get("/", page)
    found.router.add_get("/status.json", facts)
    found.router.add_get("/status.css", css)
    return found


def _check_host(request: web.Request) -> None:
    """A foreign page that resolves its own name to this machine must not read ours."""
    # As it came: to read it as a URL's host fails on names that are none.
    if request.host.partition(":")[0] not in HOSTS:
        raise web.HTTPForbidden


def _clock(instant: int) -> str:
    """An instant (ms UTC) in Beijing time, as on tickets and on every other screen, whatever zone the machine has."""
    return dt.datetime.fromtimestamp(instant / 1000, BEIJING).strftime("%Y-%m-%d %H:%M:%S")
