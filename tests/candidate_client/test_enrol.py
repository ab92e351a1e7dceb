"""A PC asks at its room and comes away with a seat, or with the reason."""

import asyncio
from pathlib import Path

import pytest

from candidate_client.device import device_key
from candidate_client.enrol import enrol
from shared.errors import Refused, Unavailable
from shared.io import identity
from shared.io.tasks import Tasks
from shared.machines import Kind
from tests.support.candidate_day import candidate_day
from tests.support.fake_site import CODE, ROOM, exam
from tests.support.pc import PATIENCE
from tests.support.room_day import eventually


async def test_a_pc_waits_for_its_confirmation_and_is_then_let_in(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(60_000)) as day:
        site, tasks, waited = day.room.site, Tasks(), list[bool]()
        stick, folder = day.stick().read_bytes(), tmp_path / "fresh"
        with pytest.raises(Refused) as refused:
            await enrol(folder, stick, ROOM, "00000000", 5, "127.0.1.5")
        assert refused.value.wire_code == "wrong_code"
        with pytest.raises(Unavailable, match="not_enrolled"):
            identity.load(folder, Kind.PC)
        site.confirming = False
        site.asked.clear()
        asking = tasks.spawn("pc", enrol(folder, stick, ROOM, CODE, 5, "127.0.1.5", lambda: waited.append(True)))
        await eventually(lambda: bool(site.asked))
        (asked,) = site.asked
        assert (asked.address, asked.request.number, asked.request.kind) == ("127.0.1.5", 5, Kind.PC)
        assert asked.request.device == device_key(folder).public
        site.answer(asked)
        made = await asking
        assert (made.name, waited) == (f"pc-{ROOM}-5", [])
        sitter = day.sitter("fresh", 5)
        await sitter.until(lambda view: view.link)
        await tasks.close()


async def test_a_room_that_knows_no_such_place_says_so(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(60_000)) as day:
        stick = day.stick().read_bytes()
        with pytest.raises(Refused, match="unknown_room"):
            await enrol(tmp_path / "fresh", stick, "99", CODE)
        await day.room.site.down()
        await eventually(lambda: not day.room.room.hall.site_online)
        with pytest.raises(Unavailable, match="no_link"):
            await enrol(tmp_path / "fresh", stick, ROOM, CODE)


async def one_caller_in_vain(port: int) -> None:
    """Hangs up on whoever calls at the room's port while the room is away."""
    called = asyncio.Event()

    def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        writer.transport.abort()

    server = await asyncio.start_server(hang_up, "127.0.0.1", port)
    async with asyncio.timeout(PATIENCE):
        await called.wait()
    server.close()
    await server.wait_closed()


async def test_a_cut_while_waiting_is_nothing_a_technician_must_mend(tmp_path: Path) -> None:
    async with candidate_day(tmp_path, exam(60_000)) as day:
        site, tasks, stick = day.room.site, Tasks(), day.stick().read_bytes()
        site.confirming = False
        asking = tasks.spawn("pc", enrol(tmp_path / "fresh", stick, ROOM, CODE, 5, "127.0.1.5"))
        await eventually(lambda: bool(site.asked))
        port = day.room.room.port
        await day.cut()
        await one_caller_in_vain(port)
        await day.back()
        await eventually(lambda: len(site.asked) > 1)
        assert site.asked[0].request == site.asked[1].request, "the same key asks again"
        site.answer(site.asked[-1])
        assert (await asking).name == f"pc-{ROOM}-5"
        await tasks.close()
