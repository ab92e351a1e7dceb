"""A site that went on from older data takes back what rooms hold by its word, as far as its CA signed it."""

from pathlib import Path

import msgspec
import pytest

from shared import codec, crypto, records, trust
from shared import documents as d
from shared import messages as m
from shared.errors import Unavailable
from shared.machines import Certified, Kind
from shared.messages import EnrolRequest
from shared.roles import Role
from site_server import verbs
from site_server.machines import REPLACED, Candidate, revoked
from site_server.people import SITE
from site_server.returning import lacking
from site_server.station import Station
from tests.site_server.conftest import enrolled_room, nothing, serving
from tests.site_server.test_guard import told
from tests.support.room_peer import RoomPeer
from tests.support.site_day import Made
from tests.support.small_day import ROOM

SITTING = f"sitting/m1/{ROOM}"


def kept(
    *machines: Certified, gone: tuple[str, ...] = (), grants: tuple[bytes, ...] = (), staff: bytes = b""
) -> m.Kept:
    """What a room hands back in one frame."""
    return m.Kept(machines, gone, grants, (m.SessionKept("m1", 1, False, 0, ""),), staff, False)


async def forget(station: Station, **still: bytes) -> Station:
    """The site goes on from older data: of what was enrolled or granted only `still` is known."""
    names = [*station.site.store.facts("machine/"), *station.site.store.facts("grant/sitting/")]
    await station.site.begin_epoch(records.Overridden("rolled_back", "李主考", "张技术", "硬盘损坏"))
    await station.site.write(facts=dict.fromkeys(names) | still)
    return Station(station.site)


async def certified(station: Station, number: int, kind: Kind = Kind.PC) -> Certified:
    """One more machine of the room, certified as after an enrolment."""
    device = None if kind is Kind.CONSOLE else crypto.Ed25519Signer(crypto.new_key()).public
    asked = EnrolRequest(kind, ROOM, number, "", crypto.new_p256()[1], device)
    made = await station.machines.certify([Candidate(asked, number, "10.0.0.1", "王")])
    return next(one for one in made if one.machine.point == asked.point)


async def refused(peer: RoomPeer, told_of: m.Kept) -> str:
    """The code by which a site turns a greeting down."""
    try:
        link = await peer.link(kept=told_of)
        return (await link.expect(m.Refused)).refusal.code
    except Unavailable as error:
        return error.wire_code


async def test_machines_and_grants_come_back_by_the_cas_signature_and_are_recorded(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    await station.held.load(joined.day.formal, joined.day.package, None)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        pc, console = await certified(station, 5), await certified(station, 1, Kind.CONSOLE)
        stolen = revoked(await certified(station, 6), "被盗")
        grant = (await (await peer.link()).expect(m.SessionOffer)).grant
    station = await forget(station)
    assert station.machines.all() == ()
    async with serving(station) as running:
        peer.port = running.port
        assert await refused(peer, kept()) == "not_enrolled", "it does not say what it is"
        link = await peer.link(kept=kept(peer.itself(), pc, console, stolen, grants=(grant,)))
        assert (await link.expect(m.Linked)).sessions == ("m1",)
        named = {one.machine.name: one.machine.revoked for one in (await link.expect(m.Machines)).enrolled}
        assert named == {f"pc-{ROOM}-5": "", f"console-{ROOM}-1": "", f"pc-{ROOM}-6": "被盗"}
        assert (await link.expect(m.SessionOffer)).grant == grant, "no second grant is made for an epoch"
        again = await peer.link(kept=kept(peer.itself(), pc, console, stolen, grants=(grant,)))
        await again.expect(m.Linked)
    written = told(station.site)
    assert [one for one in written if isinstance(one, records.TakenBack)] == [records.TakenBack(ROOM, 4, 1, 1, 0)]
    names = [one.name for one in written if isinstance(one, records.MachineEnrolled) and one.by == f"room-{ROOM}"]
    assert sorted(names) == sorted([f"room-{ROOM}", f"pc-{ROOM}-5", f"console-{ROOM}-1", f"pc-{ROOM}-6"])
    assert [one.code for one in station.rooms.alarms].count("machine_returned") == 1


async def test_a_site_that_never_lost_anything_hears_no_stranger(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        pc = await certified(station, 5)
        await station.site.write(facts=dict.fromkeys(station.site.store.facts("machine/")))
    station = Station(station.site)
    async with serving(station) as running:
        peer.port = running.port
        with pytest.raises(Unavailable) as turned_away:
            await peer.link(kept=kept(peer.itself(), pc))
        assert turned_away.value.wire_code == "not_enrolled"
    assert station.machines.all() == ()


async def test_what_the_ca_did_not_sign_or_another_room_owns_is_left_out(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        pc, console = await certified(station, 5), await certified(station, 1, Kind.CONSOLE)
    station = await forget(station)
    change = msgspec.structs.replace
    other, other_ca = RoomPeer(tmp_path / "other", b"", 0), crypto.Ed25519Signer(crypto.new_key()).public
    forged = [
        change(pc, machine=change(pc.machine, number=7)),
        change(pc, machine=change(pc.machine, room="02")),
        change(pc, machine=change(pc.machine, point=other.point)),
        change(pc, machine=change(pc.machine, device=None)),
        change(pc, machine=change(pc.machine, device=crypto.PublicKey("ed25519", b"short"))),
        change(pc, certificate=pc.certificate[:-1] + bytes([pc.certificate[-1] ^ 1])),
        change(pc, certificate=b"none"),
        change(console, machine=change(console.machine, device=other_ca)),
    ]
    grant = d.Grant(SITTING, 1, other_ca, 0)
    foreign = (b"none", codec.encode(grant), station.site.grant("sitting/m1/02", 1, other_ca))
    async with serving(station) as running:
        peer.port = running.port
        link = await peer.link(kept=kept(peer.itself(), *forged, grants=foreign))
        assert (await link.expect(m.Machines)).enrolled == ()
    assert station.site.store.facts("grant/sitting/") == {}


async def test_of_two_machines_of_a_name_the_one_certified_later_counts_whoever_comes_first(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    """Takeover and rebuilding on one day: the save knows the destroyed machine, the room is run by the spare."""
    async with serving(station) as running:
        old = await enrolled_room(running, tmp_path / "old", joined)
        held = {name: data for name, data in station.site.store.facts("machine/").items()}
        # The dates of certificates are whole seconds.
        joined.platform.shift += 2_000
        await verbs.run(station, verbs.SyncTime(), nothing)
        spare = await enrolled_room(running, tmp_path / "spare", joined)
    station = await forget(station, **held)
    async with serving(station) as running:
        old.port = spare.port = running.port
        first = await old.link(kept=kept(old.itself()))
        await first.expect(m.Linked)
        second = await spare.link(kept=kept(spare.itself()))
        assert old.itself().machine.id in (await second.expect(m.Machines)).gone
        with pytest.raises(Unavailable):
            await first.expect(m.Keys)
        assert await refused(old, kept(old.itself())) == "revoked"
        assert len([one for one in station.machines.all() if one.kind is Kind.ROOM and not one.revoked]) == 1
        assert {one.revoked for one in station.machines.all()} == {"", REPLACED}


async def test_a_revocation_is_believed_from_any_room_before_the_machine_comes(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        window = await station.desk.open(Kind.ROOM, "", 5, 1)
        thief = RoomPeer(tmp_path / "thief", station.site.ca_certificate, running.port, "02")
        await station.site.write(facts={"rooms": codec.encode([ROOM, "02"])})
        await thief.enrol(window.code)
    station = await forget(station)
    async with serving(station) as running:
        peer.port = thief.port = running.port
        link = await peer.link(kept=kept(peer.itself(), gone=(thief.itself().machine.id, "not an id")))
        assert (await link.expect(m.Machines)).gone == (thief.itself().machine.id,)
        assert await refused(thief, kept(thief.itself())) == "revoked"
    again = Station(station.site)
    assert again.machines.gone() == (thief.itself().machine.id,), "it outlives a restart"


async def test_two_grants_for_one_epoch_are_an_alarm_and_the_sites_own_stays(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
    other = station.site.grant(SITTING, 1, crypto.Ed25519Signer(crypto.new_key()).public)
    station = await forget(station)
    own = station.site.grant(SITTING, 1, peer.head_key.public)
    await station.site.write(facts={f"grant/{SITTING}/000001": own})
    async with serving(station) as running:
        peer.port = running.port
        await (await peer.link(kept=kept(peer.itself(), grants=(other,)))).expect(m.Linked)
    assert [one.code for one in station.rooms.alarms] == ["machine_returned", "granted_twice"]
    assert station.site.store.fact(f"grant/{SITTING}/000001") == own
    assert trust.grant(own, station.site.ca_public, SITTING).key == peer.head_key.public


async def test_other_staff_than_the_rooms_is_said_once(station: Station, joined: Made, tmp_path: Path) -> None:
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        await station.rooms.people.put(SITE, "李主考", Role.CHIEF)
        same = crypto.sha256(codec.encode(station.rooms.people.in_room(ROOM)))
    station = await forget(station)
    async with serving(station) as running:
        peer.port = running.port
        for staff, alarms in ((b"other", 1), (b"other", 1)):
            await (await peer.link(kept=kept(peer.itself(), staff=staff))).expect(m.Linked)
            assert [one.code for one in station.rooms.alarms].count("staff_reset") == alarms
            station.rooms.alarms = [one for one in station.rooms.alarms if one.code == "staff_reset"]
    station = await forget(station)
    async with serving(station) as running:
        peer.port = running.port
        await (await peer.link(kept=kept(peer.itself(), staff=same))).expect(m.Linked)
        assert [one.code for one in station.rooms.alarms] == ["machine_returned"]


async def test_a_session_that_the_site_lacks_is_named_and_nothing_of_it_is_refused(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day = joined.day
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        newer = m.Kept((), (), (), (m.SessionKept("m1", 2, True, 0, ""),), b"", False)
        link = await peer.link(kept=newer)
        assert (await link.expect(m.Linked)).sessions == ()
        state = await verbs.run(station, verbs.Status(), nothing)
        assert state["lacking"] == [{"session": "m1", "room": ROOM, "types": [d.FORMAL]}]
        await station.held.load(day.formal, day.package, None)
        assert (await (await peer.link(kept=newer)).expect(m.Linked)).sessions == (), "an older version is no help"
        link = await peer.link(kept=kept())
        assert (await link.expect(m.Linked)).sessions == ("m1",)
        assert (await verbs.run(station, verbs.Status(), nothing))["lacking"] == []


async def test_every_document_that_a_room_shows_to_be_missing_is_named(station: Station, joined: Made) -> None:
    day = joined.day
    assert lacking(m.SessionKept("m1", 1, False, 0, ""), None) == [d.FORMAL]
    await station.held.load(day.formal, day.package, None)
    one = station.held.get("m1")
    assert lacking(m.SessionKept("m1", 1, False, 0, ""), one) == []
    assert lacking(m.SessionKept("m1", 1, True, 2, "C"), one) == [d.SESSION, d.CHANGES, d.SPARE]
    await station.held.load(None, None, day.session_document)
    assert lacking(m.SessionKept("m1", 1, True, 0, ""), station.held.get("m1")) == []
