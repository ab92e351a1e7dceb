"""At the room's port: who is let in, who is not, and what is odd, over real TLS."""

from pathlib import Path

import pytest

from shared import commands as c
from shared import messages as m
from shared.errors import Unavailable
from shared.io import tls
from shared.machines import Kind
from tests.support.fake_site import ROOM, exam
from tests.support.machines import Known, Population
from tests.support.pc import Console
from tests.support.room_day import RoomDay, eventually, room_day


async def alarm(console: Console, code: str) -> m.Alarm:
    """The next alarm of a kind at a console."""
    return await console.want(m.Alarm, lambda one: one.code == code)


async def turned_away(day: RoomDay, known: Known) -> str:
    """Why a machine is not let in."""
    with pytest.raises(Unavailable) as error:
        await day.pc(known.machine.number, known).connect()
    return error.value.wire_code


async def test_without_a_certificate_that_counts_nobody_gets_to_say_a_word(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console, site = await day.console(), day.site
        expired = site.machines.make(Kind.PC, 9, "127.0.1.9", (0, 1))
        other_room = site.machines.make(Kind.PC, 9, "127.0.1.9", room="02")
        room = site.machines.make(Kind.ROOM, 0, "127.0.1.9")
        foreign = Population(*tls.make_ca("other"), ROOM, "127.0.1").pc(1)
        site.tell_machines(site.machines.told(expired.machine))
        await eventually(lambda: expired.machine in day.room.hall.machines.all())
        assert await turned_away(day, expired) == "certificate_expired"
        assert (await alarm(console, "machine_expired")).text.startswith("pc-01-9 ")
        assert await turned_away(day, other_room) == "not_enrolled"
        assert "pc-02-9" in (await alarm(console, "machine_unknown")).text
        assert await turned_away(day, room) == "not_enrolled"
        assert await turned_away(day, foreign) == "no_link", "TLS itself ends with another CA"
        await eventually(lambda: {one.code for one in site.alarms} >= {"machine_expired", "machine_unknown"})


async def test_a_machine_that_says_something_else_than_its_certificate_is_cut(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.console()
        for seat, device in ((2, day.site.machines.pc(1).device), (1, day.site.machines.pc(2).device)):
            pc = day.pc(1)
            await pc.connect()
            await pc.send(m.PcHello(m.PROTOCOL_VERSION, device.public, seat))
            assert (await pc.want(m.Refused)).refusal.code == "other_machine"
            await pc.until_cut()
        assert (await alarm(console, "machine_unlike")).seat == 1
        liar = day.pc(3)
        await liar.connect()
        await liar.send(m.ConsoleHello(m.PROTOCOL_VERSION, "王监考", "246810"))
        assert (await liar.want(m.Refused)).refusal.code == "other_machine"
        other = day.new_console(2)
        await other.connect()
        await other.send(m.PcHello(m.PROTOCOL_VERSION, pc.device.public, 1))
        assert (await other.want(m.Refused)).refusal.code == "other_machine"


async def test_a_revoked_machine_is_cut_at_once_and_stays_out_with_the_site_down(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.console()
        pc = day.pc(1)
        await pc.hello()
        await day.site.down()
        await eventually(lambda: not day.room.hall.site_online)
        key = day.site.machines.pc(1)
        chief = day.new_console(2)
        await chief.log_in("张主考")
        assert await console.room_order(c.RevokeMachine(key.machine.id, "被盗")) == "not_your_role"
        assert await chief.room_order(c.RevokeMachine(key.machine.id, "被盗")) == ""
        await pc.until_cut()
        assert await turned_away(day, key) == "revoked"
        assert (await alarm(console, "machine_revoked")).text
        board = await console.want(m.MachineBoard, lambda one: any(row.machine.revoked for row in one.rows))
        assert [row.machine.revoked for row in board.rows if row.machine.id == key.machine.id] == ["被盗"]
        await day.site.up(tmp_path / "site")
        await eventually(lambda: bool(day.site.orders))
        (told,) = day.site.orders
        assert (told.command, told.by) == (c.RevokeMachine(key.machine.id, "被盗"), "张主考")


async def test_odd_addresses_are_an_alarm_and_nothing_else(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        console = await day.console()
        one = day.pc(1)
        await one.hello()
        copied = day.site.machines.pc(1)
        twin = day.pc(1, Known(copied.machine, copied.key, copied.certificate, copied.device))
        twin._address.local = "127.0.1.2"
        await twin.hello()
        assert "127.0.1.1, 127.0.1.2" in (await alarm(console, "machine_twice")).text
        neighbour = day.pc(2)
        await neighbour.hello()
        assert (await alarm(console, "address_shared")).seat == 2
        board = await console.want(m.MachineBoard, lambda board: any(len(row.here) > 1 for row in board.rows))
        assert [row.here for row in board.rows if len(row.here) > 1] == [("127.0.1.1", "127.0.1.2")]
        moved = day.pc(3)
        moved._address.local = "127.0.1.33"
        await moved.hello()
        assert (await alarm(console, "address_changed")).text == "pc-01-3 127.0.1.3 -> 127.0.1.33"
