"""The sealed paper form on this PC: fetched from the room, checked, kept as ciphertext, opened at the opening.

A form that was fetched once is not fetched again. Holds no key beyond one call.
"""

import asyncio
import ssl
from pathlib import Path

import aiohttp

from shared import crypto, limits
from shared.errors import BadSignature, Malformed, Unavailable
from shared.io import tls
from shared.io.files import write_durably
from shared.io.link import Address
from shared.messages import PaperRef
from shared.model import Paper
from shared.package import open_paper

AT_ONCE = limits.MIB
"""A form up to this size opens faster than a thread would start."""
TIMEOUT = 60.0
"""Seconds for one attempt to fetch a form."""


def kept(folder: Path, ref: PaperRef) -> bytes | None:
    """The sealed form that `ref` names, if it is on this PC and whole."""
    try:
        data = _path(folder, ref).read_bytes()
    except OSError:
        return None
    return data if _fits(data, ref) else None


async def fetch(folder: Path, ref: PaperRef, where: Address, context: ssl.SSLContext) -> bytes:
    """Fetches, checks and keeps the sealed form.

    Raises:
        Unavailable: the room does not give it just now, or this PC's disk refused it (`file_failed`).
        BadSignature: what came is not the form that `ref` names.
        Malformed: `ref` states an impossible size.
    """
    if not 0 < ref.size <= limits.PAPER_BYTES * 2:
        raise Malformed(f"paper form {ref.form} of {ref.size} bytes is too large", "too_large")
    data = await _download(ref, where, context)
    if not _fits(data, ref):
        raise BadSignature(f"paper form {ref.form} does not have the digest the room named")
    try:
        await asyncio.to_thread(write_durably, _path(folder, ref), data)
    except OSError as error:
        raise Unavailable(f"paper form {ref.form} cannot be kept: {error.strerror}", "file_failed") from error
    return data


async def opened(sealed: bytes, key: bytes, session: str, form: str) -> Paper:
    """The paper, opened with its key; raises like `shared.package.open_paper`."""
    if len(sealed) <= AT_ONCE:
        return open_paper(sealed, key, session, form)
    return await asyncio.to_thread(open_paper, sealed, key, session, form)


async def _download(ref: PaperRef, where: Address, context: ssl.SSLContext) -> bytes:
    connector = aiohttp.TCPConnector(local_addr=(where.local, 0) if where.local else None)
    url = f"https://{where.host}:{where.port}/paper/{ref.sha256.hex()}"
    data = bytearray()
    try:
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(TIMEOUT)) as http:
            name = tls.host_name(where.name)
            async with http.get(url, ssl=context, server_hostname=name, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise Unavailable(f"the room answers {answer.status} for the paper", "no_paper")
                async for chunk in answer.content.iter_chunked(256 * limits.KIB):
                    data += chunk
                    if len(data) > ref.size:
                        break
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unavailable(f"the paper did not come: {error.__class__.__name__}", "no_paper") from error
    return bytes(data)


def _fits(data: bytes, ref: PaperRef) -> bool:
    return len(data) == ref.size and crypto.sha256(data) == ref.sha256


def _path(folder: Path, ref: PaperRef) -> Path:
    return folder / f"{ref.sha256.hex()}.sealed"
