"""Enrolment: windows, codes and certificates, with real requests where a connection matters."""

import asyncio
from pathlib import Path

import pytest

from shared import crypto, limits
from shared import documents as d
from shared.errors import Malformed, Refused
from shared.io import tls
from site_server import enrolment, verbs
from site_server.enrolment import Desk, EnrolRequest
from site_server.station import Station
from tests.site_server.conftest import serving
from tests.support.small_day import ROOM


@pytest.fixture
async def desk(station: Station, tmp_path: Path) -> Desk:
    """The desk of a site whose site file names one room."""
    rooms = {ROOM: d.RoomAddress("127.0.0.1", 1)}
    await verbs.run(station, verbs.WriteSiteFile(rooms, str(tmp_path / "site.kdd")), lambda _text: None)
    return station.desk


def request(code: str, room: str = ROOM) -> EnrolRequest:
    """What a fresh room machine asks."""
    return EnrolRequest(room, code, crypto.new_p256()[1], crypto.Ed25519Signer(crypto.new_key()).public)


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**8:08}"


async def refusal(desk: Desk, asked: EnrolRequest) -> str:
    """The code of the refusal."""
    with pytest.raises(Refused) as refused:
        await desk.enrol(asked)
    return refused.value.wire_code


async def test_a_window_admits_as_many_machines_as_it_was_opened_for(station: Station, desk: Desk) -> None:
    assert await refusal(desk, request("00000000")) == "no_window"
    code = await enrolment.open_window(station.site, 5, 2)
    desk.reopen()
    first, second = request(code), request(code)
    certificate = await desk.enrol(first)
    assert tls.certificate_key(certificate).raw == first.point
    await desk.enrol(second)
    assert await refusal(desk, request(code)) == "no_window"
    held = enrolment.enrolled(station.site, ROOM)
    assert held is not None
    assert held.point == second.point, "the machine enrolled last counts"


async def test_machines_that_ask_together_are_counted_one_by_one(station: Station, desk: Desk) -> None:
    code = await enrolment.open_window(station.site, 5, 2)
    desk.reopen()
    found = await asyncio.gather(*(desk.enrol(request(code)) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(one, bytes) for one in found) == 2
    assert [one.wire_code for one in found if isinstance(one, Refused)] == ["no_window"]


async def test_wrong_codes_close_the_window_for_the_right_one_too(station: Station, desk: Desk) -> None:
    code = await enrolment.open_window(station.site, 5, 2)
    desk.reopen()
    for _ in range(limits.ENROL_WRONG_CODES):
        assert await refusal(desk, request(wrong(code))) == "wrong_code"
    assert await refusal(desk, request(code)) == "no_window"
    assert enrolment.window_of(station.site) is None


async def test_wrong_codes_count_on_after_a_restart(station: Station, desk: Desk) -> None:
    code = await enrolment.open_window(station.site, 5, 2)
    desk.reopen()
    await refusal(desk, request(wrong(code)))
    window = enrolment.window_of(station.site)
    assert window is not None
    assert window.wrong == 1
    await Desk(station.site).enrol(request(code))


async def test_rooms_that_the_site_file_does_not_name_are_refused(station: Station, desk: Desk) -> None:
    code = await enrolment.open_window(station.site, 5, 2)
    desk.reopen()
    assert await refusal(desk, request(code, "99")) == "no_room"
    with pytest.raises(Malformed):
        await desk.enrol(EnrolRequest(ROOM, code, b"x" * 65, crypto.Ed25519Signer(crypto.new_key()).public))
    assert enrolment.enrolled(station.site, ROOM) is None


@pytest.mark.parametrize(("minutes", "count"), [(0, 1), (1, 0), (1441, 1), (1, 1001)])
async def test_windows_have_bounds(station: Station, minutes: int, count: int) -> None:
    with pytest.raises(Malformed):
        await enrolment.open_window(station.site, minutes, count)


async def test_each_connection_has_one_guess(station: Station, desk: Desk, tmp_path: Path) -> None:
    code = await enrolment.open_window(station.site, 5, 1)
    desk.reopen()
    async with serving(station) as running:
        peer = running.room(tmp_path / "room")
        status, body, closed = await peer.ask(wrong(code))
        assert (status, closed) == (403, True)
        assert b'"wrong_code"' in body
        status, _, closed = await peer.ask(code)
        assert (status, closed) == (200, True)
