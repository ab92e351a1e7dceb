"""A room as a witness: one signed file of everything its ledger holds, made beside the running service."""

from pathlib import Path

from proctor_console.room import witness
from shared import documents as d
from shared import ledger, signed
from tests.support.fake_site import exam
from tests.support.room_day import eventually, room_day


async def test_the_witness_of_a_running_room_holds_its_ledger_and_no_key(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        await day.armed()
        await day.pc(1).log_in("1001")
        desk = day.room.hall.desks["m1"]
        await eventually(lambda: day.site.ends(desk.stream) == desk.point.position)
        document = witness.of(day.room.machine, "m1")
        found = signed.verify(document, d.WITNESS, day.room.machine.signer.public, d.Witness)
        assert (found.site, found.holder) == (day.room.machine.site_file.site, day.room.machine.room)
        ends = {(one.stream, one.epoch): len(one.digests) // 32 for one in found.trails}
        assert ends[desk.stream, 1] == desk.point.position and ends["attempt/m1/1001", 1] == 1
        assert any(one.head.stream == ledger.sitting_stream("m1", found.holder) for one in found.heads)
        assert desk.briefing.offer.grant in found.documents
        for secret in (desk.briefing.offer.session_key, desk.briefing.offer.sitting_key):
            assert secret not in document
        assert (
            signed.verify(
                witness.of(day.room.machine, "m2"), d.WITNESS, day.room.machine.signer.public, d.Witness
            ).trails
            == ()
        )
