"""Room links over real TLS: who may link, what is offered, acknowledged, released and refused."""

from pathlib import Path

import pytest

from shared import commands as c
from shared import crypto, ledger, limits, records, trust
from shared import documents as d
from shared import messages as m
from shared.errors import Unavailable
from shared.ledger import Entry
from shared.model import Cancellation, Postponement
from shared.refusal import Refusal
from shared.roles import Role
from site_server import timekeeping, verbs
from site_server.authorisation import Parts
from site_server.station import Station
from tests.site_server.conftest import enrolled_room, nothing, serving
from tests.support.room_peer import Linked
from tests.support.site_day import Made
from tests.support.small_day import MINUTE, ROOM, TICKETS, T

SITTING = f"sitting/m1/{ROOM}"


async def greeted(link: Linked) -> m.SessionOffer:
    """The offer that follows the greeting."""
    await link.expect(m.Linked)
    return await link.expect(m.SessionOffer)


async def test_a_room_is_offered_its_session_with_a_grant_for_its_key(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        offer = await greeted(await peer.link())
        assert (offer.formal, offer.session_key) == (day.formal, day.keys.session)
        assert offer.sitting_key == day.keys.sittings[ROOM]
        grant = trust.grant(offer.grant, station.site.keys.ca.public, SITTING)
        assert (grant.epoch, grant.key) == (1, peer.head_key.public)
        again = await greeted(await peer.link())
        assert again.grant == offer.grant, "a link made anew brings no new epoch"
        for ref in offer.papers:
            assert await peer.fetch(ref.sha256.hex()) == (200, day.papers[ref.form])
        assert (await peer.fetch("0" * 64))[0] == 404


async def test_nobody_links_or_fetches_without_the_certificate_enrolled_last(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    await station.held.load(joined.day.formal, joined.day.package, None)
    async with serving(station) as running:
        former = await enrolled_room(running, tmp_path / "former", joined)
        with pytest.raises(Unavailable):
            await former.link(proven=False)
        await enrolled_room(running, tmp_path / "present", joined)
        with pytest.raises(Unavailable):
            await former.link()
        assert (await former.fetch(joined.day.papers_of()[0].sha256.hex()))[0] == 403


async def test_copies_are_acknowledged_when_they_are_durable_and_go_on_by_position(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        day.open()
        day.log_in(TICKETS[0])
        link = await peer.link()
        await greeted(link)
        entries = day.pcs[TICKETS[0]].entries + day.sitting_entries
        ends = await link.push(entries)
        assert ends == {f"attempt/m1/{TICKETS[0]}": 1, SITTING: len(day.sitting_entries)}
        assert station.site.store.entries(SITTING, 1) == day.sitting_entries
        await link.peer.close()
        second = await peer.link()
        points = (await second.expect(m.Linked)).points
        assert points[SITTING] == (day.chain.at,)
        assert (await second.push(entries)) == ends, "a repeat is acknowledged again"
        assert len(station.site.store.entries(SITTING, 1)) == len(day.sitting_entries)


async def test_paper_keys_leave_only_with_the_session_authorisation(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        link = await peer.link()
        await greeted(link)
        await link.peer.send(m.KeysWanted("m1"))
        assert (await link.expect(m.Refused)).refusal == Refusal("no_session_authorisation")
        await station.held.load(day.formal, None, day.session_document)
        for _ in range(2):
            await link.peer.send(m.KeysWanted("m1"))
            assert (await link.expect(m.Keys)).keys == {form: day.paper_keys[form] for form in ("A", "B")}
        await link.peer.send(m.KeysWanted("m2"))
        assert (await link.expect(m.Refused)).refusal.code == "unknown_session"
        kinds = [ledger.header_of(one).kind for one in station.site.store.entries(station.site.stream, 1)]
        assert kinds.count(records.KeysReleased.__name__) == 1


async def test_paper_keys_are_not_released_before_arming_opens(station: Station, joined: Made, tmp_path: Path) -> None:
    joined.platform.shift -= 15 * MINUTE
    await station.held.load(joined.day.formal, joined.day.package, joined.day.session_document)
    await timekeeping.sync(station.site)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        link = await peer.link()
        await greeted(link)
        await link.peer.send(m.KeysWanted("m1"))
        assert (await link.expect(m.Refused)).refusal.code == "too_early"


async def test_an_older_link_of_a_room_moves_its_copies_no_more(station: Station, joined: Made, tmp_path: Path) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        older = await peer.link()
        await greeted(older)
        await peer.link()
        with pytest.raises(Unavailable):
            await older.push(day.sitting_entries)
        assert station.site.store.points(SITTING) == {}


async def test_an_epoch_that_another_continues_grows_no_more(station: Station, joined: Made, tmp_path: Path) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    async with serving(station) as running:
        first = await enrolled_room(running, tmp_path / "first", joined)
        link = await first.link()
        await greeted(link)
        day.open()
        older, at = list(day.sitting_entries), day.chain.at
        late = records.append(day.chain, records.Reminded(1), day.now)
        await link.push(older)
        second = await enrolled_room(running, tmp_path / "second", joined)
        link = await second.link()
        await greeted(link)
        chain = ledger.Chain(SITTING, bytes(32), ledger.open_epoch(2, at))
        await link.push([records.append(chain, records.SittingOpened(second.head_key.public, at), day.now)])
        await link.peer.send(m.Push((late,)))
        assert (await link.expect(m.Refused)).refusal.code == "old_epoch"


async def test_a_room_is_given_its_own_records_back_frame_by_frame(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        link = await peer.link()
        await greeted(link)
        day.open()
        for _ in range(limits.RECORDS_PER_FRAME):
            day.put(c.RaiseHand(TICKETS[0]))
            day.put(c.LowerHand(TICKETS[0]))
        await link.push(day.sitting_entries)
        back: list[Entry] = []
        left = 1
        while left:
            await link.peer.send(m.HistoryWanted(1, SITTING, 1, len(back)))
            frame = await link.expect(m.History)
            assert 0 < len(frame.entries) <= limits.RECORDS_PER_FRAME
            back += frame.entries
            left = frame.left
        assert back == day.sitting_entries and len(back) > limits.RECORDS_PER_FRAME
        await link.peer.send(m.HistoryWanted(7, SITTING, 2, 0))
        assert (await link.expect(m.History)) == m.History(7, (), 0)
        await link.peer.send(m.HistoryWanted(8, "sitting/m1/02", 1, 0))
        assert (await link.expect(m.Refused)).refusal.code == "other_room"


async def test_conflicting_records_are_refused_with_an_alarm(station: Station, joined: Made, tmp_path: Path) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, None)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        link = await peer.link()
        await greeted(link)
        await link.push(day.sitting_entries)
        day.take_room_key(crypto.Ed25519Signer(crypto.new_key()))
        await link.peer.send(m.Push(tuple(day.sitting_entries)))
        assert (await link.expect(m.Refused)).refusal.code == "conflict"
        with pytest.raises(Unavailable):
            await link.expect(m.PushAck)
        assert [(one.room, one.code) for one in station.rooms.alarms] == [(ROOM, "conflict")]


async def test_linked_rooms_hear_of_time_staff_and_sessions(station: Station, joined: Made, tmp_path: Path) -> None:
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        link = await peer.link()
        assert (await link.expect(m.Linked)).staff == ()
        day = joined.day
        folder = day.write_files(tmp_path / "stick")
        await verbs.run(station, verbs.Load(str(folder)), nothing)
        assert (await link.expect(m.SessionOffer)).formal == day.formal
        await station.site.clock.wait_known()
        await link.peer.send(m.Beacon(7))
        reply = await link.expect(m.BeaconReply)
        assert reply.sent == 7
        assert abs(reply.received - joined.platform.now()) < 5000
        pin = (await verbs.run(station, verbs.AddStaff(ROOM, "王监考", Role.PROCTOR), nothing))["pin"]
        with pytest.raises(Unavailable):
            await link.expect(m.Linked)
        staff = (await (await peer.link()).expect(m.Linked)).staff
        assert [one.name for one in staff] == ["王监考"]
        assert crypto.pin_hash(pin, staff[0].salt) == staff[0].pin_hash


async def test_changes_reach_a_linked_room_and_its_keys_follow_them(
    station: Station, joined: Made, tmp_path: Path
) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, day.session_document)
    await timekeeping.sync(station.site)
    async with serving(station) as running:
        peer = await enrolled_room(running, tmp_path / "room", joined)
        link = await peer.link()
        await greeted(link)
        spare = day.spare_document(1)
        await station.held.take(Parts(beside={d.SPARE: spare}))
        await station.rooms.offer_again()
        assert await link.expect(m.SessionChanged) == m.SessionChanged("m1", b"", spare)
        await link.peer.send(m.KeysWanted("m1"))
        assert (await link.expect(m.Keys)).keys == {"spare": day.paper_keys["spare"]}, "and no other"
        day.change(Postponement(T + 60 * MINUTE, "停电"))
        await station.held.take(Parts(beside={d.CHANGES: day.changes[-1]}))
        await station.rooms.offer_again()
        assert await link.expect(m.SessionChanged) == m.SessionChanged("m1", day.changes[-1], spare)
        await link.peer.send(m.KeysWanted("m1"))
        assert (await link.expect(m.Refused)).refusal.code == "too_early", "arming opens an hour later now"
        day.change(Cancellation("水灾"))
        await station.held.take(Parts(beside={d.CHANGES: day.changes[-1]}))
        await link.peer.send(m.KeysWanted("m1"))
        assert (await link.expect(m.Refused)).refusal.code == "is_cancelled"
        await link.peer.close()
        again = await peer.link()
        await greeted(again)
        assert await again.expect(m.SessionChanged) == m.SessionChanged("m1", day.changes[-1], spare)
