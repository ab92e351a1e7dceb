"""What a guest goes on from, fetched from the site's copy; whole moves are in tests/site_server/test_moving.py."""

import pytest

from proctor_console.room import history, moving
from shared import ledger
from shared import messages as m
from shared.errors import Damaged
from shared.ledger import Entry, Point
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
        return m.History(tuple(mine[:1]), max(0, len(mine) - 1))

    return history.Source(fetch, {})


async def test_a_story_is_every_epoch_that_counts_up_to_the_point() -> None:
    day = day_of_two_epochs()
    pc, stream = day.pcs["1001"], ledger.attempt_stream("m1", "1001")
    point = day.state.attempts["1001"].accepted
    found = await moving.story(source_of(pc.entries), stream, point)
    assert [one.entry for one in found] == pc.entries and found[-1].point == point
    first = await moving.story(source_of(pc.entries), stream, found[1].point)
    assert [one.entry for one in first] == pc.entries[:2]
    assert await moving.story(source_of([]), stream, ledger.START) == ()


@pytest.mark.parametrize("lost", [0, 2, 3])
async def test_a_copy_that_does_not_lead_to_the_point_is_no_story(lost: int) -> None:
    day = day_of_two_epochs()
    entries = day.pcs["1001"].entries
    left = [*entries[:lost], *entries[lost + 1 :]]
    with pytest.raises(Damaged):
        await moving.story(source_of(left), ledger.attempt_stream("m1", "1001"), day.state.attempts["1001"].accepted)


async def test_another_digest_at_the_point_is_no_story() -> None:
    day = day_of_two_epochs()
    at = day.state.attempts["1001"].accepted
    wrong = Point(at.epoch, at.position, bytes(32))
    with pytest.raises(Damaged):
        await moving.story(source_of(day.pcs["1001"].entries), ledger.attempt_stream("m1", "1001"), wrong)
