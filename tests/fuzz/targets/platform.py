"""What sites and strangers send to the platform: raw HTTP to its real application, tus headers included.

In an input the words TOKEN, UPLOAD and DIGEST stand for a registered site's token, an upload it has begun and that
upload's digest, which differ from process to process.
"""

import base64
import functools
from pathlib import Path

from central_platform.app import Exchange
from central_platform.home import Home
from central_platform.tables import Database
from central_platform.tus import VERSION
from central_platform.uploads import Uploads
from shared import crypto, limits
from tests.fuzz.served import Served, application
from tests.fuzz.target import Target, memory_folder
from tests.support.exchange import NOW, Site, platform

BODY = b"0123456789" * 10
DIGEST = crypto.sha256(BODY).hex()


class Door:
    """A platform with one registered site and one upload under way."""

    def __init__(self, folder: Path) -> None:
        self.home: Home = platform(folder)
        self.database: Database = self.home.database()
        self.token = Site("s1").join(self.home, self.database).token
        uploads = Uploads(self.home.uploads, self.database)
        self.upload = uploads.create("s1", "m1", DIGEST, len(BODY) * 1000, NOW).id
        self.served = Served(application(lambda: Exchange(self.home, self.database).app()))


@functools.cache
def door() -> Door:
    """The platform of this process."""
    return Door(memory_folder())


def _http(data: bytes) -> None:
    one = door()
    for word, value in ((b"TOKEN", one.token), (b"UPLOAD", one.upload), (b"DIGEST", DIGEST)):
        data = data.replace(word, value.encode())
    one.served.ask(data)


def _request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: platform", "Authorization: Bearer TOKEN", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def _requests() -> list[bytes]:
    tus = {"Tus-Resumable": VERSION}
    facts = {"session": "m1", "sha256": "a" * 64}
    pairs = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in facts.items())
    patch = tus | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    return [
        _request("GET", f"/v1/time?nonce={'0' * 32}"),
        _request("GET", "/v1/documents"),
        _request("GET", f"/v1/documents/{'a' * 64}"),
        _request("POST", "/v1/status", body=b'{"rooms":[{"id":"01"}]}'),
        _request("OPTIONS", "/v1/uploads", tus),
        _request("POST", "/v1/uploads", tus | {"Upload-Length": "100", "Upload-Metadata": pairs}),
        _request("HEAD", "/v1/uploads/UPLOAD", tus),
        _request("PATCH", "/v1/uploads/UPLOAD", patch, b"01234"),
        _request("GET", "/v1/uploads/UPLOAD/receipt"),
    ]


TARGETS = [Target("platform/http", _http, _requests, most=4 * limits.KIB, share=4.0)]
