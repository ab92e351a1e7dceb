"""The older records of a sitting, fetched from the site's copy by a machine that takes another's place.

Fetched epoch by epoch, a frame at a time, checked to be chains under what was granted, and put into the order in which
a room stores: what a verdict names, then the verdict. So whatever an older machine acknowledged and the site holds is
there, or nothing is taken over. Stores nothing and unseals nothing.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from proctor_console.room.briefing import Briefing
from shared import ledger
from shared import messages as m
from shared import records as r
from shared.errors import Damaged, KaodianError
from shared.ledger import Parsed, Point

Fetch = Callable[[str, int, int], Awaitable[m.History]]
"""One frame of the records of (stream, epoch) after a position."""
Told = Callable[[int], None]
"""Hears of so many records more."""
Epoch = tuple[str, int]


class Stated(NamedTuple):
    """What the clear records of a sitting state about attempts: who may write an epoch, and what was judged."""

    granted: dict[Epoch, r.AttemptGranted]
    judged: dict[int, tuple[r.Range, ...]]
    """By the place of the verdict among the sitting's records."""


class Source(NamedTuple):
    """The site's copies of this room's streams, over one link; `points` says where they end, as `Linked` told."""

    fetch: Fetch
    points: dict[str, tuple[Point, ...]]
    told: Told = lambda _records: None

    async def past(self, found: Briefing) -> list[Parsed]:
        """The older records of a sitting (see `of_session`)."""
        sitting = ledger.sitting_stream(found.session.id, found.room.id)
        return await of_session(self, found.session.id, sitting)


async def of_session(source: Source, session: str, sitting: str) -> list[Parsed]:
    """All records of a sitting that its verdicts cover, in the order of storing.

    Raises:
        Damaged: the copy is no chain, or lacks what a verdict names.
        Unavailable: the link was cut.
    """
    own: list[Parsed] = []
    for point in source.points.get(sitting, ()):
        part = await epoch(source, sitting, point.epoch)
        opened = r.read_clear(part[0].header)
        if not isinstance(opened, r.SittingOpened) or opened.continues != (own[-1].point if own else ledger.START):
            raise Damaged(f"{sitting} {point.epoch}: does not continue the epoch before it")
        own += part
    stated = _stated(own)
    attempts: dict[Epoch, list[Parsed]] = {}
    for ticket, number in stated.granted:
        stream = ledger.attempt_stream(session, ticket)
        if any(point.epoch == number for point in source.points.get(stream, ())):
            attempts[ticket, number] = await epoch(source, stream, number)
    return _in_order(own, stated, attempts, await _of_guests(source, session, own, set(attempts)))


async def epoch(source: Source, stream: str, number: int) -> list[Parsed]:
    """One epoch of a stream from its opening on, checked to be a chain; raises like `of_session`."""
    found = await after(source, stream, number, 0)
    opened = r.read_clear(found[0].header) if found else None
    if not isinstance(opened, r.SittingOpened | r.AttemptOpened):
        raise Damaged(f"{stream} {number}: the copy does not begin with an opening")
    at = ledger.open_epoch(number, opened.continues)
    for one in found:
        if one.header.stream != stream:
            raise Damaged(f"{stream} {number}: a record of {one.header.stream} stands in the copy")
        at = ledger.follow(at, one.header, one.digest)
    return found


async def after(source: Source, stream: str, number: int, position: int) -> list[Parsed]:
    """The copied records of an epoch after a position, unchecked."""
    found: list[Parsed] = []
    while True:
        frame = await source.fetch(stream, number, position + len(found))
        found += map(ledger.parse, frame.entries)
        source.told(len(frame.entries))
        if not frame.left or not frame.entries:
            return found


async def story(source: Source, stream: str, upto: Point) -> tuple[Parsed, ...]:
    """What an attempt goes on from at `upto`: of each epoch that counts its records from the first on, oldest first.

    Raises:
        Damaged: the copy is no chain, or does not lead to `upto`.
        Unavailable: the link was cut.
    """
    found: list[Parsed] = []
    while upto.position:
        part = (await epoch(source, stream, upto.epoch))[: upto.position]
        opened = r.read_clear(part[0].header) if part else None
        if not isinstance(opened, r.AttemptOpened) or part[-1].point != upto or opened.continues.epoch >= upto.epoch:
            raise Damaged(f"{stream} {upto.epoch}.{upto.position}: the copy does not lead there")
        found = [*part, *found]
        upto = opened.continues
    return tuple(found)


async def _of_guests(source: Source, session: str, own: list[Parsed], held: set[Epoch]) -> dict[int, list[Parsed]]:
    """What guests go on from, by the place of their arrival: the epochs that other rooms granted, each once."""
    found: dict[int, list[Parsed]] = {}
    for place, one in enumerate(own):
        arrived = r.read_clear(one.header)
        if isinstance(arrived, r.GuestArrived):
            stream = ledger.attempt_stream(session, arrived.ticket)
            past = await story(source, stream, arrived.continues)
            found[place] = [each for each in past if (arrived.ticket, each.header.epoch) not in held]
            held |= {(arrived.ticket, each.header.epoch) for each in past}
    return found


def _stated(sitting: list[Parsed]) -> Stated:
    stated = Stated({}, {})
    for place, one in enumerate(sitting):
        match r.read_clear(one.header):
            case r.AttemptGranted() as granted:
                stated.granted[granted.ticket, granted.epoch] = granted
            case r.Accepted(ranges=ranges):
                stated.judged[place] = ranges
            case r.Held(range=part):
                stated.judged[place] = (part,)
            case _:
                pass
    return stated


def _in_order(
    sitting: list[Parsed], stated: Stated, attempts: dict[Epoch, list[Parsed]], guests: dict[int, list[Parsed]]
) -> list[Parsed]:
    """Every verdict after the records that it names, a guest's past after the arrival; what no verdict names is left
    out.
    """
    stored: list[Parsed] = []
    used: defaultdict[Epoch, int] = defaultdict(int)
    for place, one in enumerate(sitting):
        for part in stated.judged.get(place, ()):
            where = (part.ticket, part.epoch)
            records = attempts.get(where, [])[used[where] : part.upto]
            if part.first != used[where] + 1 or not records or records[-1].point != _end(part):
                raise Damaged(f"attempt {part.ticket} {part.epoch}.{part.first}: the copy lacks what was acknowledged")
            if part.first == 1:
                _check_opening(records[0], stated.granted[where])
            stored += records
            used[where] = part.upto
        stored += [one, *guests.get(place, [])]
    return stored


def _end(part: r.Range) -> Point:
    return Point(part.epoch, part.upto, part.digest)


def _check_opening(first: Parsed, granted: r.AttemptGranted) -> None:
    try:
        opened = r.read_clear(first.header)
    except KaodianError as error:
        raise Damaged(f"{first.header.stream} {granted.epoch}.1: is no opening") from error
    if opened != r.AttemptOpened(granted.device, granted.continues):
        raise Damaged(f"{first.header.stream} {granted.epoch}.1: is not the opening that was granted")
