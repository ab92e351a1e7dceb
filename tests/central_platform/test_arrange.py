"""The arrangement, redone by its stated rule."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_platform.arrange import Fill, arrange, seeded_digest
from shared.errors import Misuse, Refused
from shared.model import Place, Room


def rooms(*seats: int) -> list[Room]:
    return [Room(id=f"r{number}", name=f"考场{number}", seats=count, spares=1) for number, count in enumerate(seats, 1)]


def tickets(count: int) -> list[str]:
    return [f"26{number:04d}" for number in range(count)]


def sizes(places: list[Place]) -> dict[str, int]:
    return {room: sum(place.room == room for place in places) for room in {place.room for place in places}}


def test_a_stranger_can_redo_it() -> None:
    places = arrange(tickets(5), rooms(2, 9), Fill.EVEN, "s")
    order = sorted(tickets(5), key=lambda ticket: hashlib.sha256(b"s\x00" + ticket.encode()).hexdigest())
    assert [place.ticket for place in places] == order
    assert [(place.room, place.seat, place.form) for place in places] == [
        ("r1", 1, "A"),
        ("r1", 2, "B"),
        ("r2", 1, "A"),
        ("r2", 2, "B"),
        ("r2", 3, "A"),
    ]
    assert seeded_digest("s", "t", "u") == hashlib.sha256(b"s\x00t\x00u").digest()


@pytest.mark.parametrize(
    ("count", "rule", "expected"),
    [
        (7, Fill.EVEN, {"r1": 2, "r2": 3, "r3": 2}),
        (7, Fill.IN_ORDER, {"r1": 2, "r2": 5}),
        (8, Fill.IN_ORDER, {"r1": 2, "r2": 5, "r3": 1}),
        (12, Fill.EVEN, {"r1": 2, "r2": 5, "r3": 5}),
    ],
)
def test_rooms_are_filled_by_the_rule(count: int, rule: Fill, expected: dict[str, int]) -> None:
    assert sizes(arrange(tickets(count), rooms(2, 5, 5), rule, "s")) == expected


SEATS = st.lists(st.integers(1, 9), min_size=4, max_size=6)


@given(st.integers(0, 30), SEATS, st.sampled_from(Fill), st.text(max_size=9))
def test_everybody_has_one_seat_and_neighbours_have_other_forms(
    count: int, seats: list[int], rule: Fill, seed: str
) -> None:
    count = min(count, sum(seats))
    places = arrange(tickets(count), rooms(*seats), rule, seed)
    assert sorted(place.ticket for place in places) == tickets(count)
    by_seat = {(place.room, place.seat): place.form for place in places}
    assert len(by_seat) == count
    assert all(seat <= seats[int(room[1:]) - 1] for room, seat in by_seat)
    assert all(by_seat.get((room, seat + 1)) != form for (room, seat), form in by_seat.items())
    assert places == arrange(reversed(tickets(count)), rooms(*seats), rule, seed)


def test_another_seed_gives_another_order() -> None:
    assert arrange(tickets(20), rooms(40), Fill.EVEN, "1") != arrange(tickets(20), rooms(40), Fill.EVEN, "2")


def test_accommodations_follow_their_tickets() -> None:
    places = arrange(tickets(3), rooms(3), Fill.EVEN, "s", ("A",), {"260001": 60_000})
    assert {place.ticket: place.accommodation for place in places if place.accommodation} == {"260001": 60_000}
    assert {place.form for place in places} == {"A"}


def test_too_few_seats_are_refused_with_numbers() -> None:
    with pytest.raises(Refused, match="5 candidates but only 4 seats") as caught:
        arrange(tickets(5), rooms(2, 2), Fill.EVEN, "s")
    assert caught.value.wire_code == "too_few_seats"


def test_a_candidate_twice_is_our_fault() -> None:
    with pytest.raises(Misuse):
        arrange(["1", "1"], rooms(4), Fill.EVEN, "s")
