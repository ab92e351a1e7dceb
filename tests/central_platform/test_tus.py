"""Uploads against the real service: tuspy's client, cuts, resumption, and the verdict on the bundle."""

import asyncio
import base64
import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import ClientResponse, ClientSession
from tusclient import client as tus

from central_platform.home import Home
from central_platform.issue import issue
from central_platform.tus import PIECE
from shared import crypto, trust
from tests.support.exchange import NOW, Site, client, ordered, pinned, platform, served, take_over
from tests.support.small_day import SmallDay, usual_day

TUS = {"Tus-Resumable": "1.0.0"}


class Door(NamedTuple):
    """A served platform and a client of site s1."""

    home: Home
    url: str
    http: ClientSession
    token: str


@asynccontextmanager
async def opened(folder: Path, day: SmallDay | None = None) -> AsyncIterator[Door]:
    """A platform that knows site s1 and the session m1, of `day` if given."""
    home = platform(folder)
    with home.database() as database:
        token = Site("s1").join(home, database).token
        if day is not None:
            take_over(home, database, day)
        else:
            issue(home, database, ordered(database, "s1"), NOW)
        async with served(home, database) as url, client(home, token) as http:
            yield Door(home, url, http, token)


def announced(data: bytes, size: int | None = None, session: str = "m1") -> dict[str, str]:
    """Headers of a creation."""
    facts = {"session": session, "sha256": crypto.sha256(data).hex()}
    pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items())
    return TUS | {"Upload-Length": str(len(data) if size is None else size), "Upload-Metadata": pairs}


async def create(door: Door, data: bytes) -> str:
    """The upload's absolute URL."""
    async with door.http.post(f"{door.url}/uploads", headers=announced(data)) as answer:
        assert answer.status == 201, await answer.text()
        return answer.headers["Location"]


async def patch(door: Door, url: str, offset: int, data: bytes) -> ClientResponse:
    """One PATCH; the answer is read."""
    headers = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    async with door.http.patch(url, data=io.BytesIO(data), headers=headers) as answer:
        await answer.read()
        return answer


async def offset_of(door: Door, url: str) -> int:
    """What HEAD says."""
    async with door.http.head(url, headers=TUS) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        return int(answer.headers["Upload-Offset"])


async def verdict(door: Door, url: str) -> tuple[int, bytes]:
    """Status and body of the receipt once it is decided."""
    for _ in range(500):
        async with door.http.get(f"{url}/receipt") as answer:
            if answer.status != 202:
                return answer.status, await answer.read()
        await asyncio.sleep(0.02)
    raise TimeoutError


async def moved(door: Door, url: str, least: int) -> int:
    """The offset, once at least `least` bytes are durable."""
    for _ in range(500):
        if (stands := await offset_of(door, url)) >= least:
            return stands
        await asyncio.sleep(0.02)
    raise TimeoutError


async def finish(door: Door, url: str, data: bytes) -> int:
    """Sends the rest from wherever the upload stands; returns that offset.

    What an aborted sender left in memory is made durable first, so the offset may move once.
    """
    for _ in range(2):
        stands = await offset_of(door, url)
        answer = await patch(door, url, stands, data[stands:])
        if answer.status != 409:
            break
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(len(data)))
    return stands


async def cut_patch(door: Door, url: str, data: bytes, sent: int) -> asyncio.StreamWriter:
    """A PATCH of all of `data` that stops after `sent` bytes; the caller cuts the link."""
    host, port = door.url.split("/")[2].split(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=pinned(door.home))
    lines = [
        f"PATCH /v1/{url.split('/v1/')[1]} HTTP/1.1", f"Host: {host}:{port}", f"Authorization: Bearer {door.token}",
        "Tus-Resumable: 1.0.0", "Upload-Offset: 0", "Content-Type: application/offset+octet-stream",
        f"Content-Length: {len(data)}", "", "",
    ]  # fmt: skip
    writer.write("\r\n".join(lines).encode() + data[:sent])
    await writer.drain()
    return writer


async def test_tuspy_brings_a_bundle_and_the_receipt_is_genuine(tmp_path: Path) -> None:
    day = usual_day()
    data = day.bundle()

    async with opened(tmp_path / "p", day) as door:

        def send() -> str:
            # tuspy speaks through requests, which cannot skip the host name's check: only the pinned bytes matter here.
            one = tus.TusClient(f"{door.url}/uploads", headers={"Authorization": f"Bearer {door.token}"})
            facts = {"session": "m1", "sha256": crypto.sha256(data).hex()}
            up = one.uploader(file_stream=io.BytesIO(data), metadata=facts, chunk_size=3000, verify_tls_cert=False)
            up.upload()
            return str(up.url)

        with pytest.warns(match="Unverified HTTPS request"):
            url = await asyncio.to_thread(send)
        status, body = await verdict(door, url)
        assert status == 200
        trusted = trust.PlatformTrust(crypto.PublicKey("ed25519", issuer_root(door.home)), door.home.keys.issuer)
        receipt = trusted.upload_receipt(body, crypto.sha256(data), len(data))
        assert (receipt.site, receipt.session) == ("s1", "m1")
        assert await create(door, data) == url
        assert (await verdict(door, url)) == (200, body)


def issuer_root(home: Home) -> bytes:
    """The root key that the platform was set up with."""
    return Home(home.folder).keys.root.raw


async def test_a_cut_keeps_what_came_and_resuming_completes_it(tmp_path: Path) -> None:
    data = crypto.random_bytes(3_000_000)
    async with opened(tmp_path / "p") as door:
        url = await create(door, data)
        writer = await cut_patch(door, url, data, 1_500_000)
        await moved(door, url, PIECE)
        writer.transport.abort()
        assert (await patch(door, url, 0, data)).status == 409
        assert await finish(door, url, data) >= PIECE
        path = next((tmp_path / "p" / "uploads").iterdir())
        assert path.read_bytes() == data


async def test_what_came_survives_the_service(tmp_path: Path) -> None:
    data = crypto.random_bytes(10_000)
    async with opened(tmp_path / "p") as door:
        url = await create(door, data)
        await patch(door, url, 0, data[:6000])
    with Home(tmp_path / "p").database() as database:
        home = Home(tmp_path / "p")
        async with served(home, database) as base, client(home, door.token) as http:
            again = Door(home, base, http, door.token)
            url = await create(again, data)
            assert await offset_of(again, url) == 6000


async def test_a_second_sender_takes_over_from_a_silent_one(tmp_path: Path) -> None:
    data = crypto.random_bytes(3_000_000)
    async with opened(tmp_path / "p") as door:
        url = await create(door, data)
        writer = await cut_patch(door, url, data, 1_100_000)
        assert await moved(door, url, PIECE) < len(data)
        assert await finish(door, url, data) >= PIECE
        assert await offset_of(door, url) == len(data)
        writer.close()


async def test_a_bundle_that_does_not_verify_is_refused_with_its_reason(tmp_path: Path) -> None:
    day = usual_day()
    whole = day.bundle()
    data = whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:]
    async with opened(tmp_path / "p", day) as door:
        url = await create(door, data)
        await patch(door, url, 0, data)
        status, body = await verdict(door, url)
    assert status == 422
    assert b'"damaged"' in body


async def test_bytes_other_than_announced_are_thrown_away_and_may_be_sent_again(tmp_path: Path) -> None:
    day = usual_day()
    data = day.bundle()
    async with opened(tmp_path / "p", day) as door:
        url = await create(door, data)
        await patch(door, url, 0, bytes(len(data)))
        status, body = await verdict(door, url)
        assert (status, b'"other_digest"' in body) == (422, True)
        assert await create(door, data) == url
        assert await offset_of(door, url) == 0
        await patch(door, url, 0, data)
        assert (await verdict(door, url))[0] == 200


async def test_an_upload_is_whole_before_there_is_a_receipt_and_never_longer_than_announced(tmp_path: Path) -> None:
    data = bytes(1000)
    async with opened(tmp_path / "p") as door:
        url = await create(door, data)
        assert (await verdict(door, url))[0] == 409
        assert (await patch(door, url, 0, bytes(1001))).status == 409
        assert await offset_of(door, url) == 0
        for size in (0, 9 * 1024**3):
            async with door.http.post(f"{door.url}/uploads", headers=announced(data, size)) as answer:
                assert answer.status in (400, 413)
        async with door.http.options(f"{door.url}/uploads") as answer:
            assert answer.headers["Tus-Version"] == "1.0.0"


@pytest.mark.parametrize(
    "metadata", ["session ü", "session bQ=", "sha256", f"session {base64.b64encode(b'a b').decode()}"]
)
async def test_metadata_that_cannot_be_are_the_senders_fault(tmp_path: Path, metadata: str) -> None:
    headers = announced(b"x") | {"Upload-Metadata": metadata}
    async with opened(tmp_path / "p") as door, door.http.post(f"{door.url}/uploads", headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, "malformed")


async def test_another_site_sees_nothing_of_an_upload(tmp_path: Path) -> None:
    data = bytes(1000)
    async with opened(tmp_path / "p") as door:
        url = await create(door, data)
        with door.home.database() as database:
            token = Site("s2").join(door.home, database).token
        async with client(door.home, token) as other, other.head(url, headers=TUS) as answer:
            assert answer.status == 404


def rename(home: Home, table: str, name: str) -> None:
    """Takes a table away from the platform, or gives it back."""
    with closing(sqlite3.connect(home.folder / "platform.db")) as outside:
        outside.execute(f"ALTER TABLE {table} RENAME TO {name}")


async def test_a_bundle_that_could_not_be_stored_is_said_so_and_stored_when_asked_again(tmp_path: Path) -> None:
    day = usual_day()
    data = day.bundle()
    async with opened(tmp_path / "p", day) as door:
        url = await create(door, data)
        rename(door.home, "outcomes", "away")
        assert await finish(door, url, data) == 0
        status, body = await verdict(door, url)
        assert status == 507 and b"disk_failed" in body
        rename(door.home, "away", "outcomes")
        status, receipt = await verdict(door, url)
        assert status == 200 and crypto.sha256(data) in receipt
        assert await offset_of(door, url) == len(data), "nothing was sent again"
