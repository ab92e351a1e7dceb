"""Sealed paper forms on the room's disk: fetched from the site by digest, checked, put in place whole, served.

Everything here is ciphertext; whoever asks may have it. Holds no key.
"""

import asyncio
import hashlib
import logging
import os
from contextlib import suppress
from pathlib import Path

import aiohttp

from proctor_console.room.machine import Machine
from shared import limits
from shared.errors import BadSignature, Unavailable
from shared.io import tls
from shared.io.files import make_folder, put_in_place
from shared.messages import PaperRef

log = logging.getLogger(__name__)


class Papers:
    """The folder of sealed forms."""

    def __init__(self, machine: Machine) -> None:
        self._folder = machine.papers
        self._site = f"https://{machine.site_file.host}:{machine.site_file.port}"
        self._context = tls.client_context(machine.site_file.ca_certificate, machine.folder)

    def make(self) -> None:
        """Makes the folder if needed; raises `Unavailable` (`disk_failed`) when the disk refuses."""
        try:
            make_folder(self._folder, 0o700)
        except OSError as error:
            raise Unavailable(f"{self._folder}: {error.strerror}", "disk_failed") from error

    def path(self, name: str) -> Path | None:
        """The file of a sealed form by the hex of its SHA-256, or None; anything but such a name is None."""
        if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
            return None
        path = self._folder / name
        return path if path.is_file() else None

    async def fetch(self, papers: tuple[PaperRef, ...]) -> None:
        """Fetches what is missing, trying again until everything is there."""
        pause = limits.LINK_RETRY_MIN
        for paper in papers:
            while self.path(paper.sha256.hex()) is None:
                try:
                    await self._one(paper)
                except (Unavailable, BadSignature) as error:
                    log.info("paper %s: %s", paper.form, error)
                    await asyncio.sleep(pause / 1000)
                    pause = min(pause * 2, limits.LINK_RETRY_MAX)

    async def _one(self, paper: PaperRef) -> None:
        name = paper.sha256.hex()
        part = self._folder / f"{name}.part"
        timeout = aiohttp.ClientTimeout(total=None, sock_read=limits.LINK_SILENT / 1000)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as client,
                client.get(
                    f"{self._site}/paper/{name}", ssl=self._context, server_hostname=tls.host_name("site")
                ) as reply,
            ):
                if reply.status != 200:
                    raise Unavailable(f"the site answers {reply.status}", "no_paper")
                await self._receive(reply.content, part, paper)
            put_in_place(part, self._folder / name)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"the site does not answer: {error.__class__.__name__}", "no_link") from error
        except OSError as error:
            # A full disk: what is begun makes no room either, and the exam that runs goes on without this paper.
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise Unavailable(f"{part.name}: {error.strerror}", "disk_full") from error
        log.info("paper %s is here, %d bytes", paper.form, paper.size)

    async def _receive(self, content: aiohttp.StreamReader, part: Path, paper: PaperRef) -> None:
        """Writes the body to `part` durably; raises `BadSignature` when it is not the form named."""
        digest, size = hashlib.sha256(), 0
        with part.open("wb") as out:
            async for chunk in content.iter_chunked(256 * limits.KIB):
                size += len(chunk)
                if size > paper.size:
                    break
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            await asyncio.to_thread(os.fsync, out.fileno())
        if size != paper.size or digest.digest() != paper.sha256:
            raise BadSignature(f"paper form {paper.form} was changed on its way")
