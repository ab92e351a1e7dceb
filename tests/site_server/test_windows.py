"""Windows: the code of one never opens another."""

import pytest

from shared.errors import Refused
from shared.machines import Kind
from site_server import timekeeping
from site_server.station import Station
from site_server.windows import Windows


def plan(room: str) -> tuple[int, int]:
    """Seats and spares."""
    return {"01": (30, 3), "02": (10, 1)}[room]


async def test_a_window_opened_again_has_another_code_and_a_fresh_count(station: Station) -> None:
    await timekeeping.sync(station.site)
    windows = Windows(station.site, plan)
    first = await windows.open(Kind.PC, "01", 5, 43, "王")
    with pytest.raises(Refused, match="wrong_code"):
        await windows.guess(Kind.PC, "01", "x")
    await windows.count(first)
    second = await windows.open(Kind.PC, "01", 5, 2, "王")
    assert second.code != first.code and (second.left, second.wrong) == (2, 0)
    with pytest.raises(Refused, match="wrong_code"):
        await windows.guess(Kind.PC, "01", first.code)
    assert (await windows.guess(Kind.PC, "01", second.code)).left == 2
    assert [one.code for one in Windows(station.site, plan).open_now()] == [second.code], "a restart keeps it"


async def test_the_cap_is_the_rooms_own_seats_spares_and_ten_more(station: Station) -> None:
    await timekeeping.sync(station.site)
    windows = Windows(station.site, plan)
    await windows.open(Kind.PC, "02", 5, 21, "王")
    with pytest.raises(Refused, match="bad_window"):
        await windows.open(Kind.PC, "02", 5, 22, "王")


async def test_a_room_may_use_its_own_window_or_the_one_for_all_rooms(station: Station) -> None:
    await timekeeping.sync(station.site)
    windows = Windows(station.site, plan)
    for_all, own = await windows.open(Kind.ROOM, "", 5, 9, ""), await windows.open(Kind.ROOM, "01", 5, 1, "")
    assert await windows.guess(Kind.ROOM, "01", for_all.code) == for_all
    assert await windows.guess(Kind.ROOM, "01", own.code) == own
    with pytest.raises(Refused, match="wrong_code"):
        await windows.guess(Kind.ROOM, "02", own.code)
    assert windows.wrong(Kind.ROOM, "02") == 1 and windows.wrong(Kind.ROOM, "01") == 0
