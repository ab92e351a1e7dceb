"""Time from neighbours: a liar, or a few, move nothing; too few prove nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.errors import Refused
from shared.io import clock
from shared.io.neighbours import Neighbours, agree
from shared.messages import BeaconReply

TRUE = 1_800_000_000_000
spans = st.tuples(st.integers(-900, 900), st.integers(900, 1_500))


@given(st.lists(spans, min_size=3, max_size=40), st.data())
def test_honest_neighbours_bound_the_true_time(honest: list[tuple[int, int]], data: st.DataObject) -> None:
    """Each honest span holds the true time; liars who are fewer than half as many cannot make the bound untrue."""
    lies = st.tuples(st.integers(-(10**4), 10**4) | st.integers(-(10**9), 10**9), st.integers(0, 5_000))
    liars = data.draw(st.lists(lies, max_size=(len(honest) - 1) // 2))
    found = agree(data.draw(st.permutations([(TRUE + off, error) for off, error in [*honest, *liars]])))
    assert found is not None
    offset, error, count = found
    assert count >= len(honest)
    assert abs(offset - TRUE) <= error


def test_nobody_agrees_on_nothing() -> None:
    assert agree([]) is None


class Room:
    """Neighbours who answer at once; the clock of the machine under test moves by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.boot = 50_000
        monkeypatch.setattr("time.clock_gettime_ns", lambda _clock: self.boot * 1_000_000)
        self.neighbours = Neighbours()

    def answer(self, who: str, away: int = 0, error: int = 10) -> None:
        asked = self.neighbours.ask(who)
        assert asked is not None
        told = TRUE + asked.sent + away
        self.boot += 2
        self.neighbours.take(who, BeaconReply(asked.sent, told + 1, told + 1, error))

    def agreed(self, expected: int = 40, proven: int = 0) -> tuple[int, int] | None:
        found = self.neighbours.agreed(clock.PCS, expected, proven)
        return (found[0].offset - TRUE, found[1]) if found is not None else None


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(monkeypatch)


def test_three_who_agree_are_enough_once_others_had_time_to_object(room: Room) -> None:
    for who in ("1", "2", "3"):
        room.answer(who)
    assert room.agreed() is None
    room.boot += limits.NEIGHBOURS_GATHER
    assert room.agreed() == (0, 3)


def test_nothing_before_what_is_proven_is_told(room: Room) -> None:
    for who in ("1", "2", "3"):
        room.answer(who, error=40)
    room.boot += limits.NEIGHBOURS_GATHER
    now = TRUE + room.boot
    assert room.agreed(proven=now + 30) == (30, 3)
    with pytest.raises(Refused) as refused:
        room.agreed(proven=now + 50)
    assert refused.value.wire_code == "time_doubted"


def test_two_are_too_few_unless_there_are_no_more(room: Room) -> None:
    room.answer("1")
    room.answer("2")
    room.boot += limits.NEIGHBOURS_GATHER
    assert room.agreed() is None
    assert room.agreed(expected=2) == (0, 2)


def test_one_neighbour_has_one_voice_however_often_it_answers(room: Room) -> None:
    for _ in range(limits.TIME_SAMPLES):
        room.answer("1", away=60_000)
    assert room.neighbours.ask("1") is None
    room.boot += limits.NEIGHBOURS_GATHER
    assert room.agreed() is None


def test_liars_who_are_not_more_than_half_change_nothing(room: Room) -> None:
    for who in ("1", "2", "3"):
        room.answer(who, away=600_000)
    for who in ("4", "5", "6"):
        room.answer(who)
    room.boot += limits.NEIGHBOURS_GATHER
    assert room.agreed() is None
    room.answer("7")
    assert room.agreed() == (0, 4)


@pytest.mark.parametrize("error", [limits.NEIGHBOUR_ERROR + 1, -50])
def test_an_answer_that_is_too_vague_or_impossible_has_no_voice(room: Room, error: int) -> None:
    for who in ("1", "2"):
        room.answer(who)
    room.answer("3", error=error)
    room.boot += limits.NEIGHBOURS_GATHER
    assert room.agreed() is None


def test_an_answer_to_no_question_or_given_twice_is_ignored(room: Room) -> None:
    room.answer("1")
    asked = room.neighbours.ask("2")
    assert asked is not None
    for sent in (asked.sent - 1, asked.sent + 1):
        room.neighbours.take("2", BeaconReply(sent, TRUE, TRUE, 0))
    room.neighbours.take("3", BeaconReply(asked.sent, TRUE + asked.sent, TRUE + asked.sent, 0))
    room.boot += limits.NEIGHBOURS_GATHER
    assert room.agreed(expected=1) == (0, 1)


def test_a_slow_answer_is_no_answer(room: Room) -> None:
    asked = room.neighbours.ask("1")
    assert asked is not None
    room.boot += limits.TIME_ROUND_TRIP_MAX + 1
    room.neighbours.take("1", BeaconReply(asked.sent, TRUE + asked.sent, TRUE + asked.sent, 0))
    room.boot += limits.NEIGHBOURS_GATHER
    assert room.agreed(expected=1) is None
