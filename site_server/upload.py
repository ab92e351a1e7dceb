"""上报: a bundle sent to the platform by tus 1.0 (creation, HEAD, PATCH), resumed where the platform says it stands.

Cuts and a platform that is away are waited out with growing pauses; the same bundle sent twice is one upload. Ends
with the platform's receipt, checked by `shared.trust` for exactly this bundle. Does not record anything: the caller
does.
"""

import asyncio
import base64
import logging
import random
from collections.abc import AsyncIterator
from typing import Final

from shared import limits
from shared.errors import KaodianError, Refused, Unavailable
from shared.trust import PlatformTrust
from site_server.bundling import Made, Tell
from site_server.platform import Platform, failure, read_body

log = logging.getLogger(__name__)
TUS: Final = {"Tus-Resumable": "1.0.0"}
TRIES: Final = 12
"""Attempts in a row without a byte of progress before giving up; the next `upload` goes on from there."""
PAUSE_MAX: Final = 8.0
POLL_SECONDS: Final = 0.5
POLLS: Final = 1200
_PIECE = 256 * limits.KIB


class Upload:
    """One bundle on its way."""

    def __init__(
        self, platform: Platform, trust: PlatformTrust, session: str, made: Made, tell: Tell, tries: int = TRIES
    ) -> None:
        self._platform = platform
        self._trust = trust
        self._session = session
        self._made = made
        self._tell = tell
        self._tries = tries
        self._location = ""
        self.resumed = 0
        """How often the transfer went on from bytes that the platform already had, after a cut or an earlier call."""

    async def run(self) -> bytes:
        """The platform's signed receipt.

        Raises:
            Unavailable: the platform stayed away (`no_platform`) or could store nothing (`platform_disk`); what it has
                is kept there.
            Refused: the platform turned the bundle down, with its own code.
            Untrusted: the receipt is not for this bundle.
        """
        failed, best, sending = 0, -1, False
        while True:
            try:
                at = await self._offset()
                self.resumed += not sending and 0 < at < self._made.size
                sending = True
                if at > best:
                    failed, best = 0, at
                    self._tell(f"{at} / {self._made.size}")
                if at >= self._made.size:
                    return await self._receipt()
                await self._send(at)
            except (Unavailable, _Moved) as error:
                failed, sending = failed + 1, False
                if failed >= self._tries:
                    code = error.wire_code if isinstance(error, Unavailable) else "no_platform"
                    raise Unavailable(error.detail, code) from error
                log.info("upload of %s: %s; trying again", self._session, error)
                pause = min(PAUSE_MAX, 0.2 * 2**failed)
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311  # jitter, not a secret

    async def _offset(self) -> int:
        if not self._location:
            self._location = await self._create()
        async with self._platform.request("HEAD", self._location, headers=TUS) as reply:
            if reply.status == 404:
                self._location = ""
                raise _Moved("the platform no longer knows the upload")
            offset = reply.headers.get("Upload-Offset", "")
            if reply.status not in (200, 204) or not offset.isascii() or not offset.isdigit():
                raise failure(reply.status, b"")
            return int(offset)

    async def _create(self) -> str:
        facts = {"session": self._session, "sha256": self._made.sha256.hex()}
        pairs = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in facts.items())
        headers = TUS | {"Upload-Length": str(self._made.size), "Upload-Metadata": pairs}
        async with self._platform.request("POST", "/v1/uploads", headers=headers) as reply:
            location = reply.headers.get("Location", "")
            if reply.status != 201 or not location:
                raise failure(reply.status, await read_body(reply, limits.FRAME_BYTES))
            return location

    async def _send(self, at: int) -> None:
        size = min(limits.UPLOAD_PATCH_BYTES, self._made.size - at)
        headers = {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        headers |= TUS | {"Content-Length": str(size)}
        async with self._platform.request("PATCH", self._location, headers=headers, data=self._read(at, size)) as reply:
            if reply.status == 409:
                raise _Moved("the upload stands elsewhere")
            if reply.status != 204:
                raise failure(reply.status, await read_body(reply, limits.FRAME_BYTES))

    async def _read(self, at: int, size: int) -> AsyncIterator[bytes]:
        with self._made.path.open("rb") as source:
            source.seek(at)
            while size > 0:
                part = await asyncio.to_thread(source.read, min(_PIECE, size))
                size -= len(part)
                yield part

    async def _receipt(self) -> bytes:
        for _ in range(POLLS):
            async with self._platform.request("GET", self._location + "/receipt") as reply:
                body = await read_body(reply, limits.DOCUMENT_BYTES)
                if reply.status == 200:
                    self._trust.upload_receipt(body, self._made.sha256, self._made.size)
                    return body
                if reply.status != 202:
                    raise failure(reply.status, body)
            await asyncio.sleep(POLL_SECONDS)
        raise Refused("the platform did not finish checking the bundle", "receipt_pending")


class _Moved(KaodianError):
    """The platform's state of the upload is not what we thought: ask again."""
