"""Copies of what rooms push: only whole chains of the room's own streams, each record once."""

import pytest

from shared import crypto, ledger
from shared.errors import BadSignature, Damaged, Malformed, Refused, WrongBinding
from shared.io.store import Batch
from shared.ledger import Entry
from shared.records import LoginAllowed, append
from site_server.copies import Copies
from site_server.station import Station
from tests.support.site_day import Made, SiteDay
from tests.support.small_day import MINUTE, ROOM, T

SITTING = f"sitting/m1/{ROOM}"


@pytest.fixture
async def copies(station: Station, joined: Made) -> Copies:
    """Copies of a site that is authorised for the session."""
    await station.held.load(joined.day.formal, joined.day.package, joined.day.session_document)
    return station.copies


def finished(day: SiteDay) -> SiteDay:
    """One candidate answers and is collected, the others are absent; the sitting is ended."""
    from shared import commands as c

    day.open()
    day.log_in("1001")
    day.start()
    day.answer("1001", 1, "A")
    day.now = T + 31 * MINUTE
    for ticket in ("1002", "1003"):
        day.put(c.MarkAbsent(ticket))
    day.now = T + 123 * MINUTE
    day.put(c.Tick())
    day.put(c.EndSitting())
    return day


async def store(station: Station, copies: Copies, entries: list[Entry]) -> None:
    """Takes and commits, as the link does."""
    await station.site.commit(Batch(copies.take(ROOM, tuple(entries)).fresh))


async def test_repeats_are_no_news_and_gaps_are_refused(station: Station, copies: Copies, joined: Made) -> None:
    day = finished(joined.day)
    entries = day.sitting_entries
    await store(station, copies, entries[:3])
    taken = copies.take(ROOM, tuple(entries[:4]))
    assert [one.header.position for one in taken.fresh] == [4]
    assert [end.position for end in taken.ends[SITTING]] == [4]
    await station.site.commit(Batch(taken.fresh))
    with pytest.raises(Refused) as gap:
        copies.take(ROOM, (entries[4], entries[6]))
    assert gap.value.wire_code == "gap"
    assert copies.points[SITTING][1].position == 4, "nothing of a push that failed is kept"
    with pytest.raises(Refused):
        copies.take(ROOM, (day.pcs["1001"].entries[1],))
    with pytest.raises(Malformed):
        copies.take(ROOM, (entries[4], Entry(b"no header", b"")))
    assert copies.points[SITTING][1].position == 4


async def test_a_push_over_a_move_says_where_both_epochs_end(copies: Copies, joined: Made) -> None:
    day = joined.day
    day.open()
    day.log_in("1001")
    day.start()
    day.answer("1001", 1, "A")
    day.log_in("1001", seat=31)
    day.answer("1001", 2, "B")
    day.answer("1001", 3, "C")
    taken = copies.take(ROOM, tuple(day.pcs["1001"].entries))
    assert [(end.epoch, end.position) for end in taken.ends["attempt/m1/1001"]] == [(1, 2), (2, 3)]


async def test_an_exam_goes_on_from_its_opening_until_it_is_ended(copies: Copies, joined: Made) -> None:
    day = finished(joined.day)
    kinds = [ledger.header_of(entry).kind for entry in day.sitting_entries]
    opening, ending = kinds.index("PaperOpened"), kinds.index("SittingEnded")
    copies.take(ROOM, tuple(day.sitting_entries[:opening]))
    assert copies.opened(ROOM) == 0
    copies.take(ROOM, tuple(day.sitting_entries[opening:ending]))
    assert copies.opened(ROOM) == ledger.header_of(day.sitting_entries[opening]).time
    copies.take(ROOM, tuple(day.sitting_entries[ending:]))
    assert copies.opened(ROOM) == 0


async def test_another_content_at_a_held_position_is_a_conflict(station: Station, copies: Copies, joined: Made) -> None:
    day = joined.day
    chain = ledger.Chain(SITTING, crypto.new_key(), day.chain.at)
    held, other = (append(c, LoginAllowed("王监考"), T + n) for n, c in enumerate((day.chain, chain)))
    await store(station, copies, [*day.sitting_entries, held])
    with pytest.raises(Damaged) as conflict:
        copies.take(ROOM, (other,))
    assert conflict.value.wire_code == "conflict"
    follower = append(chain, LoginAllowed("王监考"), T)
    with pytest.raises(Damaged):
        copies.take(ROOM, (follower,))


async def test_foreign_streams_are_refused(copies: Copies) -> None:
    for stream in ("sitting/m1/02", "sitting/m2/01", "attempt/m1/9999", "site/s1", "x"):
        chain = ledger.Chain(stream, crypto.new_key(), ledger.open_epoch(1, ledger.START))
        with pytest.raises(WrongBinding):
            copies.take(ROOM, (append(chain, LoginAllowed("x"), T),))
        assert stream not in copies.points


async def test_an_epoch_must_begin_with_its_opening_and_continue_what_is_held(copies: Copies, joined: Made) -> None:
    chain = ledger.Chain(SITTING, crypto.new_key(), ledger.open_epoch(1, ledger.START))
    with pytest.raises(Damaged, match="opening"):
        copies.take(ROOM, (append(chain, LoginAllowed("x"), T),))
    day = joined.day
    day.open()
    day.log_in("1001")
    day.start()
    day.answer("1001", 1, "A")
    day.log_in("1001", seat=31)
    moved = day.pcs["1001"].entries
    with pytest.raises(Damaged, match="does not have"):
        copies.take(ROOM, (moved[0], moved[2]))
    assert [one.header.epoch for one in copies.take(ROOM, tuple(moved)).fresh] == [1, 1, 2]


async def test_a_sitting_is_whole_with_its_end_its_attempts_and_its_head(
    station: Station, copies: Copies, joined: Made
) -> None:
    day = finished(joined.day)
    await store(station, copies, day.sitting_entries)
    assert copies.progress("m1", ROOM).ended is not None
    head = day.chain.sign_head(day.room_key, day.now)
    assert copies.take_head(ROOM, head, day.room_key.public)
    *most, last = day.pcs["1001"].entries
    assert not copies.whole("m1", ROOM), "the attempt is missing"
    await store(station, copies, most)
    assert not copies.whole("m1", ROOM), "the end of the attempt is missing"
    await store(station, copies, [last])
    assert copies.whole("m1", ROOM)
    assert not Copies(station.site.store, station.held, station.moves).whole("m1", ROOM), "the head is not durable here"
    await station.site.commit(Batch(heads=[head]))
    rebuilt = Copies(station.site.store, station.held, station.moves)
    assert rebuilt.whole("m1", ROOM)
    assert rebuilt.points == copies.points


async def test_heads_must_be_signed_by_the_writer_and_fit_the_copy(
    station: Station, copies: Copies, joined: Made
) -> None:
    day = finished(joined.day)
    await store(station, copies, [*day.pcs["1001"].entries, *day.sitting_entries])
    stranger = crypto.Ed25519Signer(crypto.new_key())
    with pytest.raises(BadSignature):
        copies.take_head(ROOM, day.chain.sign_head(stranger, T), day.room_key.public)
    lying = ledger.Chain(SITTING, b"", ledger.Point(1, 2, bytes(32))).sign_head(day.room_key, T)
    with pytest.raises(Damaged):
        copies.take_head(ROOM, lying, day.room_key.public)
    ahead = ledger.Chain(SITTING, b"", ledger.Point(1, 10_000, bytes(32))).sign_head(day.room_key, T)
    assert not copies.take_head(ROOM, ahead, day.room_key.public)
    pc = day.pcs["1001"]
    device = pc.chain.sign_head(pc.device, T)
    assert copies.take_head(ROOM, device, None)
    assert not copies.take_head(ROOM, device, None), "a repeat says nothing new"
    assert copies.attempt_heads("m1") == [device]
    with pytest.raises(WrongBinding):
        copies.take_head("02", device, None)
