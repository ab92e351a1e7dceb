"""The platform's HTTPS door: who may ask for what, and when."""

import asyncio
import logging
from pathlib import Path

import pytest

from central_platform import issue, tables_exchange
from shared import crypto, trust
from shared import documents as d
from shared.errors import WrongBinding
from shared.io import clock
from tests.support.exchange import Site, client, ordered, pinned, platform, served

HOUR = 3_600_000


async def test_time_is_signed_and_bound_to_the_question(tmp_path: Path) -> None:
    home = platform(tmp_path / "p")
    trusted = trust.PlatformTrust(home.keys.root, home.keys.issuer)
    nonce = crypto.random_bytes(32)
    before = clock.system_now()
    with home.database() as database:
        async with served(home, database) as url, client(home) as http:
            async with http.get(f"{url}/time", params={"nonce": nonce.hex()}) as answer:
                data = await answer.read()
            for wrong in ("", "00" * 15, "00" * 65, "zz" * 32):
                async with http.get(f"{url}/time", params={"nonce": wrong}) as answer:
                    assert (answer.status, (await answer.json())["code"]) == (400, "malformed")
    reply = trusted.time(data, nonce)
    assert before <= reply.received <= reply.replied <= clock.system_now()
    with pytest.raises(WrongBinding):
        trusted.time(data, bytes(32))


@pytest.mark.parametrize(
    "path", ["/documents", "/documents/" + "0" * 64, "/status", "/uploads", "/uploads/" + "0" * 32]
)
async def test_everything_but_time_needs_a_token(tmp_path: Path, path: str) -> None:
    home, site = platform(tmp_path / "p"), Site("s1")
    with home.database() as database:
        token = site.join(home, database).token
        wrong = ["", "Bearer ", f"Bearer {token[:-1]}", f"Bearer {token[::-1]}", f"Basic {token}"]
        async with served(home, database) as url, client(home) as http:
            for header in wrong:
                method = "POST" if path in ("/status", "/uploads") else "HEAD" if "/uploads/" in path else "GET"
                async with http.request(method, url + path, headers={"Authorization": header}) as answer:
                    assert answer.status == 401
            async with http.get(f"{url}/nothing") as answer:
                assert (answer.status, (await answer.json())["code"]) == (404, "not_found")


async def test_a_site_gets_its_own_newest_documents_when_they_are_due(tmp_path: Path) -> None:
    home, one, two = platform(tmp_path / "p"), Site("s1"), Site("s2")
    with home.database() as database:
        tokens = [site.join(home, database).token for site in (one, two)]
        order = ordered(database, "s1", "s2", start=clock.system_now() + 2 * HOUR)
        issue.issue(home, database, order, clock.system_now())
        issued = issue.issue(home, database, order, clock.system_now())[0]
        async with served(home, database) as url, client(home, tokens[0]) as http, client(home, tokens[1]) as other:
            async with http.get(f"{url}/documents") as answer:
                listed = {row["type"]: row for row in await answer.json()}
            assert {row["version"] for row in listed.values()} == {2}
            for type_, due in ((d.FORMAL, issued.formal), (d.PACKAGE, issued.package)):
                async with http.get(f"{url}/documents/{listed[type_]['sha256']}") as answer:
                    assert await answer.read() == due
                async with other.get(f"{url}/documents/{listed[type_]['sha256']}") as answer:
                    assert answer.status == 404
            assert listed[d.SESSION]["not_before"] == order.plan.session.start - HOUR
            async with http.get(f"{url}/documents/{listed[d.SESSION]['sha256']}") as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, "too_early")


async def test_the_session_authorisation_is_given_once_it_is_due(tmp_path: Path) -> None:
    home, site = platform(tmp_path / "p"), Site("s1")
    with home.database() as database:
        token = site.join(home, database).token
        order = ordered(database, "s1", start=clock.system_now() + HOUR // 2)
        (issued,) = issue.issue(home, database, order, clock.system_now())
        name = crypto.sha256(issued.session).hex()
        async with (
            served(home, database) as url,
            client(home, token) as http,
            http.get(f"{url}/documents/{name}") as answer,
        ):
            assert await answer.read() == issued.session


async def test_reports_are_kept_as_they_came(tmp_path: Path) -> None:
    home, site = platform(tmp_path / "p"), Site("s1")
    body = b'{"session": "m1",  "present": 39}'
    with home.database() as database:
        token = site.join(home, database).token
        async with served(home, database) as url, client(home, token) as http:
            for data, status in ((body, 204), (b"{", 400), (b'"' + b"x" * 70_000 + b'"', 413)):
                async with http.post(f"{url}/status", data=data) as answer:
                    assert answer.status == status
        with database.read() as connection:
            assert tables_exchange.last_report(connection, "s1") == body


async def test_a_caller_who_hangs_up_is_no_fault_of_the_platform(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home, site = platform(tmp_path / "p"), Site("s1")
    with home.database() as database:
        token = site.join(home, database).token
        async with served(home, database) as url:
            port = int(url.split(":")[2].split("/")[0])
            head = (
                f"POST /v1/status HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 9\r\n\r\n{{"
            )
            for _ in range(3):
                _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=pinned(home))
                writer.write(head.encode())
                await writer.drain()
                writer.close()
                await writer.wait_closed()
            async with client(home, token) as http, http.get(f"{url}/documents") as answer:
                assert answer.status == 200
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
