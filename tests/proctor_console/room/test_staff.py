"""PINs of the staff."""

from pathlib import Path

from shared import messages as m
from tests.support.fake_site import exam
from tests.support.room_day import room_day


async def test_wrong_pins_are_refused_and_slow_down_that_person_only(tmp_path: Path) -> None:
    async with room_day(tmp_path, exam(60_000)) as day:
        codes = []
        for name, pin in (("王监考", "000000"), ("王监考", "246810"), ("谁", "246810"), ("督导", "246810")):
            console = day.new_console()
            found = await console.log_in(name, pin)
            codes.append(found.refusal.code if isinstance(found, m.Refused) else found.role)
            await console.close()
        assert codes == ["pin_wrong", "slow_down", "pin_wrong", "supervisor"]
