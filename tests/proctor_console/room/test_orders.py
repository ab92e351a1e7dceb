"""Consoles: roles, and the proven name on every act."""

from pathlib import Path

from shared import commands as c
from shared import records as r
from tests.support.fake_site import exam
from tests.support.pc import Console
from tests.support.room_day import room_day


async def test_an_act_carries_the_proven_name_whatever_was_sent(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        made: list[object] = []
        desk = day.room.hall.desks["m1"]
        publish = desk.on_commit

        def watch(records: list[r.SittingRecord]) -> None:
            made.extend(records)
            publish(records)

        desk.on_commit = watch
        console = await day.console()
        assert await console.order(c.AllowLogin("别人")) == ""
        assert [getattr(record, "by", "") for record in made] == ["王监考"]
        reader = Console(day.site.ca_certificate, day.room.port)
        await reader.log_in("督导")
        assert await reader.order(c.AllowStart()) == "not_allowed"
        await reader.close()
