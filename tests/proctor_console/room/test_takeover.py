"""A spare machine in a destroyed one's place: filled from the site, completed by the candidates' PCs."""

import ssl
from pathlib import Path

import pytest

from proctor_console.room import machine, takeover
from shared import commands as c
from shared import ledger
from shared import messages as m
from shared import records as r
from shared.errors import Refused
from shared.io import tls
from tests.support.fake_site import CODE, ROOM, exam
from tests.support.room_day import eventually, room_day, until

SITTING, ATTEMPT = "sitting/m1/01", "attempt/m1/1001"


async def test_what_the_site_lacked_comes_again_from_the_pc_that_wrote_it(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(700)) as day:
        await day.armed()
        pc = await day.answering()
        assert (await pc.answer(1, "A")).verdict == "accepted"
        await day.copied()
        held = day.site.ends(ATTEMPT)
        await day.site.down()
        for item, letter in ((2, "B"), (1, "C"), (3, "D")):
            assert (await pc.answer(item, letter)).verdict == "accepted", "by the machine that will be gone"
        await day.destroy()
        await day.site.up(tmp_path / "site")
        (taken,) = await day.take_over()
        assert (taken.session, taken.epoch, taken.candidates, taken.done) == ("m1", 1, 2, 0)
        await pc.close()
        pc.move_to(day.room.port)
        await pc.resume()
        admitted = await pc.want(m.Admitted)
        assert (admitted.epoch, admitted.head.position) == (1, held), "the same attempt, back where the copy ends"
        assert (await pc.want(m.Opened)).clock.opened > 0, "the paper keys came again from the site"
        await pc.records(*pc.entries[held:])
        ack = await pc.want(m.Ack, lambda one: one.point.position == held + 3)
        assert ack.verdict == "accepted"
        assert (await pc.answer(2, "A")).verdict == "accepted"
        desk = day.room.hall.desks["m1"]
        assert desk.point.epoch == 2
        await eventually(lambda: day.site.ends(ATTEMPT) == len(pc.entries) and day.site.ends(SITTING, 2) > 1)
        opened = r.read_clear(ledger.header_of(day.site.copies[SITTING, 2][0]))
        assert isinstance(opened, r.SittingOpened)
        assert opened.continues.position == day.site.ends(SITTING, 1), "it names the last point copied"
        await day.stop()
        await day.start()
        assert day.room.hall.desks["m1"].state.attempts["1001"].accepted.position == len(pc.entries), (
            "after a restart too"
        )


async def test_a_hand_in_confirmed_by_the_old_machine_is_confirmed_again(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(700)) as day:
        await day.armed()
        pc = await day.answering()
        await day.copied()
        await day.site.down()
        await pc.answer(1, "A")
        await until(day.site.exams["m1"].session.start + 500)
        await pc.put(r.HandInRequested(False))
        assert (await pc.want(m.Finished)).status == "submitted"
        await day.destroy()
        await day.site.up(tmp_path / "site")
        await day.take_over()
        pc.move_to(day.room.port)
        await pc.resume()
        admitted = await pc.want(m.Admitted)
        assert admitted.status == "logged_in", "the new machine cannot know yet"
        await pc.records(*pc.entries[admitted.head.position :])
        assert (await pc.want(m.Finished)).status == "submitted"


async def test_a_copy_that_ends_between_request_and_hand_in_is_completed(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(700)) as day:
        await day.armed()
        pc = await day.answering()
        await pc.answer(1, "A")
        await until(day.site.exams["m1"].session.start + 500)
        await pc.put(r.HandInRequested(False))
        await pc.want(m.Finished)
        await day.copied()
        await day.destroy()
        cut = [ledger.header_of(entry).kind for entry in day.site.copies[SITTING, 1]].index("HandedIn")
        del day.site.copies[SITTING, 1][cut:]
        (taken,) = await day.take_over()
        assert taken.done == 0
        await eventually(lambda: day.kinds(SITTING, 2) == ["SittingOpened", "HandedIn"])
        pc.move_to(day.room.port)
        await pc.resume()
        assert (await pc.want(m.Finished)).status == "submitted"
        assert (await pc.want(m.Receipt)).document


async def test_taking_over_twice_is_taking_over_once(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        await day.copied()
        await day.destroy()
        (first,) = await day.take_over()
        await day.stop()
        found = await takeover.enrol_instead(day.machine, day.site.site_file, ROOM, "no code is needed again")
        assert found.signer.public == machine.load(day.machine).signer.public
        (again,) = await takeover.fill(found)
        assert (again.candidates, again.epoch) == (first.candidates, 2)
        with pytest.raises(Refused, match="other_room"):
            await takeover.enrol_instead(day.machine, day.site.site_file, "02", CODE)


async def test_a_machine_that_never_had_records_hands_over_nothing(tmp_path: Path) -> None:
    """Its epoch is used up all the same, and the sitting may still be replaced by a newer authorisation."""
    plan = exam(60_000)
    async with room_day(tmp_path, plan) as day:
        await day.copied()
        await day.destroy()
        day.site.copies.clear()
        await day.take_over()
        desk = day.room.hall.desks["m1"]
        await eventually(lambda: desk.point.epoch == 2)
        assert desk.fresh
        console = await day.console()
        assert await console.order(c.AllowLogin()) == ""
        assert not desk.fresh
        await day.stop()
        await day.start()
        assert day.room.hall.desks["m1"].point.epoch == 2, "an epoch that is left out is no gap after a restart"


async def test_a_machine_that_the_site_has_replaced_stops_and_stays_stopped(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        await day.site.down()
        pem = (day.machine / "tls.crt").read_text("ascii")
        day.site.revoked.add(tls.certificate_key(ssl.PEM_cert_to_DER_cert(pem)).raw)
        await day.site.up(tmp_path / "site")
        assert await day.room.wait() == 1
        port = day.room.port
        await day.stop()
        await day.site.down()
        with pytest.raises(Refused, match="room_replaced"):
            await day.start(port)
        await day.stop()
