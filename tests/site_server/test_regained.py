"""A rebuilt site regains from its rooms the moves that its save does not know; and believes no others."""

import io
import shutil
from pathlib import Path

import msgspec
import pytest

from shared import crypto, records, signed, verifier
from shared import documents as d
from shared import messages as m
from shared.errors import Refused
from shared.ledger import START
from site_server import bundling, rebuilding, restoring
from site_server.dongle.place import KeyFilePlace
from site_server.regained import Regained
from site_server.station import Station
from tests.site_server.test_guard import told
from tests.site_server.test_moving import OTHER, Two, TwoRooms, bundle_of, end, two_rooms
from tests.site_server.test_restoring import person
from tests.support import by_the_book as book
from tests.support.fake_platform import FakePlatform
from tests.support.room_day import eventually
from tests.support.site_day import PASSPHRASE, Made, copy_of
from tests.support.small_day import ROOM, T


async def test_a_site_rebuilt_from_a_save_before_the_moves_has_them_all_again(template: Path, tmp_path: Path) -> None:
    async with two_rooms(template, tmp_path) as two:
        first, second = await person(two.station, "李主考"), await person(two.station, "张主考")
        for seat in (1, 2, 3):
            await two.pcs[ROOM, seat].enter(f"100{seat}")
            await two.pcs[ROOM, seat].answer(1, "A")
        await two.station.saver.save(tmp_path / "save")
        await moved(two)
        documents = two.station.moves.documents("m1")
        stays = [two.station.moves.stays(two.station.held.get("m1")).of(f"100{n}") for n in (1, 2, 3)]
        await burnt_and_rebuilt(two, tmp_path)
        assert two.station.moves.documents("m1") == []
        await two.services[OTHER].close()
        await restoring.restore(two.station.site, "考点机烧毁", first, second)
        await two.serve()
        await only_one_room_is_back(two, documents)
        await two.start(OTHER, two.services[OTHER].machine)
        await eventually(lambda: two.station.moves.documents("m1") == documents)
        view = two.station.moves.stays(two.station.held.get("m1"))
        assert [view.of(f"100{n}") for n in (1, 2, 3)] == stays
        written = told(two.station.site)
        assert [one.moves for one in written if isinstance(one, records.TakenBack) and one.moves] == [2, 1]
        regained = [(one.ticket, one.epoch, one.by) for one in written if isinstance(one, records.MoveGranted)]
        assert regained == [("1002", 1000, "room-01"), ("1002", 2000, "room-01"), ("1001", 1000, "room-02")]
        await goes_on_to_the_end(two)


async def moved(two: Two) -> None:
    """One goes on in the other room; one goes there and comes back."""
    await two.move("1001", "1002")
    await two.pcs[OTHER, 1].enter("1001")
    await two.pcs[OTHER, 1].answer(2, "B")
    sitting = two.services[OTHER].hall.desks["m1"].state
    await eventually(lambda: {"1001", "1002"} <= sitting.candidates.keys())
    await two.move("1002", origin=OTHER, room=ROOM)
    back = two.services[ROOM].hall.desks["m1"].state
    await eventually(lambda: back.candidates["1002"].first == 2000)


async def burnt_and_rebuilt(two: Two, folder: Path) -> None:
    """The site's folder is gone but for the dongle, and made again from the save."""
    await two.stop()
    two.station.close()
    stick = folder / "stick.kdk"
    shutil.copyfile(two.made.folder.dongle, stick)
    shutil.rmtree(two.made.folder.path)
    rebuilding.rebuild(two.made.folder, folder / "save", KeyFilePlace(str(stick)), lambda: PASSPHRASE)
    two.station = Station.open(two.made.folder, PASSPHRASE, overriding=True)


async def only_one_room_is_back(two: Two, documents: list[bytes]) -> None:
    """Its own guest is known with the whole way here; nobody is sent where a move may be that is not known yet."""
    away = two.station.copies.progress("m1", ROOM).left
    await eventually(lambda: {"1001", "1002"} <= {ticket for ticket, _ in away})
    assert two.station.moves.documents("m1") == documents[1:]
    with pytest.raises(Refused, match="room_not_back"):
        await two.move("1003")


async def goes_on_to_the_end(two: Two) -> None:
    """Everything goes on as if nothing had been, up to a bundle that verifies."""
    assert await two.move("1003") == {"1003": 2}
    await eventually(lambda: "1003" in two.services[OTHER].hall.desks["m1"].state.candidates)
    await end(two)
    data = await bundle_of(two)
    root = two.station.site.platform.root
    report = verifier.verify(io.BytesIO(data), root)
    assert [(part.epoch, part.upto) for part in report.accepted["1001"]] == [(1, 2), (1000, 2)]
    assert book.verify_bundle(data, {"alg": root.alg, "raw": root.raw}).closed["1003"] == "Collected"
    assert two.station.rooms.alarms == []


async def test_a_room_is_copied_though_its_guests_records_at_the_room_he_left_are_lost_with_the_site(
    template: Path, tmp_path: Path
) -> None:
    async with two_rooms(template, tmp_path) as two:
        first, second = await person(two.station, "李主考"), await person(two.station, "张主考")
        await two.pcs[ROOM, 1].enter("1001")
        await eventually(lambda: ends(two, "attempt/m1/1001") == {1: 1})
        await two.station.saver.save(tmp_path / "save")
        await two.pcs[ROOM, 1].answer(1, "A")
        await two.move("1001")
        desk = two.services[OTHER].hall.desks["m1"]
        await eventually(lambda: "1001" in desk.state.candidates)
        await two.pcs[OTHER, 1].enter("1001")
        await two.services[ROOM].close()
        await burnt_and_rebuilt(two, tmp_path)
        await restoring.restore(two.station.site, "考点机烧毁", first, second)
        await two.serve()
        await eventually(lambda: ends(two, desk.stream) == {1: desk.point.position})
        await two.pcs[OTHER, 1].answer(2, "B")
        await eventually(lambda: ends(two, "attempt/m1/1001") == {1: 1, 1000: 2})
        one = two.station.held.get("m1")
        assert ROOM in bundling.open_rooms(two.station.copies, one), "no bundle while a record is missing"
        await two.start(ROOM, two.services[ROOM].machine)
        await eventually(lambda: ends(two, "attempt/m1/1001") == {1: 2, 1000: 2})
        await end(two)
        report = verifier.verify(io.BytesIO(await bundle_of(two)), two.station.site.platform.root)
        assert [(part.epoch, part.upto) for part in report.accepted["1001"]] == [(1, 2), (1000, 2)]
        assert two.station.rooms.alarms == []


def ends(two: Two, stream: str) -> dict[int, int]:
    """Where the site's copy of a stream ends, by epoch."""
    return {epoch: end.position for epoch, end in two.station.copies.points.get(stream, {}).items()}


def guest(signer: crypto.Signer, ticket: str, *way: tuple[str, str, int]) -> m.Guest:
    """A guest whose grants `signer` signed: from room to room from which epoch on."""
    made = [
        signed.sign(signer, d.MOVE, d.MoveGrant("m1", ticket, origin, room, 7, epoch, START, 5))
        for origin, room, epoch in way
    ]
    brought = records.GuestBrought(ticket, "A", 0, 0, (), 0, 0, 0, False, (), 0, (), 0, ())
    return m.Guest(made[-1], brought, True, False, "赵主考", tuple(made[:-1]))


async def test_only_what_the_ca_signed_and_fits_is_taken_once_the_session_is_here(
    template: Path, tmp_path: Path
) -> None:
    site_made = copy_of(template, tmp_path / "site")
    day = TwoRooms(site_made.folder.registration.read_bytes())
    made = Made(site_made.folder, day, FakePlatform(day, T))
    station = made.open()
    try:
        made.join(station)
        warned: list[tuple[str, str, str]] = []
        back = Regained(station.site, station.held, station.moves, lambda *one: warned.append(one))
        ca, thief = station.site.keys.ca, crypto.EcdsaSigner(crypto.new_p256()[0])
        true = guest(ca, "1001", (ROOM, OTHER, 1000))
        assert back.heard(OTHER) and await back.settle() == [], "a site that lost nothing"
        await station.site.begin_epoch(records.Overridden("rolled_back", "李主考", "张技术", "硬盘损坏"))
        assert not back.heard(OTHER)
        wrong = msgspec.structs.replace(true, brought=msgspec.structs.replace(true.brought, ticket="1003"))
        forged = (guest(thief, "1002", (ROOM, OTHER, 1000)), guest(ca, "1002", ("02", ROOM, 2000)), wrong)
        back.hear(OTHER, (*forged, true, msgspec.structs.replace(true, grant=b"none")))
        assert back.heard(OTHER) and await back.settle() == [], "nothing is known of the session"
        await station.held.load(day.formal, day.package, day.session_document)
        assert [one.ticket for one in await back.settle()] == ["1001"]
        assert station.moves.guest("m1", "1001", 1000) == true and warned == []
        back.hear(ROOM, [guest(ca, "1001", ("02", ROOM, 3000)), guest(ca, "1003", (OTHER, ROOM, 1000))])
        assert await back.settle() == []
        assert {(code, detail) for code, detail, _ in warned} == {
            ("moved_twice", "m1 1001 3000"), ("moved_twice", "m1 1003 1000"),
        }  # fmt: skip
        later = guest(ca, "1001", (ROOM, OTHER, 1000), (OTHER, ROOM, 2000))
        back.hear(ROOM, [later])
        assert await back.settle() == [], "another word of the CA about the first move"
    finally:
        station.close()
