"""The older records of a sitting: taken over whole, in the order in which a room stores, or not at all."""

from pathlib import Path

import pytest

from shared.errors import Damaged
from shared.io.store import Store
from shared.ledger import Entry
from tests.support.fake_site import exam
from tests.support.room_day import room_day

SITTING, ATTEMPT = "sitting/m1/01", "attempt/m1/1001"


async def test_records_lie_in_the_spare_machine_as_they_lay_in_the_old_one(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(700)) as day:
        await day.armed()
        pc = await day.answering()
        for letter in "ABCDA":
            await pc.answer(1, letter)
        await day.copied()
        before = [row.entry for row in day.room.hall.store.since(0, 1000)]
        await day.destroy()
        await day.take_over()
        after = [row.entry for row in day.room.hall.store.since(0, 1000) if row.epoch == 1]
        assert after == before


@pytest.mark.parametrize("harm", ["lacking", "changed"])
async def test_a_copy_that_lacks_or_changes_what_was_acknowledged_is_not_taken_over(tmp_path: Path, harm: str) -> None:
    async with room_day(tmp_path, exam(700)) as day:
        await day.armed()
        pc = await day.answering()
        await pc.answer(1, "A")
        await day.copied()
        await day.destroy()
        held = day.site.copies[ATTEMPT, 1]
        if harm == "lacking":
            held.pop()
        else:
            held[-1] = Entry(held[-1].header, held[-1].body[:-1] + bytes([held[-1].body[-1] ^ 1]))
        with pytest.raises(Damaged):
            await day.take_over()
        store = Store(day.machine / "room.db")
        assert (store.points(), store.facts("offer")) == ({}, {}), "and nothing of it is kept"
        store.close()
