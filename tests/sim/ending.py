"""What must be true once all faults are healed and everything is at rest: nothing lost, nothing doubled.

Folds the site's copy by the rules of `docs/formats.md`, without the product's own fold, and holds it against what
candidates' PCs hold and what the room had acknowledged.
"""

from typing import TYPE_CHECKING

from shared import records as r
from shared.ledger import attempt_stream

if TYPE_CHECKING:
    from tests.sim.programs import Pc
    from tests.sim.world import World

Answers = dict[int, tuple[int, int, tuple[str, ...], int]]
"""Item number -> epoch and position of the newest answer, its letters and when it was given, ms UTC."""


def check(world: "World") -> None:
    """Raises AssertionError for whatever was lost, doubled or differs."""
    judge = world.judge
    places = world.site.disk.places
    counted = _counted(world)
    assert counted == {at for at in judge.room.accepted} | {at for at, yes in judge.room.decided.items() if yes}
    for (ticket, epoch), upto in judge.acked.items():
        lost = {p for p in range(1, upto + 1) if (ticket, epoch, p) not in counted | judge.room.held.keys()}
        if lost and _closed_before(world, ticket):
            continue
        apart = {p: digest for pc in world.pcs for p, digest in _apart(world, pc, ticket, epoch).items() if p in lost}
        assert lost == apart.keys(), f"{ticket} {epoch}: acknowledged up to {upto}, lost {lost}"
        _brought_back(world, ticket, set(apart.values()))
    for (ticket, epoch), (device, digests) in judge.unheard.items():
        pc = next(pc for pc in world.pcs if pc.public == device)
        # Once a candidate went on at another PC nobody brings back what the site never heard of.
        present = judge.room.devices.get((ticket, judge.room.granted[ticket]))
        if present == device and judge.anew.get(ticket, set()) <= {device}:
            here = pc.disk.places.get((_stream(world, ticket), epoch), {})
            there = {one.digest for one in here.values()} | set(_apart(world, pc, ticket, epoch).values())
            _brought_back(world, ticket, digests & there)
    for ticket in world.scenery.tickets:
        final = _fold(world, ticket, counted)
        _newest(world, ticket, final)
    for place, held in world.room.disk.places.items():
        copy = places.get(place, {})
        assert {p: one.digest for p, one in held.items()} == {p: one.digest for p, one in copy.items()}, (
            f"{place}: the site's copy differs"
        )
    _obliged(world)


def _closed_before(world: "World", ticket: str) -> bool:
    """Whether a spare machine closed the attempt before the PC was back that its candidate had gone on at: nobody takes
    in what is only there (`docs/guarantees.md`).
    """
    judge = world.judge
    present = judge.room.devices.get((ticket, judge.room.granted[ticket]))
    elsewhere = any(of == ticket and device != present for (of, _), (device, _) in judge.unheard.items())
    return elsewhere and ticket in judge.room.closed and ticket not in judge.anew


def _apart(world: "World", pc: "Pc", ticket: str, epoch: int) -> dict[int, bytes]:
    """Digests of what a PC set aside of an epoch and a room machine that is gone had accepted, by position."""
    place, gone = (_stream(world, ticket), epoch), world.judge.gone
    held = {p: one.digest for disk in pc.disk.aside for p, one in disk.places.get(place, {}).items()}
    return {p: digest for p, digest in held.items() if gone.get((ticket, epoch, p)) == digest}


def _brought_back(world: "World", ticket: str, digests: set[bytes]) -> None:
    """What was answered in these records stands in the room, or what was answered after them."""
    judge = world.judge
    answers = sorted(judge.content[digest] for digest in digests if digest in judge.content)
    final = _fold(world, ticket, _counted(world) | judge.room.held.keys()) if answers else {}
    for item, letters, time in {known[3]: known[3:] for known in answers}.values():
        found = final.get(item, (0, 0, (), 0))
        assert found[3] > time or found[2:] == (letters, time), f"{ticket} item {item} was {letters}, {found} counts"


def _counted(world: "World") -> set[tuple[str, int, int]]:
    """What the sitting stream at the site counts; each position once."""
    found: set[tuple[str, int, int]] = set()
    for (stream, _), held in sorted(world.site.disk.places.items()):
        if stream != world.scenery.sitting_stream:
            continue
        for position in sorted(held):
            record = r.read_clear(held[position].header)
            ranges = record.ranges if isinstance(record, r.Accepted) else ()
            if isinstance(record, r.HeldDecided) and record.accepted:
                ranges = (record.range,)
            for part in ranges:
                for at in range(part.first, part.upto + 1):
                    assert (part.ticket, part.epoch, at) not in found, f"{part.ticket} {part.epoch}.{at} counts twice"
                    found.add((part.ticket, part.epoch, at))
    return found


def _fold(world: "World", ticket: str, counted: set[tuple[str, int, int]]) -> Answers:
    final: Answers = {}
    stream = _stream(world, ticket)
    for name, epoch in sorted(place for place in world.site.disk.places if place[0] == stream):
        held = world.site.disk.places[name, epoch]
        for position in sorted(held):
            one = held[position]
            if (ticket, epoch, position) in counted and one.header.item:
                record = r.read(one.header, one.entry, world.scenery.attempt_key(ticket))
                assert isinstance(record, r.Answered)
                final[one.header.item] = (epoch, position, *world.judge.content[one.digest][4:])
    return final


def _stream(world: "World", ticket: str) -> str:
    return attempt_stream(world.scenery.session.id, ticket)


def _newest(world: "World", ticket: str, final: Answers) -> None:
    """No item's answer is older than the newest that was acknowledged as accepted."""
    judge = world.judge
    for (name, epoch, position), digest in judge.room.accepted.items():
        known = judge.content.get(digest) if name == ticket else None
        if known is None or position > judge.acked.get((ticket, epoch), 0):
            continue
        found = final[known[3]]
        assert found[:2] >= (epoch, position), (
            f"{ticket} item {known[3]}: {epoch}.{position} was acknowledged, {found} counts"
        )
        brought = judge.room.accepted.get((ticket, *found[:2])) in judge.copies
        assert not brought or found[3] >= known[5], (
            f"{ticket} item {known[3]}: {epoch}.{position} is newer than {found}"
        )


def _obliged(world: "World") -> None:
    """What stands in the journal of a PC that was never taken from its candidate is in the room, with a verdict."""
    for pc in world.pcs:
        lacking = world.judge.lacking(pc)
        assert not lacking, f"{pc.host} holds what the room never judged: {lacking}"
