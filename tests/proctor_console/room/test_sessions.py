"""Sessions taken in and brought back."""

import sqlite3
from pathlib import Path

import pytest

from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.errors import Damaged
from tests.support.fake_site import exam
from tests.support.room_day import eventually, room_day


async def test_two_sittings_at_once_keep_apart(tmp_path: Path) -> None:
    one, two = exam(60_000), exam(120_000, session="m2", tickets=("2001",))
    async with room_day(tmp_path, one, two) as day:
        console = await day.console()
        assert await console.order(c.AllowLogin(), "m2") == ""
        assert await console.order(c.AllowLogin(), "m3") == "unknown_session"
        pc = day.pc(1)
        assert (await pc.log_in("2001")).session.id == "m2"
        other = day.pc(2)
        await other.hello()
        await other.type_in("1001", "990000200001011001")
        assert (await other.want(m.Refused)).refusal.code == "login_closed"


async def test_a_room_restarted_while_the_site_is_down_goes_on(tmp_path: Path) -> None:
    plan = exam(700)
    async with room_day(tmp_path, plan) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        await pc.answer(1, "B")
        await day.site.down()
        port = day.room.port
        await day.stop()
        pending = pc.write(r.Answered(("D",)), 2)
        await day.start(port)
        await pc.resume()
        admitted = await pc.want(m.Admitted)
        assert (admitted.head.position, admitted.history, admitted.clock.opened > 0) == (2, 0, True)
        assert (await pc.want(m.Opened)).key == plan.keys["A"], "from the kept file"
        await pc.records(pending)
        assert (await pc.want(m.Ack)).verdict == "accepted"
        await day.site.up(day.folder / "site")
        await eventually(lambda: day.site.ends("attempt/m1/1001") == 3)


async def test_a_damaged_ledger_is_named_and_never_skipped(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        await day.stop()
        with sqlite3.connect(tmp_path / "room" / "room.db") as db:
            body = bytearray(db.execute("select body from records where position = 2").fetchone()[0])
            body[-1] ^= 1
            db.execute("update records set body = ? where position = 2", (bytes(body),))
        db.close()
        with pytest.raises(Damaged, match=r"sitting/m1/01 1\.2"):
            await day.start()
