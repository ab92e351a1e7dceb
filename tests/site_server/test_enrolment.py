"""Enrolment: windows, codes, confirmation and certificates, with real requests where a connection matters."""

import asyncio
from pathlib import Path

import pytest

from shared import crypto, limits
from shared import documents as d
from shared import messages as m
from shared.errors import Malformed, Refused
from shared.io import tls
from shared.machines import Conflict, Kind, Window, key_id
from shared.refusal import Refusal
from site_server import timekeeping, verbs
from site_server.enrolment import Desk
from site_server.station import Station
from tests.site_server.conftest import serving
from tests.support.small_day import ROOM

NOW = 0


@pytest.fixture
async def desk(station: Station, tmp_path: Path) -> Desk:
    """The desk of a site that has the time and whose site file names one room."""
    rooms = {ROOM: d.RoomAddress("127.0.0.1", 1)}
    await verbs.run(station, verbs.WriteSiteFile(rooms, str(tmp_path / "site.kdd")), lambda _text: None)
    await timekeeping.sync(station.site)
    return station.desk


def request(code: str, kind: Kind = Kind.ROOM, room: str = ROOM, number: int = 0) -> m.EnrolRequest:
    """What a fresh machine asks."""
    device = None if kind is Kind.CONSOLE else crypto.Ed25519Signer(crypto.new_key()).public
    return m.EnrolRequest(kind, room, number, code, crypto.new_p256()[1], device)


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**8:08}"


async def ask(desk: Desk, asked: m.EnrolRequest, address: str = "10.0.0.9") -> m.EnrolReply | Refusal | None:
    """What a machine hears at once; None if it must wait."""
    heard: list[m.EnrolReply | Refusal] = []
    await desk.ask(asked, address, heard.append)
    return heard[0] if heard else None


async def refusal(desk: Desk, asked: m.EnrolRequest) -> str:
    """The code of the refusal."""
    found = await ask(desk, asked)
    assert isinstance(found, Refusal)
    return found.code


async def certificate(desk: Desk, asked: m.EnrolRequest) -> bytes:
    """The certificate given at once."""
    found = await ask(desk, asked)
    assert isinstance(found, m.EnrolReply)
    return found.certificate


async def open_for_pcs(desk: Desk, count: int = 10) -> Window:
    """A window for PCs."""
    return await desk.open(Kind.PC, ROOM, 5, count, "技术员")


async def test_a_window_admits_as_many_machines_as_it_was_opened_for(station: Station, desk: Desk) -> None:
    assert await refusal(desk, request("00000000")) == "no_window"
    code = (await desk.open(Kind.ROOM, ROOM, 5, 2)).code
    first, second = request(code), request(code)
    assert tls.certificate_key(await certificate(desk, first)).raw == first.point
    await certificate(desk, second)
    assert await refusal(desk, request(code)) == "no_window"
    held = station.machines.current(Kind.ROOM, ROOM)
    assert held is not None and held.point == second.point, "the machine enrolled last counts"
    replaced = station.machines.find(key_id(first.point))
    assert replaced is not None and replaced.machine.revoked == "replaced"


async def test_a_room_s_machine_is_replaced_only_through_a_window_of_its_own(station: Station, desk: Desk) -> None:
    code = (await desk.open(Kind.ROOM, "", 5, 3)).code
    first = request(code)
    older = await certificate(desk, first)
    assert await refusal(desk, request(code)) == "room_taken"
    held = station.machines.current(Kind.ROOM, ROOM)
    assert held is not None and held.point == first.point and not held.revoked
    newer = await certificate(desk, request((await desk.open(Kind.ROOM, ROOM, 5, 1)).code))
    assert tls.validity(newer)[0] > tls.validity(older)[0], "by this PCs know which machine came later"


async def test_a_certificate_says_name_and_dates_around_trusted_time(station: Station, desk: Desk) -> None:
    window = await desk.open(Kind.CONSOLE, ROOM, 5, 1)
    made = await certificate(desk, request(window.code, Kind.CONSOLE))
    begins, expires = tls.validity(made)
    now = station.site.now()
    assert now is not None
    assert tls.certificate_name(made) == f"console-{ROOM}-1"
    assert begins < now - limits.DAY + limits.MINUTE and now + (limits.CERTIFICATE_DAYS - 1) * limits.DAY < expires


async def test_nothing_is_opened_or_certified_without_trusted_time(station: Station) -> None:
    with pytest.raises(Refused, match="no_time"):
        await station.desk.open(Kind.ROOM, "", 5, 1)


async def test_machines_that_ask_together_are_counted_one_by_one(desk: Desk) -> None:
    code = (await desk.open(Kind.ROOM, ROOM, 5, 2)).code
    found = await asyncio.gather(*(ask(desk, request(code)) for _ in range(3)))
    assert sum(isinstance(one, m.EnrolReply) for one in found) == 2
    assert [one.code for one in found if isinstance(one, Refusal)] == ["no_window"]


async def test_wrong_codes_close_the_window_for_the_right_one_too(desk: Desk) -> None:
    window = await open_for_pcs(desk)
    for _ in range(limits.ENROL_WRONG_CODES):
        assert await refusal(desk, request(wrong(window.code), Kind.PC)) == "wrong_code"
    assert await refusal(desk, request(window.code, Kind.PC)) == "no_window"
    assert desk.windows() == ()


async def test_wrong_codes_count_on_after_a_restart(station: Station, desk: Desk) -> None:
    window = await open_for_pcs(desk)
    await refusal(desk, request(wrong(window.code), Kind.PC))
    again = Desk(station.site, station.machines, station.held.plan_of)
    assert [one.wrong for one in again.windows(ROOM)] == [1]
    assert await ask(again, request(window.code, Kind.PC)) is None


async def test_a_window_is_for_one_kind_and_one_room(desk: Desk) -> None:
    window = await open_for_pcs(desk)
    assert await refusal(desk, request(window.code, Kind.CONSOLE)) == "no_window"
    assert await refusal(desk, request(window.code, Kind.ROOM)) == "no_window"
    assert await refusal(desk, request(window.code, Kind.PC, "02")) == "no_window"


async def test_rooms_that_the_site_file_does_not_name_are_refused(station: Station, desk: Desk) -> None:
    code = (await desk.open(Kind.ROOM, "", 5, 2)).code
    assert await refusal(desk, request(code, room="99")) == "no_room"
    with pytest.raises(Refused, match="no_room"):
        await desk.open(Kind.PC, "99", 5, 1)
    with pytest.raises(Malformed):
        await ask(desk, m.EnrolRequest(Kind.ROOM, ROOM, 0, code, b"x" * 65, request("").device))
    with pytest.raises(Malformed):
        await ask(desk, m.EnrolRequest(Kind.ROOM, ROOM, 0, code, crypto.new_p256()[1], None))
    assert station.machines.current(Kind.ROOM, ROOM) is None


@pytest.mark.parametrize(
    ("kind", "minutes", "count"),
    [(Kind.PC, 0, 1), (Kind.PC, 1, 0), (Kind.PC, 1441, 1), (Kind.PC, 1, 61), (Kind.CONSOLE, 1, 7)],
)
async def test_windows_have_bounds(desk: Desk, kind: Kind, minutes: int, count: int) -> None:
    with pytest.raises(Refused, match="bad_window"):
        await desk.open(kind, ROOM, minutes, count)


async def test_forty_pcs_are_confirmed_at_once_and_each_hears_of_its_seat(station: Station, desk: Desk) -> None:
    window = await open_for_pcs(desk, 40)
    heard: dict[int, list[m.EnrolReply | Refusal]] = {seat: [] for seat in range(1, 41)}
    for seat, one in heard.items():
        await desk.ask(request(window.code, Kind.PC), f"10.0.0.{seat}", one.append)
    assert [(one.number, one.conflict) for one in desk.pending(ROOM)] == [(seat, "") for seat in range(1, 41)]
    made = await desk.confirm(ROOM, (), 0, "技术员")
    assert len(made) == 40 and desk.pending(ROOM) == ()
    for seat, one in heard.items():
        assert isinstance(one[0], m.EnrolReply) and one[0].number == seat
        assert tls.certificate_name(one[0].certificate) == f"pc-{ROOM}-{seat}"


async def test_conflicts_are_shown_and_need_their_own_confirmation(station: Station, desk: Desk) -> None:
    window = await open_for_pcs(desk)
    await ask(desk, request(window.code, Kind.PC, number=3))
    (old,) = await desk.confirm(ROOM, (), 0, "技术员")
    for number, address in ((3, "x"), (5, "x"), (5, "x"), (51, "x"), (0, "10.0.0.7"), (0, "nowhere")):
        await ask(desk, request(window.code, Kind.PC, number=number), address)
    shown = desk.pending(ROOM)
    twice = Conflict.ASKED_TWICE
    assert [one.conflict for one in shown] == [
        Conflict.REPLACES, twice, twice, Conflict.BEYOND_PLAN, Conflict.NONE, Conflict.NO_SEAT
    ]  # fmt: skip
    assert [one.machine.number for one in await desk.confirm(ROOM, (), 0, "技术员")] == [7]
    ids = [one.id for one in shown]
    with pytest.raises(Refused, match="seat_needed"):
        await desk.confirm(ROOM, (ids[5],), 0, "技术员")
    assert (await desk.confirm(ROOM, (ids[5],), 8, "技术员"))[0].machine.number == 8
    await desk.confirm(ROOM, (ids[0],), 0, "技术员")
    now = station.machines.current(Kind.PC, ROOM, 3)
    assert now is not None and now.id == ids[0]
    assert station.machines.find(old.machine.id).machine.revoked == "replaced"  # type: ignore[union-attr]
    await desk.confirm(ROOM, (ids[1],), 0, "技术员")
    assert {one.id: one.conflict for one in desk.pending(ROOM)}[ids[2]] is Conflict.REPLACES


async def test_a_machine_that_asks_again_is_the_same_one(desk: Desk) -> None:
    window = await open_for_pcs(desk, 1)
    asked = request(window.code, Kind.PC, number=3)
    assert await ask(desk, asked) is None
    assert await ask(desk, asked) is None, "not counted again, though the window is full"
    await desk.confirm(ROOM, (), 0, "技术员")
    assert await certificate(desk, asked) == await certificate(desk, asked), "the key is its proof"


async def test_a_declined_machine_hears_it_and_is_gone(desk: Desk) -> None:
    window = await open_for_pcs(desk)
    heard: list[m.EnrolReply | Refusal] = []
    await desk.ask(request(window.code, Kind.PC, number=3), "x", heard.append)
    (waiting,) = desk.pending(ROOM)
    desk.decline(ROOM, (waiting.id,))
    assert heard == [Refusal("declined")] and desk.pending(ROOM) == ()
    with pytest.raises(Refused, match="unknown_machine"):
        await desk.confirm(ROOM, (waiting.id,), 0, "技术员")


async def test_a_revoked_key_never_counts_again(station: Station, desk: Desk) -> None:
    window = await open_for_pcs(desk)
    asked = request(window.code, Kind.PC, number=3)
    await ask(desk, asked)
    (made,) = await desk.confirm(ROOM, (), 0, "技术员")
    with pytest.raises(Refused, match="reason_needed"):
        await desk.revoke(made.machine.id, " ", "技术员", NOW)
    assert (await desk.revoke(made.machine.id, "被盗", "技术员", NOW)).revoked == "被盗"
    assert await refusal(desk, asked) == "revoked"
    await desk.revoke(made.machine.id, "再说", "技术员", NOW)
    assert [one.machine.revoked for one in station.machines.of_room(ROOM)] == ["被盗"]


async def test_each_connection_has_one_guess(station: Station, desk: Desk, tmp_path: Path) -> None:
    code = (await desk.open(Kind.ROOM, "", 5, 1)).code
    async with serving(station) as running:
        peer = running.room(tmp_path / "room")
        status, body, closed = await peer.ask(wrong(code))
        assert (status, closed) == (403, True)
        assert b'"wrong_code"' in body
        status, _, closed = await peer.ask(code)
        assert (status, closed) == (200, True)
