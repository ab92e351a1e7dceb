"""Consoles: the proven person on every act, rights, and one console at a time."""

from pathlib import Path

from shared import commands as c
from shared import messages as m
from shared import records as r
from shared.roles import Role
from tests.support.fake_site import exam
from tests.support.pc import Console
from tests.support.room_day import RoomDay, eventually, room_day


def watched(day: RoomDay) -> list[r.SittingRecord]:
    """Fills with everything that is committed from now on."""
    made: list[r.SittingRecord] = []
    desk = day.room.hall.desks["m1"]
    publish = desk.on_commit

    def watch(records: list[r.SittingRecord]) -> None:
        made.extend(records)
        publish(records)

    desk.on_commit = watch
    return made


async def signed_in(day: RoomDay, name: str) -> Console:
    """A console of that person."""
    made = day.new_console()
    assert isinstance(await made.log_in(name), m.ConsoleWelcome)
    return made


async def test_an_act_carries_the_proven_person_and_where_they_sit(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        made = watched(day)
        console = await day.console()
        assert await console.order(c.AllowLogin()) == ""
        assert [type(one) for one in made] == [r.StaffSignedIn, r.LoginAllowed]
        assert made[0] == r.StaffSignedIn("王监考", Role.PROCTOR, made[0].machine, "127.0.0.1")  # type: ignore[union-attr]
        assert made[1] == r.LoginAllowed("王监考")
        assert await console.order(c.AllowStart()) == ""
        await console.close()
        await eventually(lambda: made[-1] == r.StaffSignedOut("王监考"))
        assert [type(one) for one in made[2:]] == [r.StartAllowed, r.StaffSignedOut], "signed in once"


async def test_who_reads_only_is_refused_everything(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        made = watched(day)
        reader = await signed_in(day, "督导")
        await reader.board(lambda board: not board.login_allowed)
        assert await reader.order(c.AllowLogin()) == "not_your_role"
        assert await reader.order(c.Confirm(1)) == "no_proposal"
        await reader.send(m.RoomOrder(7, c.ResetPin("王监考")))
        assert (await reader.want(m.Refused)).refusal.code == "not_your_role"
        await reader.close()
        assert made == [], "who never acted leaves no sign-in either"


async def test_two_people_agree_over_the_wire(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(300)) as day:
        console, chief = await day.armed(), await signed_in(day, "张主考")
        await console.board(lambda board: board.opened > 0)
        wanted = c.ExtendTime("", 30_000, "断电")
        assert await console.order(wanted) == ""
        row = (await chief.board(lambda board: bool(board.proposals))).proposals[0]
        assert (row.command, row.by, row.role) == (wanted, "王监考", Role.PROCTOR)
        assert await console.order(c.Confirm(row.number)) == "same_person"
        assert await chief.order(c.Confirm(row.number)) == ""
        assert (await console.board(lambda board: not board.proposals)).extra == 30_000
        await chief.close()


async def test_a_second_sign_in_ends_the_first(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        first = await signed_in(day, "王监考")
        second = await signed_in(day, "王监考")
        assert (await first.want(m.Refused)).refusal.code == "signed_in_elsewhere"
        await first.until_cut()
        assert await second.order(c.AllowLogin()) == ""
        await second.close()


async def test_who_is_taken_off_the_staff_is_signed_out_at_once(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        leaving, staying = await signed_in(day, "李监考"), await signed_in(day, "王监考")
        day.site.staff = tuple(one for one in day.site.staff if one.name != "李监考")
        await day.site.down()
        await day.site.up(tmp_path / "site")
        assert (await leaving.want(m.Refused)).refusal.code == "signed_out"
        await leaving.until_cut()
        assert await staying.order(c.AllowLogin()) == ""
        again = await leaving.log_in("李监考")
        assert isinstance(again, m.Refused) and again.refusal.code == "pin_wrong"
        await leaving.close()
        await staying.close()
