"""The site's HTTPS client of the platform: pinned certificate, bearer token, limited answers, plain refusals.

Knows the platform's addresses and error form, not what documents mean: `shared.trust` decides that. The resumable
upload is in `site_server.upload`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import msgspec

from shared import codec, limits
from shared.documents import SiteWelcome
from shared.errors import Malformed, Refused, Unavailable
from shared.io import tls
from shared.messages import HeadsTold

STORAGE: Final = 507
"""The status by which the platform says that its disk or database took nothing."""


class Listed(msgspec.Struct, frozen=True):
    """One document the platform has for this site; `not_before` is ms UTC, `sha256` hex."""

    type: str
    session: str
    version: int
    sha256: str
    size: int
    not_before: int = 0


class Failure(msgspec.Struct, frozen=True):
    """The platform's error answer."""

    code: str
    detail: str = ""


class Platform:
    """One HTTP session with the platform; use as an asynchronous context manager."""

    def __init__(self, welcome: SiteWelcome) -> None:
        self._base = welcome.url.rstrip("/")
        self._context = tls.client_context(welcome.tls_certificate)
        self._auth = {"Authorization": f"Bearer {welcome.token}"}
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Platform":
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=30)
        self._client = aiohttp.ClientSession(timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.close()

    @asynccontextmanager
    async def request(
        self, method: str, path: str, *, proven: bool = True, headers: dict[str, str] | None = None, data: Any = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request to a path below the platform's URL (or a whole URL of the platform's own).

        Raises:
            Unavailable: no way through or the platform itself is in trouble (`no_platform`), or its storage refuses
                (`platform_disk`).
        """
        if self._client is None:
            raise Unavailable("the client is closed", "no_platform")
        url = path if path.startswith(self._base + "/") else self._base + path
        all_headers = (self._auth if proven else {}) | (headers or {})
        name = tls.host_name("platform")
        try:
            async with self._client.request(
                method, url, headers=all_headers, data=data, ssl=self._context, server_hostname=name,
                allow_redirects=False,
            ) as reply:  # fmt: skip
                if reply.status >= 500:
                    code = "platform_disk" if reply.status == STORAGE else "no_platform"
                    raise Unavailable(f"the platform answers {reply.status} to {method} {path}", code)
                yield reply
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"the platform does not answer: {error.__class__.__name__}", "no_platform") from error

    async def get(self, path: str, most: int = limits.DOCUMENT_BYTES, *, proven: bool = True) -> bytes:
        """The body of a successful GET; raises `Refused` with the platform's own code otherwise."""
        async with self.request("GET", path, proven=proven) as reply:
            body = await read_body(reply, most)
            if reply.status != 200:
                raise failure(reply.status, body)
            return body

    async def documents(self) -> list[Listed]:
        """What the platform has for this site."""
        return codec.decode_json(list[Listed], await self.get("/v1/documents"), limits.DOCUMENT_BYTES)

    async def document(self, sha256: str, size: int) -> bytes:
        """The bytes of a listed document, at most a paper package's size."""
        return await self.get(f"/v1/documents/{sha256}", min(size, limits.PACKAGE_BYTES))

    async def time(self, nonce: bytes) -> bytes:
        """The signed answer to a time question."""
        return await self.get(f"/v1/time?nonce={nonce.hex()}", limits.FRAME_BYTES, proven=False)

    async def heads(self, told: HeadsTold) -> None:
        """Tells signed heads; raises `Refused` with the platform's code, `contradicts_head` when it keeps others."""
        headers = {"Content-Type": "application/msgpack"}
        async with self.request("POST", "/v1/heads", headers=headers, data=codec.encode(told)) as reply:
            if reply.status >= 300:
                raise failure(reply.status, await read_body(reply, limits.FRAME_BYTES))

    async def report(self, status: bytes) -> None:
        """Sends the site's state as JSON."""
        headers = {"Content-Type": "application/json"}
        async with self.request("POST", "/v1/status", headers=headers, data=status) as reply:
            if reply.status >= 300:
                raise failure(reply.status, await read_body(reply, limits.FRAME_BYTES))


async def read_body(reply: aiohttp.ClientResponse, most: int) -> bytes:
    """The whole body; raises `Malformed` (`too_large`) beyond `most` bytes."""
    parts, size = [], 0
    async for part in reply.content.iter_chunked(limits.MIB):
        size += len(part)
        if size > most:
            raise Malformed(f"the platform sent more than {most} bytes", "too_large")
        parts.append(part)
    return b"".join(parts)


def failure(status: int, body: bytes) -> Refused:
    """The platform's refusal as an error of ours."""
    try:
        why = codec.decode_json(Failure, body, limits.DOCUMENT_BYTES)
    except Malformed:
        return Refused(f"the platform refuses with status {status}")
    return Refused(why.detail[:500] or why.code, why.code[:64])
