"""The sealed papers of a room, asked for over its port."""

import ssl
from pathlib import Path

import aiohttp

from shared import commands as c
from shared.io import tls
from tests.support.fake_site import ROOM, exam
from tests.support.room_day import eventually, room_day


async def test_papers_are_served_as_ciphertext_and_nothing_else_is(tmp_path: Path) -> None:
    plan = exam(60_000)
    async with room_day(tmp_path, plan) as day, aiohttp.ClientSession() as client:
        await day.console()
        pc, console = (
            day.site.machines.pc(1).keep(tmp_path / "pc"),
            day.site.machines.console().keep(tmp_path / "console"),
        )
        context = tls.client_context(day.site.ca_certificate, pc)

        async def get(path: str, context: ssl.SSLContext = context) -> tuple[int, bytes]:
            url = f"https://127.0.0.1:{day.room.port}{path}"
            async with client.get(url, ssl=context, server_hostname=tls.host_name(f"room-{ROOM}")) as reply:
                return reply.status, await reply.read()

        name = plan.refs[0].sha256.hex()
        await eventually(lambda: (day.folder / "room" / "papers" / name).is_file())
        assert await get(f"/paper/{name}") == (200, plan.papers["A"])
        for path in ("/", "/paper/" + "0" * 64, "/paper/..%2Froom.db", f"/paper/{name.upper()}"):
            assert (await get(path))[0] == 404
        for stranger in (None, console):
            assert (await get(f"/paper/{name}", tls.client_context(day.site.ca_certificate, stranger)))[0] == 403


async def test_a_paper_that_cannot_be_written_ends_nothing_and_comes_once_it_can(tmp_path: Path) -> None:
    plan = exam(60_000)
    name = plan.refs[0].sha256.hex()
    (tmp_path / "room" / "papers" / f"{name}.part").mkdir(parents=True)
    async with room_day(tmp_path, plan) as day:
        console = await day.console()
        assert await console.order(c.AllowLogin()) == "", "the room serves"
        assert not (day.folder / "room" / "papers" / name).exists()
        (day.folder / "room" / "papers" / f"{name}.part").rmdir()
        await eventually(lambda: (day.folder / "room" / "papers" / name).is_file())
