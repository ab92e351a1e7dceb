"""What a room hands back on every link: all that the site ever told it, in frames that fit."""

from pathlib import Path

import msgspec

from proctor_console.room import returning
from shared import codec, crypto, limits
from shared import messages as m
from shared.machines import Kind
from tests.support.fake_site import ROOM, SEATS, exam
from tests.support.room_day import eventually, room_day


async def test_a_linking_room_hands_back_machines_grants_sessions_and_its_staffs_digest(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        await day.site.down()
        day.site.kept.clear()
        await day.site.up(day.folder / "site")
        await eventually(lambda: bool(day.site.kept) and not day.site.kept[-1].more)
        machines = [one for part in day.site.kept for one in part.machines]
        own = machines[0].machine
        assert (own.kind, own.name, own.device) == (Kind.ROOM, f"room-{ROOM}", day.room.machine.signer.public)
        assert machines[1:] == list(day.site.machines.told().enrolled) and len(machines) > SEATS
        last = day.site.kept[-1]
        assert last.grants == (day.room.hall.desks["m1"].briefing.offer.grant,)
        assert last.sessions == (m.SessionKept("m1", 1, False, 0, ""),)
        assert last.staff == crypto.sha256(codec.encode(day.site.staff))


async def test_many_machines_go_in_several_frames(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        told = day.site.machines.told()
        long = msgspec.structs.replace(told.enrolled[0].machine, revoked="说明" * (limits.TEXT_CHARS // 2))
        many = tuple(msgspec.structs.replace(told.enrolled[0], machine=long) for _ in range(12))
        await day.room.hall.machines.replace(msgspec.structs.replace(told, enrolled=many, gone=("0" * 16,)))
        frames = list(returning.frames(day.room.hall))
        assert [one.more for one in frames] == [True] * (len(frames) - 1) + [False] and len(frames) > 3
        assert all(len(codec.encode(one)) < limits.FRAME_BYTES for one in frames)
        assert sum(len(one.machines) for one in frames) == 13 and frames[-1].gone == ("0" * 16,)


async def test_nothing_is_pushed_of_a_session_before_the_site_has_it(tmp_path: Path) -> None:
    """A site rebuilt from a save refuses nothing: the room waits until its authorisation was loaded again."""
    async with room_day(tmp_path, exam(60_000), exam(600_000, session="m2", tickets=("2001",))) as day:
        await day.armed()
        desk, other = day.room.hall.desks["m1"], ("sitting/m2/01", 1)
        await day.pc(1).log_in("1001")
        await eventually(lambda: day.site.ends(desk.stream) == desk.point.position and other in day.site.heads)
        plan, day.site.release = day.site.exams.pop("m1"), False
        await day.site.down()
        day.site.copies.clear()
        day.site.heads.clear()
        await day.site.up(day.folder / "site")
        await eventually(lambda: other in day.site.heads)
        assert set(day.site.copies) == set(day.site.heads) == {other}
        day.site.exams["m1"] = plan
        day.site.say(day.site.offer(plan))
        await eventually(lambda: day.site.ends(desk.stream) == desk.point.position)
        await eventually(lambda: (desk.stream, 1) in day.site.heads)
