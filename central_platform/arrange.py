"""编排: gives every candidate of a session a room, a seat and a form, by a rule that anybody can redo.

Pure: the same tickets, rooms, rule, seed and forms give the same places on every machine. Stores nothing
(`central_platform.plan` does) and knows no layout of desks: seats with consecutive numbers count as neighbours.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from shared.errors import Misuse, Refused
from shared.model import Place, Room


class Fill(StrEnum):
    """How rooms are filled: EVEN spreads candidates over all rooms, IN_ORDER fills one room before the next."""

    EVEN = "even"
    IN_ORDER = "in_order"


def arrange(
    tickets: Iterable[str],
    rooms: Sequence[Room],
    rule: Fill,
    seed: str,
    forms: Sequence[str] = ("A", "B"),
    accommodations: Mapping[str, int] | None = None,
) -> list[Place]:
    """Places in the order of rooms and seats.

    1. Tickets are ordered by SHA-256(UTF-8 seed ‖ one zero byte ‖ UTF-8 ticket), digests compared as byte strings,
       ascending.
    2. Each room gets a number of candidates, rooms in the given order. IN_ORDER: as many as it has seats, until all
       are seated. EVEN: one each to every room with a free seat, again and again from the first room, until all are.
    3. The ordered tickets go to the rooms in turn: the first n to the first room, on its seats 1..n, and so on.
       Spare seats are never used.
    4. Seat s gets the form at ((s - 1) mod number of forms), so neighbouring seats differ while there are two.

    Raises:
        Refused: `too_few_seats`.
        Misuse: a ticket or room twice, no form.
    """
    waiting = list(tickets)
    if len(set(waiting)) != len(waiting) or len({room.id for room in rooms}) != len(rooms) or not forms:
        raise Misuse("tickets and rooms must be distinct and there must be a form")
    seats = sum(room.seats for room in rooms)
    if len(waiting) > seats:
        raise Refused(f"{len(waiting)} candidates but only {seats} seats", "too_few_seats")
    order = sorted(waiting, key=lambda ticket: seeded_digest(seed, ticket))
    extra = accommodations or {}
    places: list[Place] = []
    for room, count in zip(rooms, _counts(len(order), rooms, rule), strict=True):
        for seat in range(1, count + 1):
            ticket = order[len(places)]
            form = forms[(seat - 1) % len(forms)]
            places.append(Place(ticket, room.id, seat, form, extra.get(ticket, 0)))
    return places


def seeded_digest(seed: str, *parts: str) -> bytes:
    """SHA-256 of the seed and the parts in UTF-8, a zero byte between each two."""
    return hashlib.sha256("\0".join((seed, *parts)).encode()).digest()


def _counts(candidates: int, rooms: Sequence[Room], rule: Fill) -> list[int]:
    counts = [0] * len(rooms)
    while candidates:
        for at, room in enumerate(rooms):
            share = 1 if rule is Fill.EVEN else room.seats
            taken = min(share, candidates, room.seats - counts[at])
            counts[at] += taken
            candidates -= taken
    return counts
