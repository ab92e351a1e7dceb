"""One PC at the port: malformed frames, wrong log-ins, forks."""

from pathlib import Path

from shared import limits
from shared import messages as m
from shared import records as r
from tests.support.fake_site import exam, id_number, site_now
from tests.support.room_day import eventually, room_day


async def test_a_malformed_frame_ends_one_connection_only(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        good, bad = day.pc(1), day.pc(2)
        await good.log_in("1001")
        await bad.hello()
        await bad.send(m.PcHello(m.PROTOCOL_VERSION, bad.device.public, 2))
        assert (await bad.want(m.Refused)).refusal.code == "malformed"
        await bad.until_cut()
        await good.send(m.Beacon(0))
        assert abs((await good.want(m.BeaconReply)).replied - site_now()) < 1_000


async def test_other_content_at_a_known_position_is_an_alarm(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(600)) as day:
        console = await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        fork = pc.chain.at
        await pc.answer(1, "A")
        pc.chain.at = fork
        await pc.put(r.Answered(("B",)), 1)
        assert (await pc.want(m.Refused)).refusal.code == "conflict"
        assert (await console.want(m.Alarm)).code == "record_conflict"
        # A chain that forked before the stored head would ask for resending for ever.
        await pc.put(r.Answered(("C",)), 1)
        assert (await pc.want(m.Refused)).refusal.code == "conflict"


async def test_a_room_without_any_sitting_turns_nobody_away_for_good(tmp_path: Path) -> None:
    async with room_day(tmp_path) as day:
        pc = day.pc(1)
        pc.ticket = "1001"
        await pc.resume()
        assert (await pc.want(m.Refused)).refusal.code == "unavailable"
        await pc.type_in("1001", id_number("1001"))
        assert (await pc.want(m.Refused)).refusal.code == "unavailable"


async def test_wrong_log_ins_slow_down_their_own_place_only(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        guess, good = day.pc(1), day.pc(2)
        await guess.hello()
        for ticket in ("1001", "no such ticket"):
            await guess.type_in(ticket, "990000200001019999")
            code = (await guess.want(m.Refused)).refusal.code
            assert code == ("login_wrong" if ticket == "1001" else "slow_down")
        assert (await good.log_in("1002")).seat == 2
        assert "990000200001019999" not in str(day.room.hall.desks["m1"].state.candidates)


async def test_a_wrong_seat_is_told_the_right_one(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        pc = day.pc(7)
        await pc.hello()
        await pc.type_in("1001", id_number("1001"))
        refusal = (await pc.want(m.Refused)).refusal
        assert (refusal.code, refusal.seat) == ("wrong_seat", 1)


async def test_resuming_needs_the_device_key(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        pc, thief = day.pc(1), day.pc(2)
        await pc.log_in("1001")
        thief.ticket = "1001"
        await thief.resume()
        assert (await thief.want(m.Refused)).refusal.code == "resume_unknown"
        await thief.send(m.Records(1, tuple(pc.entries)))
        assert (await thief.want(m.Refused)).refusal.code == "no_epoch", "granted to another device"
        await pc.send(m.HandUp())
        await eventually(lambda: day.room.hall.desks["m1"].state.candidates["1001"].hand_up)


async def test_frames_sent_without_waiting_are_acknowledged_in_order_and_heads_after_them(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(600)) as day:
        await day.armed()
        pc = day.pc(1)
        await pc.log_in("1001")
        await pc.want(m.Opened)
        count = 3 * limits.FRAMES_IN_WORK
        for number in range(count):
            await pc.put(r.Answered(("ABCD"[number % 4],)), 1 + number % 3)
        await pc.send(m.PcHead(pc.chain.sign_head(pc.device, site_now())))
        acks = [(await pc.want(m.Ack)).point.position for _ in range(count)]
        assert acks == list(range(2, count + 2))
        await pc.answer(1, "A")
        kept = [head.point for head in day.room.hall.store.heads("attempt/")]
        assert [point.position for point in kept] == [count + 1], "a head that overtook its records would be dropped"
