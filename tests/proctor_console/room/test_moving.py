"""What a guest goes on from, fetched from the site's copy; whole moves are in tests/site_server/test_moving.py."""

import pytest

from proctor_console.room import history
from shared import ledger
from shared import messages as m
from shared.errors import Damaged
from shared.ledger import Entry, Point
from tests.support.moved_day import OTHER, moved_day
from tests.support.small_day import SmallDay


def day_of_two_epochs() -> SmallDay:
    """A candidate answers at two PCs."""
    day = SmallDay()
    day.open()
    day.log_in("1001")
    day.start()
    day.answer("1001", 1, "A")
    day.answer("1001", 2, "B")
    day.log_in("1001", seat=31)
    day.answer("1001", 1, "C")
    return day


def source_of(entries: list[Entry]) -> history.Source:
    """A site that holds these records of one attempt and gives them one by one."""

    async def fetch(stream: str, epoch: int, after: int) -> m.History:
        found = [ledger.parse(entry) for entry in entries]
        mine = [one.entry for one in found if (one.header.stream, one.header.epoch) == (stream, epoch)][after:]
        return m.History(0, tuple(mine[:1]), max(0, len(mine) - 1))

    return history.Source(fetch, {})


async def test_a_story_is_every_epoch_that_counts_up_to_the_point() -> None:
    day = day_of_two_epochs()
    pc, stream = day.pcs["1001"], ledger.attempt_stream("m1", "1001")
    point = day.state.attempts["1001"].accepted
    found = await history.story(source_of(pc.entries), stream, point)
    assert [one.entry for one in found] == pc.entries and found[-1].point == point
    first = await history.story(source_of(pc.entries), stream, found[1].point)
    assert [one.entry for one in first] == pc.entries[:2]
    assert await history.story(source_of([]), stream, ledger.START) == ()


@pytest.mark.parametrize("lost", [0, 2, 3])
async def test_a_copy_that_does_not_lead_to_the_point_is_no_story(lost: int) -> None:
    day = day_of_two_epochs()
    entries = day.pcs["1001"].entries
    left = [*entries[:lost], *entries[lost + 1 :]]
    with pytest.raises(Damaged):
        await history.story(source_of(left), ledger.attempt_stream("m1", "1001"), day.state.attempts["1001"].accepted)


async def test_another_digest_at_the_point_is_no_story() -> None:
    day = day_of_two_epochs()
    at = day.state.attempts["1001"].accepted
    wrong = Point(at.epoch, at.position, bytes(32))
    with pytest.raises(Damaged):
        await history.story(source_of(day.pcs["1001"].entries), ledger.attempt_stream("m1", "1001"), wrong)


async def test_a_spare_machine_takes_guests_over_with_what_they_go_on_from() -> None:
    day = moved_day()
    sitting = next(entries for chain, _, entries in day.sittings() if chain.stream.endswith(OTHER))
    attempts = [entry for pc in day.pcs.values() for entry in pc.entries]
    points: dict[str, tuple[Point, ...]] = {}
    for one in map(ledger.parse, [*sitting, *attempts]):
        if one.header.stream.startswith("sitting/") or one.header.epoch >= 1000:
            points[one.header.stream] = (one.point,)
    source = source_of([*sitting, *attempts])._replace(points=points)
    found = await history.of_session(source, "m1", ledger.sitting_stream("m1", OTHER))
    kinds = [(one.header.stream.split("/")[-1], one.header.epoch, one.header.kind) for one in found]
    came = kinds.index((OTHER, 1, "GuestArrived"))
    assert kinds[came + 1 : came + 4] == [("1001", 1, "AttemptOpened"), *[("1001", 1, "Answered")] * 2]
    assert len(found) == len(set((one.header.stream, one.point) for one in found))
